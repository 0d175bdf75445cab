"""Originals are written behind the request's back, within bounds, and not forgotten at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from headroom_litellm import outbox
from headroom_litellm.outbox import Outbox
from headroom_litellm.report.counters import Counters
from headroom_litellm.stores import MemoryStore, StoreError


class Slow(MemoryStore):
    """Does not write before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.begun = 0

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        self.begun += 1
        await self.go.wait()
        await super().put_many(tenant, values, ttl)


async def held(store: MemoryStore) -> int:
    return (await store.stats()).entries or 0


@pytest.mark.parametrize("bound", ["_IN_FLIGHT", "_CHARACTERS_IN_FLIGHT"])
async def test_what_is_under_way_is_bounded_and_the_rest_left_to_the_next_turn(
    monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(outbox, bound, {"_IN_FLIGHT": 3, "_CHARACTERS_IN_FLIGHT": 30}[bound])
    store, counters = Slow(), Counters()
    box = Outbox(store, ttl=60, counters=counters)
    originals = {str(number): f"original {number}" for number in range(5)}
    for key, original in originals.items():
        box.send("tenant", {key: original})
    store.go.set()
    await box.drain()
    assert (await held(store), counters.get("store_writes_skipped")) == (3, 2)
    box.send("tenant", originals)
    await box.drain()
    assert await held(store) == 5


async def test_one_original_is_written_however_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_CHARACTERS_IN_FLIGHT", 10)
    store = MemoryStore()
    box = Outbox(store, ttl=60, counters=Counters())
    box.send("tenant", {"key": "x" * 1000})
    await box.drain()
    assert await held(store) == 1


async def test_a_write_that_fails_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_CHARACTERS_IN_FLIGHT", 10)

    class Broken(MemoryStore):
        async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
            raise StoreError("down")

    counters = Counters()
    box = Outbox(Broken(), ttl=60, counters=counters)
    for _ in range(3):
        box.send("tenant", {"a": "x" * 8, "b": "y" * 2})
        await box.drain()
    assert (counters.get("store_write_failures"), counters.get("store_writes_skipped")) == (6, 0)


def test_the_end_of_the_event_loop_does_not_lose_what_was_being_written() -> None:
    store = None

    async def serve() -> None:
        nonlocal store
        store = Slow()
        Outbox(store, ttl=60, counters=Counters()).send("tenant", {"key": "original"})
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, store.go.set)

    asyncio.run(serve())
    assert store is not None
    assert store.begun == 2
    assert asyncio.run(held(store)) == 1
