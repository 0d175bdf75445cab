"""The clients' side, in the real client libraries: one adapter for each request format, and one client for all."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import anthropic
import openai
from openai.lib.streaming.chat import ChatCompletionStreamState

from standin import Recorded
from tests.proxy.turns import Call, Result, Said, Turn

__all__ = ["FORMATS", "Client", "Delta", "Format", "Live", "Seen", "Tokens"]

_STOPS = {"stop": "end", "end_turn": "end", "tool_calls": "tools", "tool_use": "tools"}


@dataclass(frozen=True)
class Tokens:
    """What a call is charged for: `read` is the part of `prompt` that came from the prompt cache."""

    prompt: int
    read: int
    output: int

    @classmethod
    def of(cls, requests: Iterable[Recorded]) -> Tokens:
        """What the provider charged for these calls together."""
        usages = [request.usage for request in requests if request.usage is not None]
        return cls(sum(u.prompt for u in usages), sum(u.read for u in usages), sum(u.output for u in usages))


@dataclass(frozen=True)
class Seen:
    """What the client got. `raw` is the response's body as it came over the wire."""

    text: str
    calls: tuple[Call, ...]
    thinking: tuple[str, ...]
    stop: str
    usage: Tokens | None
    raw: bytes = b""

    @property
    def arguments(self) -> list[tuple[str, dict[str, Any]]]:
        return [(call.name, call.arguments) for call in self.calls]


@dataclass(frozen=True)
class Delta:
    """A piece of a stream: `text`, `thinking` or, with the tool's name, `call`."""

    kind: str
    text: str


class Live(ABC):
    """A stream that the client is reading."""

    @abstractmethod
    def __iter__(self) -> Iterator[Delta]: ...

    @abstractmethod
    def seen(self) -> Seen:
        """All of it, put together by the client library."""

    def texts(self) -> Iterator[str]:
        return (delta.text for delta in self if delta.kind == "text")


class Format(ABC):
    """A request format: what it is called, and both ends of it."""

    name: ClassVar[str]
    model_prefix: ClassVar[str]
    error: ClassVar[Any]
    """What the client library raises for an error status: has `status_code` and `body`."""
    failure: ClassVar[type[Exception]]
    """What it raises for any error, within a stream too."""

    @abstractmethod
    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]: ...

    @abstractmethod
    def library(self, url: str, key: str, received: bytearray) -> Any:
        """The client library's client; what comes over its wire is added to `received`."""

    @abstractmethod
    def headers(self, library: Any, body: dict[str, Any]) -> Mapping[str, str]:
        """The headers of the response to a request."""

    @abstractmethod
    def whole(self, library: Any, body: dict[str, Any]) -> Seen: ...

    @abstractmethod
    def open(self, library: Any, body: dict[str, Any]) -> AbstractContextManager[Live]: ...

    @abstractmethod
    def check_stream(self, raw: bytes) -> None:
        """Fail unless these bytes are one coherent stream."""

    @abstractmethod
    def results(self, body: dict[str, Any]) -> list[str]:
        """The texts of all tool outputs in a request's body, in order."""


@dataclass(frozen=True)
class Client:
    """A client of one format, at one proxy, with one key. Each model name is one test's own."""

    form: Format
    url: str
    model: str
    key: str

    def at(self, url: str, *, key: str | None = None) -> Client:
        """The same client at another proxy."""
        return replace(self, url=url, key=key or self.key)

    def body(self, turns: Sequence[Turn], *, tools: Sequence[str] = ("bash",), **more: Any) -> dict[str, Any]:
        return {**self.form.body(self.model, turns, tools), **more}

    def ask(self, turns: Sequence[Turn], *, stream: bool, **more: Any) -> Seen:
        """One request, and the whole answer to it; a stream is checked to be coherent."""
        received = bytearray()
        with self.form.library(self.url, self.key, received) as library:
            body = self.body(turns, **more)
            if not stream:
                return replace(self.form.whole(library, body), raw=bytes(received))
            with self.form.open(library, body) as live:
                for _ in live:
                    pass
                seen = live.seen()
            self.form.check_stream(bytes(received))
            return replace(seen, raw=bytes(received))

    @contextmanager
    def open(self, turns: Sequence[Turn], **more: Any) -> Iterator[Live]:
        """A stream to read as it comes; leaving early closes the connection."""
        with (
            self.form.library(self.url, self.key, bytearray()) as library,
            self.form.open(library, self.body(turns, **more)) as live,
        ):
            yield live


class _Chat(Format):
    name = "chat"
    model_prefix = "openai"
    error = openai.APIStatusError
    failure = openai.APIError

    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "messages": [self._message(turn) for turn in turns]}
        if tools:
            parameters = {"type": "object", "properties": {"command": {"type": "string"}}}
            body["tools"] = [
                {"type": "function", "function": {"name": name, "description": "A tool.", "parameters": parameters}}
                for name in tools
            ]
        return body

    @staticmethod
    def _message(turn: Turn) -> dict[str, Any]:
        if isinstance(turn, Said):
            return {"role": turn.role, "content": turn.text}
        if isinstance(turn, Result):
            return {"role": "tool", "tool_call_id": turn.id, "content": turn.text}
        function = {"name": turn.name, "arguments": json.dumps(turn.arguments)}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": turn.id, "type": "function", "function": function}],
        }

    def library(self, url: str, key: str, received: bytearray) -> openai.OpenAI:
        http = _tee(openai.DefaultHttpxClient, received)
        return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=60, http_client=http)

    def headers(self, library: openai.OpenAI, body: dict[str, Any]) -> Mapping[str, str]:
        return library.chat.completions.with_raw_response.create(**body).headers

    def whole(self, library: openai.OpenAI, body: dict[str, Any]) -> Seen:
        return _chat_seen(library.chat.completions.create(**body))

    @contextmanager
    def open(self, library: openai.OpenAI, body: dict[str, Any]) -> Iterator[Live]:
        with library.chat.completions.create(**body, stream=True, stream_options={"include_usage": True}) as stream:
            yield _ChatLive(stream)

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

    def results(self, body: dict[str, Any]) -> list[str]:
        return [message["content"] for message in body["messages"] if message["role"] == "tool"]


