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
        waiting, held = len(self._reader.pending), len(self._ending)
        events = self._reader.feed(data)
        try:
            out = [(event, self._pass(event)) for event in events]
        except Exception:
            # What is held back is what was before the item, none of which has gone out.
            self._reader.pending = bytearray(events[0].raw[:waiting])
            del self._ending[held:]
            raise
        if not waiting and not self._reader.pending and all(raw is event.raw for event, raw in out):
            return [item] if data else []
        return self._typed(b"".join(raw for _, raw in out))

    def next_stream(self) -> None:
        self._start()

    def finish(self) -> Iterable[Any]:
        held = b"".join(self._end(event) for event in self._ending) + self._reader.pending
        self._ending, self._reader.pending = [], bytearray()
        return self._typed(held)

    def surrender(self) -> Iterable[Any]:
        return self._typed(b"".join(event.raw for event in self._ending) + self._reader.pending)

    def _typed(self, data: bytes) -> list[Any]:
        if not data:
            return []
        return [data.decode() if self._as_text else data]
