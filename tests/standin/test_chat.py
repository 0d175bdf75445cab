"""The OpenAI chat format, driven by the real client library."""

from __future__ import annotations

import json
from typing import Any

import openai

from standin import Reply, Standin, Thinking, ToolUse, count_tokens

from .common import CHAT_TOOL, HI, MODEL, stream_chat


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
