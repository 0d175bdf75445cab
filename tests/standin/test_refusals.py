"""Requests that the real provider would refuse."""

from __future__ import annotations

from typing import Any

import anthropic
import openai
import pytest

from standin import Reply, Standin, Thinking, ToolUse

from .common import CHAT_TOOL, HI, MARK, MODEL, THOUGHT, TOOL, call, result, use, used


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
