"""What the model says is what the script says."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import openai
import pytest

from standin import Recorded, Reply, Standin, ToolUse

from .common import HASH, HASH2, HI, MODEL, TOOL


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
