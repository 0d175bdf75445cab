"""The Anthropic Messages format, driven by the real client library."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx

from standin import Reply, Standin, Text, Thinking, ToolUse

from .common import HI, MODEL, TOOL


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
