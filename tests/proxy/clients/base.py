"""What the clients of all formats share: the contract of a format's adapter, and one client for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from standin import Recorded
from tests.proxy.turns import Call, Heard, Thought, Turn

__all__ = ["Client", "Delta", "Format", "Live", "Seen", "Tokens", "signed", "tee"]


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
    items: tuple[Any, ...] = ()
    """The answer as the client sends it back."""
    raw: bytes = b""

    @property
    def heard(self) -> Heard:
        return Heard(self.items)

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
    """Of the models whose provider speaks this format."""
    history_field: ClassVar[str]
    """Where a request's body has the conversation."""
    metadata_field: ClassVar[str]
    """Where LiteLLM takes its own metadata from."""
    preamble: ClassVar[int]
    """How many events of the provider's stream come before the first word of a text."""
    error: ClassVar[Any]
    """What the client library raises for an error status: has `status_code` and `body`."""
    failure: ClassVar[type[Exception]]
    """What it raises for any error, within a stream too."""

    def model(self, seed: str) -> str:
        """A model name that no other seed has."""
        return f"{self.model_prefix}-{seed}"

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
    def turns(self, body: dict[str, Any]) -> list[Turn | Thought]:
        """The conversation in a request's body, whichever way this format cuts it into messages; thoughts stand for
        themselves."""

    def history(self, body: dict[str, Any]) -> list[Any]:
        """The conversation in a request's body, as it stands there."""
        history: list[Any] = body[self.history_field]
        return history

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


def signed(text: str, signature: str) -> Thought:
    """The thought that a request brings back; fails unless it has its own signature."""
    thought = Thought(text)
    assert signature == thought.signature
    return thought


def tee(base: type, received: bytearray) -> Any:
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
