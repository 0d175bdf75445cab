"""A bounded mapping that forgets the least recently used, safe to share between threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Lru"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """At most `max_entries`, and at most `max_weight` by `weigh` where that is given."""

    def __init__(
        self, max_entries: int, *, max_weight: int | None = None, weigh: Callable[[V], int] = lambda _: 0
    ) -> None:
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._max_entries = max_entries
        self._max_weight = max_weight
        self._weigh = weigh
        self._weight = 0
        self._lock = Lock()

    def limit(self, max_weight: int) -> None:
        """Hold at most this weight from now on."""
        if max_weight != self._max_weight:
            with self._lock:
                self._max_weight = max_weight
                self._make_room()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def weight(self) -> int:
        return self._weight

    def __contains__(self, key: K) -> bool:
        """Does not count as a use."""
        return key in self._entries

    def get(self, key: K) -> V | None:
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """A value heavier than the whole cache is not kept."""
        weight = self._weigh(value)
        with self._lock:
            self._drop(key)
            if self._max_weight is not None and weight > self._max_weight:
                return
            self._entries[key] = value
            self._weight += weight
            self._make_room()

    def pop(self, key: K) -> V | None:
        """Take the value out."""
        with self._lock:
            value = self._entries.get(key)
            self._drop(key)
            return value

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._weight = 0

    def _make_room(self) -> None:
        while len(self._entries) > self._max_entries or (
            self._max_weight is not None and self._weight > self._max_weight
        ):
            self._drop(next(iter(self._entries)))

    def _drop(self, key: K) -> None:
        value = self._entries.pop(key, None)
        if value is not None:
            self._weight -= self._weigh(value)
