"""The stand-in provider, driven by the real client libraries."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest

from standin import Pace, Recorded, Reply, Standin, Text, Thinking, ToolUse, count_tokens, running

ROOT = Path(__file__).parents[1]
MODEL = "stand-in"
HASH, HASH2 = "0123456789abcdef01234567", "fedcba987654321001234567"
CHAT_TOOL: Any = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object"}}}
TOOL: Any = {"name": "shell", "input_schema": {"type": "object"}}
HI: list[Any] = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def shared() -> Iterator[Standin]:
    with running() as server:
        yield server


@pytest.fixture
def server(shared: Standin) -> Standin:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def chat_client(shared: Standin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{shared.url}/v1", api_key="any", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def claude_client(shared: Standin) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=shared.url, api_key="any", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture
def chat(server: Standin, chat_client: openai.OpenAI) -> openai.OpenAI:
    return chat_client


@pytest.fixture
def claude(server: Standin, claude_client: anthropic.Anthropic) -> anthropic.Anthropic:
    return claude_client


def stream_chat(client: openai.OpenAI, **options: Any) -> list[Any]:
    return list(client.chat.completions.create(model=MODEL, messages=HI, stream=True, **options))


def joined(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


class TestChat:
    def test_answers_with_text(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("Grüße, 世界", model=MODEL)
        answer = chat.chat.completions.create(model=MODEL, messages=HI)
        assert answer.choices[0].message.content == "Grüße, 世界"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.object == "chat.completion"
        assert answer._request_id is not None

    def test_answers_with_tool_calls(self, server: Standin, chat: openai.OpenAI) -> None:
        calls_made = (ToolUse("shell", {"cmd": "ls"}, id="call_1"), ToolUse("shell", '{"broken'))
        server.say(Reply("Look:", *calls_made), model=MODEL)
        answer = chat.chat.completions.create(model=MODEL, messages=HI, tools=[CHAT_TOOL])
        calls: Any = answer.choices[0].message.tool_calls
        assert answer.choices[0].finish_reason == "tool_calls"
        assert (calls[0].id, calls[0].function.name, calls[0].function.arguments) == ("call_1", "shell", '{"cmd":"ls"}')
        assert calls[1].function.arguments == '{"broken'
        assert calls[1].id.startswith("call_")

    def test_streams_the_role_first_and_one_delta_a_word(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("one two\n three ", model=MODEL)
        chunks = stream_chat(chat)
        assert chunks[0].choices[0].delta.role == "assistant"
        assert [chunk.choices[0].delta.content for chunk in chunks[1:-1]] == ["one", " two", "\n three", " "]
        assert chunks[-1].choices[0].finish_reason == "stop"
        assert all(chunk.usage is None for chunk in chunks)
        assert len({chunk.id for chunk in chunks}) == 1

    def test_streams_usage_only_when_asked(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("hello", model=MODEL)
        chunks = stream_chat(chat, stream_options={"include_usage": True})
        assert chunks[-1].choices == []
        assert chunks[-1].usage.completion_tokens == count_tokens("hello")

    def test_accumulates_streamed_calls_and_reasoning(self, server: Standin, chat: openai.OpenAI) -> None:
        arguments = {"cmd": "grep -rn 'Grüße' .", "n": [1, 2]}
        server.say(Reply(Thinking("let me see"), ToolUse("shell", arguments), ToolUse("shell", {})), model=MODEL)
        with chat.chat.completions.stream(model=MODEL, messages=HI, tools=[CHAT_TOOL]) as stream:
            message: Any = stream.get_final_completion().choices[0].message
        assert [json.loads(call.function.arguments) for call in message.tool_calls] == [arguments, {}]
        assert message.reasoning_content == "let me see"
        assert message.content is None
        assert len({call.id for call in message.tool_calls}) == 2


class TestMessages:
    def test_answers_with_every_kind_of_block(self, server: Standin, claude: anthropic.Anthropic) -> None:
        server.say(Reply(Thinking("hm", signature="c2ln"), Text("Look:"), ToolUse("shell", {"n": 1})), model=MODEL)
        answer: Any = claude.messages.create(model=MODEL, max_tokens=99, messages=HI, tools=[TOOL])
        assert [block.type for block in answer.content] == ["thinking", "text", "tool_use"]
        assert (answer.content[0].thinking, answer.content[0].signature) == ("hm", "c2ln")
        assert answer.content[2].input == {"n": 1}
        assert answer.content[2].id.startswith("toolu_")
        assert answer.stop_reason == "tool_use"

    def test_arguments_that_are_not_json_are_wrapped(self, server: Standin, claude: anthropic.Anthropic) -> None:
        server.say(Reply(ToolUse("shell", '{"broken')), model=MODEL)
        answer: Any = claude.messages.create(model=MODEL, max_tokens=99, messages=HI, tools=[TOOL])
        assert answer.content[0].input == {"INVALID_JSON": '{"broken'}

    def test_streams_the_same_message(self, server: Standin, claude: anthropic.Anthropic) -> None:
        arguments = {"cmd": "grep 'Grüße'", "deep": {"a": [None, 1.5]}}
        server.say(Reply(Thinking("let me see"), Text("Look: 世界"), ToolUse("shell", arguments)), model=MODEL)
        with claude.messages.stream(model=MODEL, max_tokens=99, messages=HI, tools=[TOOL]) as stream:
            kinds = list(dict.fromkeys(event.type for event in stream))
            answer: Any = stream.get_final_message()
        assert answer.content[0].thinking == "let me see"
        assert answer.content[0].signature
        assert answer.content[1].text == "Look: 世界"
        assert answer.content[2].input == arguments
        assert answer.stop_reason == "tool_use"
        assert kinds[0] == "message_start"
        assert kinds[-1] == "message_stop"

    def test_sends_the_providers_event_sequence(self, server: Standin) -> None:
        server.say(Reply(Thinking("hm"), Text("a b")), model=MODEL)
        body = {"model": MODEL, "max_tokens": 9, "messages": HI, "stream": True}
        lines = httpx.post(f"{server.url}/v1/messages", json=body).text.splitlines()
        assert [line.removeprefix("event: ") for line in lines if line.startswith("event: ")] == [
            *("message_start", "ping"),
            *("content_block_start", "content_block_delta", "content_block_delta", "content_block_stop"),
            *("content_block_start", "content_block_delta", "content_block_delta", "content_block_stop"),
            *("message_delta", "message_stop"),
        ]

    def test_the_stop_reason_can_be_set(self, server: Standin, claude: anthropic.Anthropic) -> None:
        server.say(Reply("cut", stop_reason="length"), Reply("odd", stop_reason="pause_turn"), model=MODEL)
        reasons = [claude.messages.create(model=MODEL, max_tokens=9, messages=HI).stop_reason for _ in range(2)]
        assert reasons == ["max_tokens", "pause_turn"]


class TestPromptCache:
    def test_a_prefix_sent_before_is_read(self, chat: openai.OpenAI) -> None:
        history: list[Any] = [{"role": "system", "content": "be brief"}, *HI]
        first: Any = chat.chat.completions.create(model=MODEL, messages=history, tools=[CHAT_TOOL]).usage
        longer = [*history, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "and now?"}]
        second: Any = chat.chat.completions.create(model=MODEL, messages=longer, tools=[CHAT_TOOL]).usage
        assert first.prompt_tokens_details.cached_tokens == 0
        assert second.prompt_tokens_details.cached_tokens == first.prompt_tokens
        assert second.prompt_tokens > first.prompt_tokens
        assert second.total_tokens == second.prompt_tokens + second.completion_tokens

    def test_a_change_in_the_middle_loses_what_follows(self, chat: openai.OpenAI) -> None:
        def cached(*texts: str, tools: Any = openai.omit) -> int:
            messages: list[Any] = [{"role": "user", "content": text} for text in texts]
            usage: Any = chat.chat.completions.create(model=MODEL, messages=messages, tools=tools).usage
            return int(usage.prompt_tokens_details.cached_tokens)

        cached("a", "b", "c")
        size = count_tokens("user\na")
        assert cached("a", "x", "c") == size
        assert cached("a", "b", "y") == 2 * size
        assert cached("a", "b", "c", tools=[CHAT_TOOL]) == 0

    def test_models_do_not_share(self, chat: openai.OpenAI) -> None:
        chat.chat.completions.create(model="one", messages=HI)
        usage: Any = chat.chat.completions.create(model="two", messages=HI).usage
        assert usage.prompt_tokens_details.cached_tokens == 0

    def test_breakpoints_split_writes_from_fresh_tokens(self, claude: anthropic.Anthropic) -> None:
        def usage(system_ttl: str, marked: bool, more: tuple[str, ...] = ()) -> Any:
            system: Any = [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": system_ttl}}]
            first: Any = {"type": "text", "text": "a"}
            if marked:
                first["cache_control"] = {"type": "ephemeral"}
            content = [first, *({"type": "text", "text": text} for text in more)]
            messages: Any = [{"role": "user", "content": content}]
            return claude.messages.create(model=MODEL, max_tokens=9, system=system, messages=messages).usage

        block = count_tokens("user\na")
        one = usage("1h", marked=True, more=("b",))
        assert (one.cache_read_input_tokens, one.cache_creation_input_tokens, one.input_tokens) == (0, 1 + block, block)
        assert one.cache_creation.ephemeral_1h_input_tokens == 1
        assert one.cache_creation.ephemeral_5m_input_tokens == block
        two = usage("5m", marked=False, more=("b", "c"))
        assert (two.cache_read_input_tokens, two.cache_creation_input_tokens) == (1 + 2 * block, 0)
        assert two.input_tokens == block

    def test_a_string_is_the_same_as_one_text_block(self, claude: anthropic.Anthropic) -> None:
        blocks: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
        claude.messages.create(model=MODEL, max_tokens=9, messages=HI)
        usage = claude.messages.create(model=MODEL, max_tokens=9, messages=blocks).usage
        assert usage.input_tokens == 0

    def test_the_order_of_keys_counts_in_arguments_only(self, claude: anthropic.Anthropic) -> None:
        def fresh(call: dict[str, Any]) -> int:
            result = {"type": "tool_result", "tool_use_id": "t1", "content": "ok"}
            messages: Any = [*HI, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
            return claude.messages.create(model=MODEL, max_tokens=9, messages=messages, tools=[TOOL]).usage.input_tokens

        fresh({"type": "tool_use", "id": "t1", "name": "shell", "input": {"a": 1, "b": 2}})
        assert fresh({"name": "shell", "id": "t1", "input": {"a": 1, "b": 2}, "type": "tool_use"}) == 0
        assert fresh({"type": "tool_use", "id": "t1", "name": "shell", "input": {"b": 2, "a": 1}}) > 0

    def test_a_streamed_answer_reports_the_same_usage(self, claude: anthropic.Anthropic) -> None:
        whole = claude.messages.create(model="one", max_tokens=9, messages=HI).usage
        with claude.messages.stream(model="two", max_tokens=9, messages=HI) as stream:
            streamed = stream.get_final_message().usage
        assert streamed.input_tokens == whole.input_tokens == count_tokens("user\nhi")
        assert streamed.output_tokens == whole.output_tokens


def call(*ids: str) -> dict[str, Any]:
    calls = [{"id": name, "type": "function", "function": {"name": "shell", "arguments": "{}"}} for name in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(name: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": name, "content": "ok"}


def use(*ids: str) -> dict[str, Any]:
    blocks = [{"type": "tool_use", "id": name, "name": "shell", "input": {}} for name in ids]
    return {"role": "assistant", "content": blocks}


def used(*ids: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": name, "content": "ok"} for name in ids]}


MARK = {"cache_control": {"type": "ephemeral"}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}


class TestChatRefusals:
    @pytest.mark.parametrize(
        ("messages", "words"),
        [
            ([*HI, result("c1")], "must be a response to a preceeding message with 'tool_calls'"),
            ([*HI, call("c1"), result("c2")], "'tool_call_id' of 'c2' not found"),
            ([*HI, call("c1"), result("c1"), result("c1")], "Duplicate value for 'tool_call_id'"),
            ([*HI, call("c1", "c2"), result("c1"), *HI], "did not have response messages: c2"),
            ([*HI, call("c1")], "did not have response messages: c1"),
            ([{"role": "robot", "content": "hi"}], "Invalid value: 'robot'"),
            ([*HI, {"role": "assistant", "content": None}], "expected a string, got null"),
            ([], "empty array"),
        ],
    )
    def test_refuses_messages(self, chat: openai.OpenAI, messages: list[Any], words: str) -> None:
        with pytest.raises(openai.BadRequestError, match=words) as caught:
            chat.chat.completions.create(model=MODEL, messages=messages)
        assert caught.value.type == "invalid_request_error"

    @pytest.mark.parametrize(
        ("names", "words"), [(["shell", "shell"], "duplicate"), ([""], "empty string"), (["a b"], "pattern")]
    )
    def test_refuses_tools(self, chat: openai.OpenAI, names: list[str], words: str) -> None:
        tools: list[Any] = [{"type": "function", "function": {"name": name}} for name in names]
        with pytest.raises(openai.BadRequestError, match=words) as caught:
            chat.chat.completions.create(model=MODEL, messages=HI, tools=tools)
        assert caught.value.param is not None

    def test_takes_complete_tool_rounds(self, chat: openai.OpenAI) -> None:
        messages: list[Any] = [*HI, call("c1", "c2"), result("c2"), result("c1"), call("c1"), result("c1"), *HI]
        answer = chat.chat.completions.create(model=MODEL, messages=messages, tools=[CHAT_TOOL])
        assert answer.choices[0].message.content == f"{MODEL} got 7 messages."


class TestMessagesRefusals:
    @pytest.mark.parametrize(
        ("messages", "words"),
        [
            ([*HI, use("t1"), used("t2")], "without `tool_result` blocks immediately after: t1"),
            ([*HI, use("t1"), used("t1", "t2")], "unexpected `tool_use_id` found in `tool_result` blocks: t2"),
            ([used("t1")], "unexpected `tool_use_id`"),
            ([*HI, use("t1")], "without `tool_result` blocks"),
            ([*HI, use("t1"), *HI, used("t1")], "without `tool_result` blocks"),
            ([*HI, use("t1"), used("t1", "t1")], "single result"),
            ([*HI, use("t1"), used("t1"), use("t1"), used("t1")], "ids must be unique"),
            ([{"role": "robot", "content": "hi"}], "Input should be 'user' or 'assistant'"),
            ([{"role": "system", "content": "hi"}], "Unexpected role"),
            ([{"role": "assistant", "content": "hi"}, *HI], "first message must use"),
            ([{"role": "user", "content": ""}], "must be non-empty"),
            (
                [{"role": "user", "content": [{"type": "text", "text": str(n), **MARK} for n in range(5)]}],
                "maximum of 4",
            ),
            ([], "at least one message"),
        ],
    )
    def test_refuses_messages(self, claude: anthropic.Anthropic, messages: list[Any], words: str) -> None:
        with pytest.raises(anthropic.BadRequestError, match=words) as caught:
            claude.messages.create(model=MODEL, max_tokens=9, messages=messages, tools=[TOOL])
        assert caught.value.body["error"]["type"] == "invalid_request_error"  # type: ignore[index]

    @pytest.mark.parametrize(
        ("names", "words"), [(["shell", "shell"], "unique"), ([""], "at least 1 character"), (["a b"], "pattern")]
    )
    def test_refuses_tools(self, claude: anthropic.Anthropic, names: list[str], words: str) -> None:
        tools: list[Any] = [{**TOOL, "name": name} for name in names]
        with pytest.raises(anthropic.BadRequestError, match=words):
            claude.messages.create(model=MODEL, max_tokens=9, messages=HI, tools=tools)

    def test_breakpoints_count_wherever_they_stand(self, claude: anthropic.Anthropic) -> None:
        nested = {
            "type": "tool_result",
            "tool_use_id": "t1",
            "content": [{"type": "text", "text": "ok", **MARK}],
            **MARK,
        }
        messages: list[Any] = [*HI, use("t1"), {"role": "user", "content": [nested]}]
        system: Any = [{"type": "text", "text": "s", **MARK}]

        def send() -> Any:
            tools: list[Any] = [{**TOOL, **MARK}]
            return claude.messages.create(model=MODEL, max_tokens=9, messages=messages, system=system, tools=tools)

        assert send().usage.input_tokens == 0
        messages.append({"role": "user", "content": [{"type": "text", "text": "more", **MARK}]})
        with pytest.raises(anthropic.BadRequestError, match=r"maximum of 4 blocks.*Found 5"):
            send()

    def test_thinking_must_come_back_unchanged(self, server: Standin, claude: anthropic.Anthropic) -> None:
        thinking: Any = {"type": "enabled", "budget_tokens": 1024}
        server.say(Reply(Thinking("hm"), ToolUse("shell", id="t1")), model=MODEL)

        def send(*messages: Any) -> Any:
            return claude.messages.create(
                model=MODEL, max_tokens=2048, messages=[*HI, *messages], tools=[TOOL], thinking=thinking
            )

        thought, tool_use = [block.model_dump() for block in send().content]
        send({"role": "assistant", "content": [thought, tool_use]}, used("t1"))
        with pytest.raises(anthropic.BadRequestError, match="must start with a thinking block"):
            send({"role": "assistant", "content": [tool_use]}, used("t1"))
        with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
            send({"role": "assistant", "content": [{**thought, "thinking": "changed"}, tool_use]}, used("t1"))
        # The running tool loop began with its thinking, so a later call in it needs none.
        send({"role": "assistant", "content": [THOUGHT, *use("t1")["content"]]}, used("t1"), use("t2"), used("t2"))


class TestScripts:
    def test_replies_are_served_in_order_and_then_the_default(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("one", "two", model=MODEL)
        texts = [chat.chat.completions.create(model=MODEL, messages=HI).choices[0].message.content for _ in range(3)]
        assert texts == ["one", "two", "stand-in got 1 messages."]

    def test_each_model_has_a_queue_and_shares_the_common_one(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("mine", model="one")
        server.say("anyone's")
        said = [
            chat.chat.completions.create(model=name, messages=HI).choices[0].message.content
            for name in ("two", "one", "one")
        ]
        assert said == ["anyone's", "mine", "one got 1 messages."]

    def test_a_call_can_carry_hashes_from_the_prompt(self, server: Standin, chat: openai.OpenAI) -> None:
        text = f"[9 lines. Retrieve more: hash={HASH}] <<ccr:{HASH}>> <<ccr:{HASH2},base64,4.5KB>>"
        arguments = {"hash": "$HASH", "all": ["$HASH1", "x-$HASH2"], "n": lambda request: len(request.hashes)}
        server.say(Reply(ToolUse("headroom_retrieve", arguments)), model=MODEL)
        messages: list[Any] = [{"role": "user", "content": text}]
        calls: Any = chat.chat.completions.create(model=MODEL, messages=messages).choices[0].message.tool_calls
        sent = json.loads(calls[0].function.arguments)
        assert sent == {"hash": HASH, "all": [HASH, f"x-{HASH2}"], "n": 2}

    def test_a_placeholder_with_nothing_to_stand_for_is_a_problem(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(ToolUse("headroom_retrieve", {"hash": "$HASH"})), model=MODEL)
        with pytest.raises(openai.InternalServerError, match="asks for hash 1"):
            chat.chat.completions.create(model=MODEL, messages=HI)
        assert "asks for hash 1" in server.problems[0]

    def test_a_condition_holds_a_reply_back(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply("42", when='the "secret"\nis 42'), Reply("long", when=lambda r: len(r.text) > 99), model=MODEL)

        def ask(text: str) -> str | None:
            messages: list[Any] = [{"role": "user", "content": text}]
            return chat.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content

        assert [ask("hm"), ask("x" * 100), ask('look: the "secret"\nis 42.')] == [
            "stand-in got 1 messages.",
            "long",
            "42",
        ]

    def test_a_handler_answers_what_the_queue_leaves(self, server: Standin, claude: anthropic.Anthropic) -> None:
        def handler(request: Recorded) -> Reply | None:
            return Reply(ToolUse("shell", {"of": request.model})) if request.tool_names == ["shell"] else None

        server.say("queued", model=MODEL)
        server.handle(handler, model=MODEL)
        answers: list[Any] = [
            claude.messages.create(model=MODEL, max_tokens=9, messages=HI, tools=tools).content[0]
            for tools in ([TOOL], [TOOL], [])
        ]
        assert [block.type for block in answers] == ["text", "tool_use", "text"]
        assert answers[1].input == {"of": MODEL}

    def test_a_failing_handler_is_heard_of(self, server: Standin, claude: anthropic.Anthropic) -> None:
        def handler(request: Recorded) -> Reply:
            raise AssertionError("not what I expected")

        server.handle(handler)
        with pytest.raises(anthropic.InternalServerError, match="not what I expected"):
            claude.messages.create(model=MODEL, max_tokens=9, messages=HI)
        assert server.problems == ["AssertionError: not what I expected"]

    def test_a_reply_can_be_an_error(self, server: Standin, chat: openai.OpenAI, claude: anthropic.Anthropic) -> None:
        server.say(Reply(status=429, error="slow down", headers={"retry-after": "7"}), Reply(status=529), model=MODEL)
        with pytest.raises(openai.RateLimitError, match="slow down") as limited:
            chat.chat.completions.create(model=MODEL, messages=HI)
        assert limited.value.code == "rate_limit_exceeded"
        assert limited.value.response.headers["retry-after"] == "7"
        with pytest.raises(anthropic.APIStatusError) as overloaded:
            claude.messages.create(model=MODEL, max_tokens=9, messages=HI)
        assert overloaded.value.body["error"]["type"] == "overloaded_error"  # type: ignore[index]


class TestDelivery:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
    def test_any_chunk_size_gives_the_same_stream(self, server: Standin, size: int) -> None:
        server.pace(Pace(chunk_bytes=size), model=MODEL)
        server.say(Reply("世界 🌍 ok", ToolUse("shell", {"cmd": "é"})), model=MODEL)
        body = {"model": MODEL, "max_tokens": 9, "messages": HI, "stream": True}
        with httpx.stream("POST", f"{server.url}/v1/messages", json=body) as response:
            chunks = list(response.iter_raw())
        assert {len(chunk) for chunk in chunks[:-1]} <= {size}
        assert len(chunks[-1]) <= size
        assert b"".join(chunks).endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')

    def test_the_clients_read_a_stream_of_single_bytes(
        self, server: Standin, chat: openai.OpenAI, claude: anthropic.Anthropic
    ) -> None:
        server.pace(Pace(chunk_bytes=1))
        server.say("世界 🌍", "世界 🌍")
        assert joined(stream_chat(chat)) == "世界 🌍"
        with claude.messages.stream(model=MODEL, max_tokens=9, messages=HI) as stream:
            assert stream.get_final_text() == "世界 🌍"

    def test_cuts_at_given_offsets_and_nowhere_else(self, server: Standin) -> None:
        server.pace(Pace(cut_at=(5, 6, 200)), model=MODEL)
        body = {"model": MODEL, "messages": HI, "stream": True}
        with httpx.stream("POST", f"{server.url}/v1/chat/completions", json=body) as response:
            sizes = [len(chunk) for chunk in response.iter_raw()]
        assert sizes[:3] == [5, 1, 194]
        assert len(sizes) == 4

    def test_waits_between_tokens(self, server: Standin, chat: openai.OpenAI) -> None:
        server.pace(Pace(first_token_ms=150, token_ms=30), model=MODEL)
        server.say("a b c d", "a b c d", model=MODEL)
        for stream in (True, False):
            start = time.monotonic()
            if stream:
                stream_chat(chat)
            else:
                chat.chat.completions.create(model=MODEL, messages=HI)
            assert 0.24 <= time.monotonic() - start < 1

    def test_adds_no_delay_of_its_own(self, chat: openai.OpenAI) -> None:
        chat.chat.completions.create(model=MODEL, messages=HI)
        start = time.monotonic()
        for _ in range(20):
            chat.chat.completions.create(model=MODEL, messages=HI)
        assert (time.monotonic() - start) / 20 < 0.03

    def test_breaks_the_connection_after_some_events(self, server: Standin, claude: anthropic.Anthropic) -> None:
        server.pace(Pace(abort_after=4), model=MODEL)
        server.say("a b c d", "unseen", model=MODEL)
        seen: list[Any] = []
        with (
            pytest.raises(Exception, match="peer closed connection"),
            claude.messages.stream(model=MODEL, max_tokens=9, messages=HI) as stream,
        ):
            seen.extend(event for event in stream if event.type == "text")
        assert [event.text for event in seen] == ["a"]
        with pytest.raises(anthropic.APIConnectionError):
            claude.messages.create(model=MODEL, max_tokens=9, messages=HI)
        assert [request.disconnected for request in server.wait_for(2)] == [False, False]

    def test_reports_an_error_inside_a_stream(
        self, server: Standin, chat: openai.OpenAI, claude: anthropic.Anthropic
    ) -> None:
        server.pace(Pace(error_after=3), model=MODEL)
        with pytest.raises(openai.APIError, match="Overloaded"):
            stream_chat(chat)
        with (
            pytest.raises(anthropic.APIStatusError, match="Overloaded"),
            claude.messages.stream(model=MODEL, max_tokens=9, messages=HI) as stream,
        ):
            stream.get_final_message()

    def test_a_pace_can_refuse_everything_and_leave_the_script(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("later", model=MODEL)
        server.pace(Pace(status=500))
        with pytest.raises(openai.InternalServerError):
            chat.chat.completions.create(model=MODEL, messages=HI)
        server.pace(None)
        assert joined(stream_chat(chat)) == "later"

    @pytest.mark.parametrize("after", [0, 2])
    def test_hangs_until_the_client_leaves(self, server: Standin, chat: openai.OpenAI, after: int) -> None:
        server.say(Reply("never heard", pace=Pace(hang_after=after)), model=MODEL)
        with pytest.raises(Exception, match="timed out"):
            stream_chat(chat, timeout=0.3)
        (request,) = server.wait_for(1)
        assert request.disconnected
        assert request.events_sent == after

    def test_answers_many_at_once(self, server: Standin) -> None:
        server.pace(Pace(first_token_ms=300))

        async def everybody() -> list[str | None]:
            async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:

                async def ask(name: str) -> str | None:
                    answer = await client.chat.completions.create(model=name, messages=HI)
                    return answer.choices[0].message.content

                return list(await asyncio.gather(*(ask(f"model-{number}") for number in range(20))))

        for number in range(20):
            server.say(str(number), model=f"model-{number}")
        start = time.monotonic()
        assert asyncio.run(everybody()) == [str(number) for number in range(20)]
        assert time.monotonic() - start < 3


class TestRecords:
    def test_keeps_every_request(self, server: Standin, chat: openai.OpenAI) -> None:
        before = time.time()
        chat.chat.completions.create(model=MODEL, messages=HI, extra_headers={"X-Test": "1"})
        with pytest.raises(openai.BadRequestError):
            chat.chat.completions.create(model="other", messages=[])
        first, second = server.wait_for(2)
        assert json.loads(first.raw) == first.body == {"model": MODEL, "messages": HI}
        assert first.headers["x-test"] == "1"
        assert first.path == "/v1/chat/completions"
        assert first.ended is not None
        assert before <= first.arrived <= first.ended <= time.time()
        assert (first.status, second.status) == (200, 400)
        assert server.requests_of("other") == [second]
        assert not first.disconnected

    def test_sees_the_client_leave_a_stream(self, server: Standin, chat: openai.OpenAI) -> None:
        server.pace(Pace(token_ms=20), model=MODEL)
        server.say("word " * 500, model=MODEL)
        with chat.chat.completions.create(model=MODEL, messages=HI, stream=True) as stream:
            next(iter(stream))
        (request,) = server.wait_for(1)
        assert request.disconnected
        assert request.events_sent < 100

    def test_a_stream_read_to_its_end_is_no_disconnect(self, server: Standin, chat: openai.OpenAI) -> None:
        for _ in range(20):
            stream_chat(chat)
        assert not any(request.disconnected for request in server.wait_for(20))

    def test_refuses_what_is_not_json(self, server: Standin) -> None:
        answer = httpx.post(f"{server.url}/v1/messages", content=b"{")
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert server.requests[0].raw == b"{"


class TestProcess:
    def test_is_controlled_over_http(self) -> None:
        command = [sys.executable, "-m", "standin"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().strip()
                with httpx.Client(base_url=url) as control:
                    self._drive(control, url)
            finally:
                process.terminate()
        assert process.wait(10) is not None

    def _drive(self, control: httpx.Client, url: str) -> None:
        reply = {"parts": ["Look:", {"type": "tool_use", "name": "shell", "arguments": {"a": 1}}], "when": "hi"}
        script = {"model": MODEL, "replies": [reply, {"status": 429, "error": "slow down"}]}
        assert control.post("/control/script", json=script).status_code == 204
        assert control.post("/control/script", json={"replies": [{"sparts": []}]}).status_code == 400
        assert control.post("/control/pace", json={"model": MODEL, "pace": {"chunk_bytes": 1}}).status_code == 204
        with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as chat:
            assert joined(stream_chat(chat)) == "Look:"
            with pytest.raises(openai.RateLimitError):
                stream_chat(chat)
            assert [model.id for model in chat.models.list()] == [MODEL]
        requests = control.get("/control/requests", params={"model": MODEL}).json()
        assert [request["status"] for request in requests] == [200, 429]
        assert requests[0]["body"]["messages"] == HI
        assert control.delete("/control").status_code == 204
        assert control.get("/control/requests").json() == []

    def test_starts_fast_and_without_litellm(self) -> None:
        assert importlib.util.find_spec("litellm") is not None
        code = "import sys, standin\nwith standin.running() as s: s.requests\nprint('litellm' in sys.modules)"
        start = time.monotonic()
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert ran.stdout == "False\n", ran.stderr
        assert time.monotonic() - start < 2

    def test_leaves_no_thread_behind_even_while_hanging(self) -> None:
        before = set(threading.enumerate())
        with running() as server:
            server.pace(Pace(hang_after=0))

            def ask() -> None:
                with contextlib.suppress(httpx.HTTPError):
                    httpx.post(f"{server.url}/v1/chat/completions", json={"model": MODEL, "messages": HI})

            asker = threading.Thread(target=ask)
            asker.start()
            while not server.requests:
                time.sleep(0.01)
        asker.join(5)
        assert set(threading.enumerate()) == before
