"""`compress()` with what client libraries hand over, turn after turn."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import ToolUseBlock
from openai.types.chat import ChatCompletionMessage

from headroom_litellm import compress
from headroom_litellm.ccr.tool import NAME
from headroom_litellm.stores import MemoryStore
from headroom_litellm.stores.blocking import run_blocking

from .conversations import CHAT_TOOLS, MESSAGES_TOOLS

ROWS = json.dumps([{"id": number * 7919 % 1009, "size": number * 104729 % 10007} for number in range(3000)])


def chat(name: str = "api") -> list[Any]:
    call = {"id": "c", "type": "function", "function": {"name": name, "arguments": "{}"}}
    return [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": ROWS},
    ]


def test_tools_that_an_earlier_call_gave_are_taken_back() -> None:
    first = compress(chat(), tools=CHAT_TOOLS)
    assert first.tools is not None
    assert [tool["function"]["name"] for tool in first.tools] == ["bash", NAME]
    second = compress(chat(), tools=first.tools)
    assert second.tools == first.tools
    assert second.messages == first.messages


def test_objects_of_the_openai_library_are_read() -> None:
    messages = chat("Read")
    messages[1] = ChatCompletionMessage.model_validate(messages[1])
    result = compress(messages, tools=CHAT_TOOLS)
    assert result.messages == messages, "the file that was read stays exact, and the object is the same"
    assert compress([chat()[0], ChatCompletionMessage.model_validate(chat()[1]), chat()[2]], tools=CHAT_TOOLS).items


def test_objects_of_the_anthropic_library_are_read() -> None:
    use = ToolUseBlock(id="t", name="Read", input={"path": "x"}, type="tool_use")
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": ROWS}]}
    messages = [{"role": "assistant", "content": [use]}, result]
    assert compress(messages, tools=MESSAGES_TOOLS).messages == messages


def test_originals_go_to_the_store_that_is_given() -> None:
    store = MemoryStore()
    result = compress(chat(), tools=CHAT_TOOLS, store=store)
    (key,) = result.markers
    assert result.store is store
    assert run_blocking(store.get("local", key)) == ROWS.encode()


@pytest.mark.parametrize("mode", ["off", "audit"])
def test_nothing_is_put_away_when_nothing_is_sent_short(mode: str) -> None:
    store = MemoryStore()
    result = compress(chat(), tools=CHAT_TOOLS, store=store, settings={"mode": mode})
    assert (result.markers, result.items, result.tools) == ({}, (), CHAT_TOOLS)
    assert run_blocking(store.stats()).entries == 0


def test_tokens_are_counted_before_and_after() -> None:
    result = compress(chat(), tools=CHAT_TOOLS)
    assert result.tokens_before > 10 * result.tokens_after > 0
    assert result.tokens_saved == result.tokens_before - result.tokens_after