class _ChatLive(Live):
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
        return replace(
            _chat_seen(self._state.current_completion_snapshot), thinking=tuple(filter(None, [self._thinking]))
        )


def _chat_seen(completion: Any) -> Seen:
    choice = completion.choices[0]
    calls = tuple(
        Call(call.function.name, json.loads(call.function.arguments), call.id)
        for call in choice.message.tool_calls or ()
    )
    thinking = tuple(filter(None, [getattr(choice.message, "reasoning_content", None)]))
    usage = None
    if completion.usage is not None:
        details = completion.usage.prompt_tokens_details
        cached = details.cached_tokens or 0 if details is not None else 0
        usage = Tokens(completion.usage.prompt_tokens, cached, completion.usage.completion_tokens)
    stop = _STOPS.get(choice.finish_reason, choice.finish_reason)
    return Seen(choice.message.content or "", calls, thinking, stop, usage)


class _Messages(Format):
    name = "messages"
    model_prefix = "claude"
    error = anthropic.APIStatusError
    failure = anthropic.APIError

    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]:
        messages = [self._message(turn) for turn in turns]
        body: dict[str, Any] = {"model": model, "max_tokens": 2000, "messages": messages}
        if tools:
            schema = {"type": "object", "properties": {"command": {"type": "string"}}}
            body["tools"] = [{"name": name, "description": "A tool.", "input_schema": schema} for name in tools]
        return body

    @staticmethod
    def _message(turn: Turn) -> dict[str, Any]:
        if isinstance(turn, Said):
            return {"role": turn.role, "content": turn.text}
        if isinstance(turn, Result):
            result = {"type": "tool_result", "tool_use_id": turn.id, "content": turn.text}
            return {"role": "user", "content": [result]}
        content: list[dict[str, Any]] = []
        if turn.thought is not None:
            content.append({"type": "thinking", "thinking": turn.thought.text, "signature": turn.thought.signature})
        content.append({"type": "tool_use", "id": turn.id, "name": turn.name, "input": turn.arguments})
        return {"role": "assistant", "content": content}

    def library(self, url: str, key: str, received: bytearray) -> anthropic.Anthropic:
        http = _tee(anthropic.DefaultHttpxClient, received)
        return anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=60, http_client=http)

    def headers(self, library: anthropic.Anthropic, body: dict[str, Any]) -> Mapping[str, str]:
        return library.messages.with_raw_response.create(**body).headers

    def whole(self, library: anthropic.Anthropic, body: dict[str, Any]) -> Seen:
        return _messages_seen(library.messages.create(**body))

    @contextmanager
    def open(self, library: anthropic.Anthropic, body: dict[str, Any]) -> Iterator[Live]:
        with library.messages.stream(**body) as stream:
            yield _MessagesLive(stream)

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

    def results(self, body: dict[str, Any]) -> list[str]:
        contents = [message["content"] for message in body["messages"] if isinstance(message["content"], list)]
        results = [block for content in contents for block in content if block["type"] == "tool_result"]
        return [_as_text(result["content"]) for result in results]


class _MessagesLive(Live):
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
        return _messages_seen(self._stream.get_final_message())


def _messages_seen(message: Any) -> Seen:
    usage = message.usage
    read = usage.cache_read_input_tokens or 0
    prompt = usage.input_tokens + (usage.cache_creation_input_tokens or 0) + read
    return Seen(
        "".join(block.text for block in message.content if block.type == "text"),
        tuple(Call(block.name, block.input, block.id) for block in message.content if block.type == "tool_use"),
        tuple(block.thinking for block in message.content if block.type == "thinking"),
        _STOPS.get(message.stop_reason, message.stop_reason),
        Tokens(prompt, read, usage.output_tokens),
    )


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _tee(base: type, received: bytearray) -> Any:
    """An HTTP client of the class that the library wants, whose responses' bytes are added to `received`."""

    class Tee(base):  # type: ignore[misc]
        def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = super().send(request, stream=True, **options)
            response.stream = _teed(response.stream, received)
            if not stream:
                response.read()
            return response

    return Tee(headers={"accept-encoding": "identity"})


def _teed(inner: Any, received: bytearray) -> Any:
    base = next(cls for cls in type(inner).__mro__ if cls.__name__ == "SyncByteStream")

    class Teed(base):  # type: ignore[misc, valid-type]
        def __iter__(self) -> Iterator[bytes]:
            for data in inner:
                received.extend(data)
                yield data

        def close(self) -> None:
            inner.close()

    return Teed()


FORMATS: dict[str, Format] = {form.name: form for form in (_Chat(), _Messages())}
