"""OpenAI's chat completions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState

from tests.proxy.clients.base import Delta, Format, Live, Seen, Tokens, tee
from tests.proxy.turns import Call, Heard, Result, Said, Thought, Turn

__all__ = ["Chat"]

_STOPS = {"stop": "end", "tool_calls": "tools"}


class Chat(Format):
    name = "chat"
    model_prefix = "openai"
    history_field = "messages"
    metadata_field = "metadata"
    preamble = 1
    error = openai.APIStatusError
    failure = openai.APIError

    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": model,
            "messages": [message for turn in turns for message in self._messages(turn)],
        }
        if tools:
            parameters = {"type": "object", "properties": {"command": {"type": "string"}}}
            body["tools"] = [
                {"type": "function", "function": {"name": name, "description": "A tool.", "parameters": parameters}}
                for name in tools
            ]
        return body

    @staticmethod
    def _messages(turn: Turn) -> Sequence[dict[str, Any]]:
        if isinstance(turn, Heard):
            return turn.items
        if isinstance(turn, Said):
            return [{"role": turn.role, "content": turn.text}]
        if isinstance(turn, Result):
            return [{"role": "tool", "tool_call_id": turn.id, "content": turn.text}]
        return [{"role": "assistant", "content": None, "tool_calls": [_called(turn)]}]

    def library(self, url: str, key: str, received: bytearray) -> openai.OpenAI:
        http = tee(openai.DefaultHttpxClient, received)
        return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=60, http_client=http)

    def headers(self, library: openai.OpenAI, body: dict[str, Any]) -> Mapping[str, str]:
        return library.chat.completions.with_raw_response.create(**body).headers

    def whole(self, library: openai.OpenAI, body: dict[str, Any]) -> Seen:
        return _seen(library.chat.completions.create(**body))

    @contextmanager
    def open(self, library: openai.OpenAI, body: dict[str, Any]) -> Iterator[Live]:
        with library.chat.completions.create(**body, stream=True, stream_options={"include_usage": True}) as stream:
            yield _Live(stream)

    def check_stream(self, raw: bytes) -> None:
        data = [line[6:] for line in raw.decode().split("\n") if line.startswith("data: ")]
        assert data.pop() == "[DONE]"
        chunks = [json.loads(item) for item in data]
        assert len({(chunk["id"], chunk["model"], chunk["object"]) for chunk in chunks}) == 1
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        assert [bool(choice["delta"].get("role")) for choice in choices] == [True] + [False] * (len(choices) - 1)
        assert len([choice for choice in choices if choice.get("finish_reason")]) == 1
        calls = [call for choice in choices for call in choice["delta"].get("tool_calls") or ()]
        starts = [call for call in calls if call.get("id")]
        assert [call["index"] for call in starts] == list(range(len(starts)))
        assert all(call["function"]["name"] for call in starts)
        assert len([chunk for chunk in chunks if chunk.get("usage")]) == 1

    def turns(self, body: dict[str, Any]) -> list[Turn | Thought]:
        turns: list[Turn | Thought] = []
        for message in body["messages"]:
            if message["role"] == "tool":
                turns.append(Result(message["tool_call_id"], message["content"]))
            elif message.get("content"):
                turns.append(Said(message["content"], message["role"]))
            turns += [_call(call) for call in message.get("tool_calls") or ()]
        return turns

    def results(self, body: dict[str, Any]) -> list[str]:
        return [message["content"] for message in body["messages"] if message["role"] == "tool"]


class _Live(Live):
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._state: Any = ChatCompletionStreamState()
        self._thinking = ""

    def __iter__(self) -> Iterator[Delta]:
        for chunk in self._stream:
            for choice in chunk.choices:
                for addition in ("thinking_blocks", "provider_specific_fields"):
                    # LiteLLM's own; the library cannot put them together.
                    (choice.delta.model_extra or {}).pop(addition, None)
            self._state.handle_chunk(chunk)
            for choice in chunk.choices:
                if thought := getattr(choice.delta, "reasoning_content", None):
                    self._thinking += thought
                    yield Delta("thinking", thought)
                if choice.delta.content:
                    yield Delta("text", choice.delta.content)
                for call in choice.delta.tool_calls or ():
                    if call.function.name:
                        yield Delta("call", call.function.name)

    def seen(self) -> Seen:
        return replace(_seen(self._state.current_completion_snapshot), thinking=tuple(filter(None, [self._thinking])))


def _seen(completion: Any) -> Seen:
    choice = completion.choices[0]
    calls = tuple(_call(call.model_dump()) for call in choice.message.tool_calls or ())
    thinking = tuple(filter(None, [getattr(choice.message, "reasoning_content", None)]))
    usage = None
    if completion.usage is not None:
        details = completion.usage.prompt_tokens_details
        cached = details.cached_tokens or 0 if details is not None else 0
        usage = Tokens(completion.usage.prompt_tokens, cached, completion.usage.completion_tokens)
    stop = _STOPS.get(choice.finish_reason, choice.finish_reason)
    heard: dict[str, Any] = {"role": "assistant", "content": choice.message.content}
    if calls:
        heard["tool_calls"] = [_called(call) for call in calls]
    return Seen(choice.message.content or "", calls, thinking, stop, usage, (heard,))


def _called(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def _call(call: dict[str, Any]) -> Call:
    return Call(call["function"]["name"], json.loads(call["function"]["arguments"]), call["id"])
