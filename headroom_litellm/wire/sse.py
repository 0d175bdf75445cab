"""Server-sent events from a byte stream that may be cut anywhere, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

__all__ = ["Event", "EventReader", "write_event"]

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


@dataclass(frozen=True, slots=True)
class Event:
    """`raw` is the event's exact bytes, its closing blank line included; `data` its JSON object, or None."""

    raw: bytes
    data: dict[str, Any] | None


class EventReader:
    """Cuts a byte stream into events. What has arrived of an unfinished event waits in `pending`."""

    def __init__(self) -> None:
        self.pending = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        # A boundary may itself have been cut in two: look again at the last bytes that were waiting.
        start = max(0, len(self.pending) - 3)
        buffer = self.pending + data
        at = 0
        events = []
        for end in _END.finditer(buffer, start):
            events.append(buffer[at : end.end()])
            at = end.end()
        self.pending = buffer[at:]
        for raw in events:
            yield Event(raw, _data(raw))


def write_event(data: dict[str, Any]) -> bytes:
    return b"event: " + str(data["type"]).encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _data(raw: bytes) -> dict[str, Any] | None:
    text = b"\n".join(line[5:].strip() for line in raw.splitlines() if line.startswith(b"data:"))
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
