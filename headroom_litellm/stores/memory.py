"""The default store: this process's memory, bounded by entries and by bytes, and by bytes for each tenant."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..report.counters import Counters
from .base import Absent, Store, StoreError, StoreStats

__all__ = ["MemoryStore"]

_Id = tuple[str, str]


class MemoryStore(Store):
    """Keeps entries in this process; the least recently used go first when there is no room.

    `max_entries` and `max_bytes` (of values) bound what is held, `max_tenant_bytes` what each tenant holds, `max_age`
    (seconds) is the ceiling of the contract, `clock` answers in seconds and never goes backwards. A value larger than
    a limit is refused with `StoreError`. Tells EXPIRED from MISSING for the last `max_entries` entries that expired; an
    evicted entry is MISSING. May be used from several event loops and threads at once. Starts no task.

    Counts `store_evictions` (by cause: entries, bytes, tenant), `store_refused` (bytes, tenant) and `store_expired`.
    """

    def __init__(
        self,
        *,
        max_entries: int = 1000,
        max_bytes: int = 256 * 1024 * 1024,
        max_tenant_bytes: int | None = None,
        max_age: float = 24 * 3600.0,
        clock: Callable[[], float] = time.monotonic,
        counters: Counters | None = None,
    ) -> None:
        limits = (max_entries, max_bytes, 1 if max_tenant_bytes is None else max_tenant_bytes)
        if min(limits) < 1 or not max_age > 0:
            raise ValueError("max_entries, max_bytes, max_tenant_bytes and max_age must be positive")
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._max_tenant_bytes = max_bytes if max_tenant_bytes is None else max_tenant_bytes
        self._max_age = max_age
        self._clock = clock
        self._counters = counters or Counters()
        self._lock = threading.Lock()
        self._entries: OrderedDict[_Id, _Entry] = OrderedDict()
        self._tenants: dict[str, _Tenant] = {}
        self._expired: OrderedDict[_Id, None] = OrderedDict()
        self._bytes = 0

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        self._check(max(map(len, values.values()), default=0))
        with self._lock:
            for key, value in values.items():
                self._put((tenant, key), value, ttl, self._clock())

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        entry_id = (tenant, key)
        with self._lock:
            entry = self._renewed(entry_id, self._clock())
            if entry is not None:
                return entry.value
            if entry_id not in self._expired:
                return Absent.MISSING
            self._counters.add("store_expired")
            return Absent.EXPIRED

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

    def _check(self, largest: int) -> None:
        if largest > self._max_bytes:
            self._counters.add("store_refused", cause="bytes")
            raise StoreError(f"memory store: a value of {largest} bytes is over max_bytes ({self._max_bytes})")
        if largest > self._max_tenant_bytes:
            self._counters.add("store_refused", cause="tenant")
            raise StoreError(
                f"memory store: a value of {largest} bytes is over max_tenant_bytes ({self._max_tenant_bytes})"
            )

    def _put(self, entry_id: _Id, value: bytes, ttl: float, now: float) -> None:
        former = self._renewed(entry_id, now)
        if former is not None:
            self._remove(entry_id)
        self._expired.pop(entry_id, None)
        entry = _Entry(value, ttl, now + self._max_age if former is None else former.ceiling)
        entry.renew(now)
        self._entries[entry_id] = entry
        self._bytes += len(value)
        held = self._tenants.setdefault(entry_id[0], _Tenant())
        held.ids[entry_id] = None
        held.bytes += len(value)
        self._make_room(held, now)

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
        self._tenants[entry_id[0]].ids.move_to_end(entry_id)
        return entry

    def _make_room(self, held: _Tenant, now: float) -> None:
        # Least recently used is also first to expire where lifetimes are alike, so no search for expired ones.
        while held.bytes > self._max_tenant_bytes:
            self._evict(next(iter(held.ids)), now, cause="tenant")
        while len(self._entries) > self._max_entries:
            self._evict(next(iter(self._entries)), now, cause="entries")
        while self._bytes > self._max_bytes:
            self._evict(next(iter(self._entries)), now, cause="bytes")

    def _evict(self, entry_id: _Id, now: float, *, cause: str) -> None:
        if self._entries[entry_id].expires <= now:
            self._expire(entry_id)
        else:
            self._remove(entry_id)
            self._counters.add("store_evictions", cause=cause)

    def _expire(self, entry_id: _Id) -> None:
        self._remove(entry_id)
        self._expired[entry_id] = None
        while len(self._expired) > self._max_entries:
            self._expired.popitem(last=False)

    def _remove(self, entry_id: _Id) -> None:
        size = len(self._entries.pop(entry_id).value)
        self._bytes -= size
        held = self._tenants[entry_id[0]]
        del held.ids[entry_id]
        held.bytes -= size
        if not held.ids:
            del self._tenants[entry_id[0]]


@dataclass(slots=True)
class _Entry:
    value: bytes
    ttl: float
    ceiling: float
    expires: float = 0.0

    def renew(self, now: float) -> None:
        self.expires = min(now + self.ttl, self.ceiling)


@dataclass(slots=True)
class _Tenant:
    """What one tenant holds, the least recently used first."""

    ids: OrderedDict[_Id, None] = field(default_factory=OrderedDict)
    bytes: int = 0
