"""Server-sent events from a byte stream that may be cut anywhere, and back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson

__all__ = ["Event", "EventReader", "data_in", "write_data", "write_event"]

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


@dataclass(frozen=True, slots=True)
class Event:
    """`raw` is the event's exact bytes, its closing blank line included; `data` its JSON object, or None."""

    raw: bytes
    data: dict[str, Any] | None


class EventReader:
    """Cuts a byte stream into events. What has arrived of an unfinished event waits in `pending`: bytes that grow in
    place, because an event may be of many megabytes and come in small pieces."""

    def __init__(self) -> None:
        self.pending = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """The events that the data completes."""
        # A boundary may itself have been cut in two: look again at the last bytes that were waiting.
        start = max(0, len(self.pending) - 3)
        self.pending += data
        ends = [end.end() for end in _END.finditer(self.pending, start)]
        raws = [bytes(self.pending[at:end]) for at, end in zip([0, *ends], ends, strict=False)]
        if ends:
            self.pending = self.pending[ends[-1] :]
        return [Event(raw, _data(raw)) for raw in raws]


def data_in(item: bytes | str) -> list[dict[str, Any]]:
    """The JSON objects of the events that one item of a stream holds whole."""
    events = EventReader().feed(item.encode() if isinstance(item, str) else item)
    return [event.data for event in events if event.data is not None]


def write_event(data: dict[str, Any]) -> bytes:
    """An event with its type as its name."""
    return b"event: " + str(data["type"]).encode() + b"\n" + write_data(data)


def write_data(data: dict[str, Any]) -> bytes:
    """An event without a name."""
    try:
        text = orjson.dumps(data)
    except TypeError:
        # Integers over 64 bits, halves of surrogate pairs.
        text = json.dumps(data).encode()
    return b"data: " + text + b"\n\n"


def _data(raw: bytes) -> dict[str, Any] | None:
    text = b"\n".join(line[5:].strip() for line in raw.splitlines() if line.startswith(b"data:"))
    try:
        # Not orjson, which makes floats of integers over 64 bits.
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
