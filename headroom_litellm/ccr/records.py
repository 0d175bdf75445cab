"""Small records about a conversation that outlive a request: kept in the store, and those of late in memory too."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from typing import Any, Final

import orjson

from ..lru import Lru
from ..report.counters import Counters
from ..stores.base import Store, StoreError

__all__ = ["Record", "Records"]

_LOG = logging.getLogger("headroom_litellm")
_MOST_BYTES: Final = 64 * 1024 * 1024
_ENTRY: Final = 200
_TRUSTED: Final = 300.0
"""Seconds for which memory is believed, if the time to live is not shorter than four times that; asking the store
again renews what is there."""

Record = dict[str, Any]
"""A JSON object."""


class Records:
    """Records by tenant and name. One is written before anyone can ask for it, so that one that was not found will not
    be there soon after either: nothing is asked for at every turn."""

    def __init__(self, store: Store, *, ttl: float, counters: Counters) -> None:
        self._store = store
        self._ttl = ttl
        self._trusted = min(_TRUSTED, ttl / 4)
        self._counters = counters
        self._held: Lru[tuple[str, str], tuple[float, bytes]] = Lru(
            100_000, max_weight=_MOST_BYTES, weigh=lambda entry: _ENTRY + len(entry[1])
        )

    async def keep(self, tenant: str, name: str, record: Record) -> bool:
        """Whether the store has acknowledged it; otherwise it is counted, and this process alone has the record."""
        value = _dump(record)
        self._hold(tenant, name, value)
        try:
            await self._store.put(tenant, name, value, self._ttl)
        except StoreError as error:
            self._failed(error)
            return False
        return True

    async def find(self, tenant: str, names: Sequence[str]) -> dict[str, Record]:
        """Those that are there. Never raises: with a store that fails, what is in memory."""
        now = time.monotonic()
        held = {name: self._held.get((tenant, name)) for name in names}
        due = [name for name, entry in held.items() if entry is None or now - entry[0] > self._trusted]
        if due:
            try:
                stored = await self._store.get_many(tenant, due)
            except StoreError as error:
                self._failed(error)
            else:
                held |= {name: self._hold(tenant, name, stored.get(name, b"")) for name in due}
        return {name: json.loads(entry[1]) for name, entry in held.items() if entry is not None and entry[1]}

    def _hold(self, tenant: str, name: str, value: bytes) -> tuple[float, bytes]:
        entry = (time.monotonic(), value)
        self._held.put((tenant, name), entry)
        return entry

    def _failed(self, error: StoreError) -> None:
        self._counters.add("record_failures")
        _LOG.warning("headroom: hidden exchanges cannot be kept or found: %s", error)


def _dump(record: Record) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:  # integers over 64 bits, lone surrogates
        return json.dumps(record).encode()
