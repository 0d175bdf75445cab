"""What a wire format provides, and what it is given: the seam between the server and one file for each format."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from standin.cache import Block, Usage
from standin.pace import Event
from standin.script import Part, ToolUse

__all__ = ["Answer", "Format", "Json", "Refused", "fragments", "new_id", "objects", "sse"]

Json: TypeAlias = "dict[str, Any]"


class Refused(Exception):
    """The request gets an error for an answer. `param` and `code` are for formats that report them."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.param = param
        self.code = code
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Answer:
    """One resolved reply, ready to be written in any format."""

    body: Json
    """What was asked (`Recorded.asked`); it has passed the format's check."""
    parts: tuple[Part, ...]
    stop_reason: str
    usage: Usage
    created: int
    headers: Mapping[str, str]


class Format(Protocol):
    """A wire format. A module with these names is one."""

    PATH: str
    """The route, for POST. What stands in braces (`model`, say) is handed on as if the body said it."""
    TRACE_HEADER: str
    """The response header that carries the request's id."""

    def check(self, body: Json) -> None:
        """Raise `Refused`, in the provider's words, for what the provider would not take."""

    def blocks(self, body: Json) -> list[Block]:
        """The prompt in the order in which the model reads it: tools, system, messages."""

    def whole(self, answer: Answer) -> Json:
        """The answer without streaming."""

    def events(self, answer: Answer) -> Iterator[Event]:
        """The answer as a stream."""

    def error(self, refused: Refused) -> Json:
        """The body of an error response."""

    def error_event(self, refused: Refused) -> Event:
        """An error inside a stream that has begun."""


def sse(data: Json | str, *, name: str | None = None, token: bool = False) -> Event:
    """A server-sent event, text unescaped as the providers send it."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"event: {name}\n" if name else ""
    return Event(f"{head}data: {text}\n\n".encode(errors="replace"), token)


def new_id(prefix: str) -> str:
    """An id that no other answer carries, in the length that providers use."""
    return f"{prefix}{uuid.uuid4().hex[:24]}"


def fragments(part: Part) -> Iterator[str]:
    """The tokens of a part: the words of a text with the space before them, arguments in runs of eight characters."""
    if isinstance(part, ToolUse):
        text = part.arguments_text
        yield from (text[start : start + 8] for start in range(0, len(text), 8))
        return
    start = 0
    text = part.text
    for end in range(1, len(text) + 1):
        if end == len(text) or (text[end].isspace() and not text[end - 1].isspace()):
            yield text[start:end]
            start = end


def objects(value: Any, where: str) -> list[Json]:
    """The value, if it is a list of objects; refused otherwise. None counts as an empty list."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refused(f"{where}: Input should be a valid list of objects", param=where, code="invalid_type")
    return value
