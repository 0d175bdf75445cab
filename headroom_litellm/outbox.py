"""Writes originals to the store behind the request's back.

A request carries its originals itself, so it never waits for a write. What is written serves later requests that no
longer carry it, and other replicas.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from .ccr.key import encode
from .lru import Lru
from .report.counters import Counters
from .stores.base import Store, StoreError

__all__ = ["Outbox"]

_IN_FLIGHT = 64
_CHARACTERS_IN_FLIGHT = 64 * 1024 * 1024
"""Writes under way at once, and what they hold; past that a write is left to the next turn, which brings the same
originals again."""
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
        self._tasks: set[asyncio.Task[bool]] = set()
        self._characters = 0

    def send(self, tenant: str, originals: Mapping[str, str]) -> None:
        """Write in the background what has not been written lately; nothing for nobody."""
        due = self._due(tenant, originals)
        if not due or not tenant:
            return
        characters = sum(map(len, due.values()))
        if self._tasks and (len(self._tasks) >= _IN_FLIGHT or self._characters + characters > _CHARACTERS_IN_FLIGHT):
            self._counters.add("store_writes_skipped", len(due))
            return
        task = asyncio.get_running_loop().create_task(self._write_whatever_comes(tenant, due))
        self._tasks.add(task)
        self._characters += characters

        def written(task: asyncio.Task[bool]) -> None:
            self._tasks.discard(task)
            self._characters -= characters

        task.add_done_callback(written)

    async def deliver(self, tenant: str, originals: Mapping[str, str]) -> bool:
        """Whether the store has acknowledged them all: those not written lately are written now."""
        due = self._due(tenant, originals)
        return bool(tenant) and (not due or await self._write(tenant, due))

    async def drain(self) -> None:
        """Wait for the writes that are under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _due(self, tenant: str, originals: Mapping[str, str]) -> dict[str, str]:
        now = time.monotonic()
        written = {key: self._written.get((tenant, key)) for key in originals}
        is_due = {key for key, at in written.items() if at is None or now - at > self._renew_after}
        return {key: text for key, text in originals.items() if key in is_due}

    async def _write_whatever_comes(self, tenant: str, originals: Mapping[str, str]) -> bool:
        """Nobody but the end of the event loop cancels this task: what it was at is then done all the same."""
        try:
            return await self._write(tenant, originals)
        except asyncio.CancelledError:
            await self._write(tenant, originals)
            raise

    async def _write(self, tenant: str, originals: Mapping[str, str]) -> bool:
        """Whether the store has acknowledged it."""
        try:
            await self._store.put_many(tenant, {key: encode(text) for key, text in originals.items()}, self._ttl)
        except StoreError:
            self._counters.add("store_write_failures", len(originals))
            return False
        now = time.monotonic()
        for key in originals:
            self._written.put((tenant, key), now)
        self._counters.add("originals_stored", len(originals))
        return True
