"""Splicing of server-sent events: what formats whose streams are bytes have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from .base import Splicer
from .sse import Event, EventReader

__all__ = ["EventSplicer"]


class EventSplicer(Splicer):
    """Items are `bytes` (or `str`, answered in kind), cut anywhere. Events that need no change keep their bytes; of the
    others only whole ones go out."""

    def __init__(self) -> None:
        self._as_text = False
        self._start()

    def _start(self) -> None:
        """Begin a stream, the first one or a follow-up's."""
        self._reader = EventReader()
        self._ending: list[Event] = []
        self._held = b""

    @abstractmethod
    def _pass(self, event: Event) -> bytes:
        """What the client gets for an event of the provider's: its own bytes, others, or none. An event that is put
        into `_ending` is held back."""

    @abstractmethod
    def _end(self, event: Event) -> bytes:
        """What the client gets for an event that was held back, when it is the end of the whole stream."""

    def feed(self, item: Any) -> Iterable[Any]:
        self._as_text = isinstance(item, str)
        data = item.encode() if self._as_text else item
        whole = not self._reader.pending
        events = list(self._reader.feed(data))
        out = [(event, self._pass(event)) for event in events]
        self._held = b"".join(event.raw for event in self._ending) + self._reader.pending
        if whole and not self._reader.pending and all(raw is event.raw for event, raw in out):
            return [item] if data else []
        return self._typed(b"".join(raw for _, raw in out))

    def next_stream(self) -> None:
        self._start()

    def finish(self) -> Iterable[Any]:
        held = b"".join(self._end(event) for event in self._ending) + self._reader.pending
        self._ending, self._reader.pending = [], b""
        return self._typed(held)

    def surrender(self, item: Any) -> Iterable[Any]:
        data = item.encode() if isinstance(item, str) else item
        return self._typed(self._held + data)

    def _typed(self, data: bytes) -> list[Any]:
        if not data:
            return []
        return [data.decode() if self._as_text else data]
