"""Writes originals to the store behind the request's back.

A request carries its originals itself, so it never waits for a write. What is written serves later requests that no
longer carry it, and other replicas.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from .ccr.key import encode
from .lru import Lru
from .report.counters import Counters
from .stores.base import Store, StoreError

__all__ = ["Outbox"]

_LOG = logging.getLogger("headroom_litellm")
_IN_FLIGHT = 64
"""Writes under way at once; past that a write is left to the next turn, which brings the same originals again."""
_RENEW_AFTER = 300.0
"""Seconds after which an original that is seen again is written again, if the time to live is not shorter than four
times that: a store may have lost it meanwhile."""


class Outbox:
    def __init__(self, store: Store, *, ttl: float, counters: Counters) -> None:
        self._store = store
        self._ttl = ttl
        self._renew_after = min(_RENEW_AFTER, ttl / 4)
        self._counters = counters
        self._written: Lru[tuple[str, str], float] = Lru(100_000)
        self._failing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, tenant: str, originals: Mapping[str, str]) -> None:
        """Write in the background what has not been written lately."""
        due = {key: text for key, text in originals.items() if self._is_due(tenant, key)}
        if not due:
            return
        if len(self._tasks) >= _IN_FLIGHT:
            self._counters.add("store_writes_skipped", len(due))
            return
        task = asyncio.get_running_loop().create_task(self._write(tenant, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for the writes that are under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_due(self, tenant: str, key: str) -> bool:
        written = self._written.get((tenant, key))
        return written is None or time.monotonic() - written > self._renew_after

    async def _write(self, tenant: str, originals: Mapping[str, str]) -> None:
        try:
            await self._store.put_many(tenant, {key: encode(text) for key, text in originals.items()}, self._ttl)
        except StoreError as error:
            self._counters.add("store_write_failures", len(originals))
            if not self._failing:
                _LOG.warning("headroom: originals are not being stored: %s", error)
            self._failing = True
            return
        if self._failing:
            _LOG.warning("headroom: originals are being stored again")
        self._failing = False
        now = time.monotonic()
        for key in originals:
            self._written.put((tenant, key), now)
        self._counters.add("originals_stored", len(originals))
