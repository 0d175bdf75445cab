"""An agent's side of a request: the providers' own client libraries, pointed at a proxy."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import anthropic
import openai

from .sessions import Json, Session, chat_tools, messages_request, messages_tools

__all__ = ["Agent", "ChatAgent", "MessagesAgent", "Received", "agent"]


@dataclass(frozen=True)
class Received:
    """An answer as the agent got it.

    text, calls: what the model said, and its tool calls as (id, name, arguments)
    stop:        why it stopped, in the words of the format
    waited:      seconds to the first event of a stream, or to the whole answer without one
    """

    text: str
    calls: tuple[tuple[str, str, str], ...]
    stop: str | None
    waited: float

    def same_as(self, other: Received) -> bool:
        """Whether the two differ in nothing but the time they took."""
        return (self.text, self.calls, self.stop) == (other.text, other.calls, other.stop)

    def says(self, message: Json) -> bool:
        """Whether this is a recorded assistant message: its text and its calls."""
        recorded = [
            (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ]
        calls = [(identity, name, json.loads(arguments)) for identity, name, arguments in self.calls]
        return self.text.strip() == (message.get("content") or "").strip() and calls == recorded


class Agent(Protocol):
    def ask(self, model: str, session: Session, history: Sequence[Json]) -> Received:
        """Send the history, with the session's tools, and read the answer to its end."""


def agent(format: str, url: str, key: str, *, stream: bool) -> Agent:
    """The client of a format, `openai` or `claude`, for the proxy at `url`."""
    return MessagesAgent(url, key, stream=stream) if format == "claude" else ChatAgent(url, key, stream=stream)


class ChatAgent:
    """Speaks OpenAI's chat completions."""

    def __init__(self, url: str, key: str, *, stream: bool) -> None:
        self._client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
        self._stream = stream

    def ask(self, model: str, session: Session, history: Sequence[Json]) -> Received:
        request: dict[str, Any] = {"model": model, "messages": list(history), "tools": chat_tools(session)}
        started = time.perf_counter()
        if self._stream:
            return self._streamed(request, started)
        choice = self._client.chat.completions.create(**request).choices[0]
        waited = time.perf_counter() - started
        calls = choice.message.tool_calls or []
        called = tuple((call.id, call.function.name, call.function.arguments) for call in calls)
        return Received(choice.message.content or "", called, choice.finish_reason, waited)

    def _streamed(self, request: dict[str, Any], started: float) -> Received:
        text, stop, waited = "", None, 0.0
        calls: dict[int, list[str]] = {}
        for chunk in self._client.chat.completions.create(**request, stream=True):
            waited = waited or time.perf_counter() - started
            for choice in chunk.choices:
                text += choice.delta.content or ""
                stop = choice.finish_reason or stop
                for delta in choice.delta.tool_calls or ():
                    call = calls.setdefault(delta.index, ["", "", ""])
                    call[0] += delta.id or ""
                    if delta.function is not None:
                        call[1] += delta.function.name or ""
                        call[2] += delta.function.arguments or ""
        called = tuple((identity, name, arguments) for identity, name, arguments in calls.values())
        return Received(text, called, stop, waited)


class MessagesAgent:
    """Speaks Anthropic's messages."""

    def __init__(self, url: str, key: str, *, stream: bool) -> None:
        self._client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)
        self._stream = stream

    def ask(self, model: str, session: Session, history: Sequence[Json]) -> Received:
        system, messages = messages_request(history)
        request: dict[str, Any] = {"model": model, "max_tokens": 8192, "system": system, "messages": messages}
        request["tools"] = messages_tools(session)
        started = time.perf_counter()
        if not self._stream:
            return _read(self._client.messages.create(**request), time.perf_counter() - started)
        waited = 0.0
        with self._client.messages.stream(**request) as stream:
            for _ in stream:
                waited = waited or time.perf_counter() - started
            return _read(stream.get_final_message(), waited)


def _read(message: Any, waited: float) -> Received:
    text = "".join(block.text for block in message.content if block.type == "text")
    used = [block for block in message.content if block.type == "tool_use"]
    calls = tuple((block.id, block.name, json.dumps(block.input, sort_keys=True)) for block in used)
    return Received(text, calls, message.stop_reason, waited)
