"""The default store: this process's memory, bounded by entries and by bytes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .base import Absent, Store, StoreError, StoreStats

__all__ = ["MemoryStore"]

_Id = tuple[str, str]


class MemoryStore(Store):
    """Keeps entries in this process; the least recently used go first when there is no room.

    `max_entries` and `max_bytes` (of values) bound what is held, `max_age` (seconds) is the ceiling of the contract,
    `clock` answers in seconds and never goes backwards. A value larger than `max_bytes` is refused with `StoreError`.
    Tells EXPIRED from MISSING for the last `max_entries` entries that expired; an evicted entry is MISSING.
    May be used from several event loops and threads at once. Starts no task.
    """

    def __init__(
        self,
        *,
        max_entries: int = 1000,
        max_bytes: int = 256 * 1024 * 1024,
        max_age: float = 24 * 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_entries < 1 or max_bytes < 1 or not max_age > 0:
            raise ValueError("max_entries, max_bytes and max_age must be positive")
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[_Id, _Entry] = OrderedDict()
        self._expired: OrderedDict[_Id, None] = OrderedDict()
        self._bytes = 0

    async def put(self, tenant: str, key: str, value: bytes, ttl: float) -> None:
        if len(value) > self._max_bytes:
            raise StoreError(f"memory store: a value of {len(value)} bytes is over max_bytes ({self._max_bytes})")
        entry_id = (tenant, key)
        with self._lock:
            now = self._clock()
            former = self._renewed(entry_id, now)
            if former is not None:
                self._remove(entry_id)
            self._expired.pop(entry_id, None)
            entry = _Entry(value, ttl, now + self._max_age if former is None else former.ceiling)
            entry.renew(now)
            self._entries[entry_id] = entry
            self._bytes += len(value)
            self._make_room(now)

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        entry_id = (tenant, key)
        with self._lock:
            entry = self._renewed(entry_id, self._clock())
            if entry is not None:
                return entry.value
            return Absent.EXPIRED if entry_id in self._expired else Absent.MISSING

    async def delete(self, tenant: str, key: str) -> None:
        entry_id = (tenant, key)
        with self._lock:
            self._expired.pop(entry_id, None)
            if entry_id in self._entries:
                self._remove(entry_id)

    async def touch(self, tenant: str, key: str) -> bool:
        with self._lock:
            return self._renewed((tenant, key), self._clock()) is not None

    async def stats(self) -> StoreStats:
        with self._lock:
            now = self._clock()
            for entry_id in [entry_id for entry_id, entry in self._entries.items() if entry.expires <= now]:
                self._expire(entry_id)
            return StoreStats("memory", len(self._entries), self._bytes)

    def _renewed(self, entry_id: _Id, now: float) -> _Entry | None:
        """The entry, renewed and now the most recently used; None when there is none or it has just expired."""
        entry = self._entries.get(entry_id)
        if entry is None:
            return None
        if entry.expires <= now:
            self._expire(entry_id)
            return None
        entry.renew(now)
        self._entries.move_to_end(entry_id)
        return entry

    def _make_room(self, now: float) -> None:
        # Least recently used is also first to expire where lifetimes are alike, so no search for expired ones.
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            entry_id, entry = next(iter(self._entries.items()))
            if entry.expires <= now:
                self._expire(entry_id)
            else:
                self._remove(entry_id)

    def _expire(self, entry_id: _Id) -> None:
        self._remove(entry_id)
        self._expired[entry_id] = None
        while len(self._expired) > self._max_entries:
            self._expired.popitem(last=False)

    def _remove(self, entry_id: _Id) -> None:
        self._bytes -= len(self._entries.pop(entry_id).value)


@dataclass(slots=True)
class _Entry:
    value: bytes
    ttl: float
    ceiling: float
    expires: float = 0.0

    def renew(self, now: float) -> None:
        self.expires = min(now + self.ttl, self.ceiling)
