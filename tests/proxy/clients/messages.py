"""Anthropic's messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import anthropic

from tests.proxy.clients.base import Delta, Format, Live, Seen, Tokens, signed, tee
from tests.proxy.turns import Call, Heard, Result, Said, Thought, Turn

__all__ = ["Messages"]

_STOPS = {"end_turn": "end", "tool_use": "tools"}


class Messages(Format):
    name = "messages"
    model_prefix = "claude"
    history_field = "messages"
    metadata_field = "litellm_metadata"
    preamble = 3
    error = anthropic.APIStatusError
    failure = anthropic.APIError

    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]:
        messages = [message for turn in turns for message in self._messages(turn)]
        body: dict[str, Any] = {"model": model, "max_tokens": 2000, "messages": messages}
        if tools:
            schema = {"type": "object", "properties": {"command": {"type": "string"}}}
            body["tools"] = [{"name": name, "description": "A tool.", "input_schema": schema} for name in tools]
        return body

    @staticmethod
    def _messages(turn: Turn) -> Sequence[dict[str, Any]]:
        if isinstance(turn, Heard):
            return turn.items
        if isinstance(turn, Said):
            return [{"role": turn.role, "content": turn.text}]
        if isinstance(turn, Result):
            result = {"type": "tool_result", "tool_use_id": turn.id, "content": turn.text}
            return [{"role": "user", "content": [result]}]
        content: list[dict[str, Any]] = []
        if turn.thought is not None:
            content.append({"type": "thinking", "thinking": turn.thought.text, "signature": turn.thought.signature})
        content.append({"type": "tool_use", "id": turn.id, "name": turn.name, "input": turn.arguments})
        return [{"role": "assistant", "content": content}]

    def library(self, url: str, key: str, received: bytearray) -> anthropic.Anthropic:
        http = tee(anthropic.DefaultHttpxClient, received)
        return anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=60, http_client=http)

    def headers(self, library: anthropic.Anthropic, body: dict[str, Any]) -> Mapping[str, str]:
        return library.messages.with_raw_response.create(**body).headers

    def whole(self, library: anthropic.Anthropic, body: dict[str, Any]) -> Seen:
        return _seen(library.messages.create(**body))

    @contextmanager
    def open(self, library: anthropic.Anthropic, body: dict[str, Any]) -> Iterator[Live]:
        with library.messages.stream(**body) as stream:
            yield _Live(stream)

    def check_stream(self, raw: bytes) -> None:
        events = [json.loads(line[6:]) for line in raw.decode().split("\n") if line.startswith("data: ")]
        events = [event for event in events if event["type"] != "ping"]
        kinds = [event["type"] for event in events]
        assert [kind for kind in kinds if not kind.startswith("content_block")] == [
            "message_start",
            "message_delta",
            "message_stop",
        ]
        blocks = [event for event in events if event["type"].startswith("content_block")]
        assert kinds[1 : 1 + len(blocks)] == [event["type"] for event in blocks]
        running, count = False, 0
        for event in blocks:
            if event["type"] == "content_block_start":
                assert not running
                running, count = True, count + 1
            assert running
            assert event["index"] == count - 1
            running = event["type"] != "content_block_stop"
        assert not running

    def turns(self, body: dict[str, Any]) -> list[Turn | Thought]:
        return [_turn(block, message["role"]) for message in body["messages"] for block in _blocks(message["content"])]

    def results(self, body: dict[str, Any]) -> list[str]:
        contents = [message["content"] for message in body["messages"] if isinstance(message["content"], list)]
        results = [block for content in contents for block in content if block["type"] == "tool_result"]
        return [_as_text(result["content"]) for result in results]


class _Live(Live):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[Delta]:
        for event in self._stream:
            if event.type == "content_block_start" and event.content_block.type == "tool_use":
                yield Delta("call", event.content_block.name)
            elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield Delta("text", event.delta.text)
            elif event.type == "content_block_delta" and event.delta.type == "thinking_delta":
                yield Delta("thinking", event.delta.thinking)

    def seen(self) -> Seen:
        return _seen(self._stream.get_final_message())


def _seen(message: Any) -> Seen:
    usage = message.usage
    read = usage.cache_read_input_tokens or 0
    prompt = usage.input_tokens + (usage.cache_creation_input_tokens or 0) + read
    return Seen(
        "".join(block.text for block in message.content if block.type == "text"),
        tuple(Call(block.name, block.input, block.id) for block in message.content if block.type == "tool_use"),
        tuple(block.thinking for block in message.content if block.type == "thinking"),
        _STOPS.get(message.stop_reason, message.stop_reason),
        Tokens(prompt, read, usage.output_tokens),
        ({"role": "assistant", "content": [block.to_dict() for block in message.content]},),
    )


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _turn(block: dict[str, Any], role: str) -> Turn | Thought:
    if block["type"] == "tool_use":
        return Call(block["name"], block["input"], block["id"])
    if block["type"] == "tool_result":
        return Result(block["tool_use_id"], _as_text(block["content"]))
    if block["type"] == "thinking":
        return signed(block["thinking"], block["signature"])
    return Said(block["text"], role)
