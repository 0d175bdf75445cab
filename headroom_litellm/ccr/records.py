"""Small records about a conversation that outlive a request: kept in the store, and those of late in memory too."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from ..lru import Lru
from ..report.counters import Counters
from ..stores.base import Store, StoreError

__all__ = ["Records", "dump", "load"]

_ENTRY: Final = 500
"""Bytes that one takes up beside its value."""
_TRUSTED: Final = 300.0
"""Seconds for which memory is believed, if the time to live is not shorter than four times that; asking the store
again renews what is there."""


class Records:
    """Records by tenant and name, `most` bytes of them in memory too. One is written before anyone can ask for it, so
    that one that was not found will not be there soon after either: nothing is asked for at every turn."""

    def __init__(self, store: Store, *, ttl: float, counters: Counters, most: int = 64 * 1024 * 1024) -> None:
        self._store = store
        self._ttl = ttl
        self._trusted = min(_TRUSTED, ttl / 4)
        self._counters = counters
        self._held: Lru[tuple[str, str], tuple[float, bytes]] = Lru(
            100_000, max_weight=most, weigh=lambda entry: _ENTRY + len(entry[1])
        )

    async def keep(self, tenant: str, records: Mapping[str, bytes]) -> bool:
        """Whether the store has acknowledged them; otherwise it is counted, and this process alone has them."""
        for name, value in records.items():
            self._hold(tenant, name, value)
        try:
            await self._store.put_many(tenant, records, self._ttl)
        except StoreError:
            self._counters.add("record_failures")
            return False
        return True

    async def find(self, tenant: str, names: Sequence[str]) -> dict[str, bytes]:
        """Those that are there. Never raises: with a store that fails, what is in memory."""
        now = time.monotonic()
        held = {name: self._held.get((tenant, name)) for name in names}
        due = [name for name, entry in held.items() if entry is None or now - entry[0] > self._trusted]
        if due:
            try:
                stored = await self._store.get_many(tenant, due)
            except StoreError:
                self._counters.add("record_failures")
            else:
                learned = {name: self._learned(tenant, name, held[name], stored.get(name)) for name in due}
                held |= learned
                lost = {name: value for name, (_, value) in learned.items() if value and name not in stored}
                if lost:
                    await self.keep(tenant, lost)
        return {name: entry[1] for name, entry in held.items() if entry is not None and entry[1]}

    def _learned(
        self, tenant: str, name: str, before: tuple[float, bytes] | None, stored: bytes | None
    ) -> tuple[float, bytes]:
        """What is held from now on, given what the store has. What was written here meanwhile is newer, and what the
        store has lost is still right."""
        now_held = self._held.get((tenant, name))
        if now_held is not None and now_held is not before:
            return now_held
        return self._hold(tenant, name, stored if stored is not None else before[1] if before is not None else b"")

    def _hold(self, tenant: str, name: str, value: bytes) -> tuple[float, bytes]:
        entry = (time.monotonic(), value)
        self._held.put((tenant, name), entry)
        return entry


def dump(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:  # integers over 64 bits, lone surrogates
        return json.dumps(record).encode()


def load(value: bytes) -> dict[str, Any]:
    """The record; an empty one for what is none."""
    try:
        record = json.loads(value)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
