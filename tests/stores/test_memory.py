"""What the memory store promises beyond the contract."""

from __future__ import annotations

import pytest

from headroom_litellm.stores import Absent, MemoryStore, StoreError

from .backends import Clock


async def test_memory_evicts_the_least_recently_used_by_entries() -> None:
    store = MemoryStore(max_entries=3)
    await store.put_many("tenant", {"a": b"1", "b": b"2", "c": b"3"}, ttl=60)
    await store.get("tenant", "a")
    await store.touch("tenant", "b")
    await store.put("tenant", "d", b"4", ttl=60)
    assert await store.get("tenant", "c") is Absent.MISSING
    assert set(await store.get_many("tenant", ["a", "b", "c", "d"])) == {"a", "b", "d"}


async def test_memory_evicts_the_least_recently_used_by_bytes() -> None:
    store = MemoryStore(max_bytes=100)
    await store.put_many("tenant", {"a": b"x" * 40, "b": b"x" * 40}, ttl=60)
    await store.get("tenant", "a")
    await store.put("tenant", "c", b"x" * 30, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b", "c"])) == {"a", "c"}
    await store.put("tenant", "a", b"x" * 10, ttl=60)
    stats = await store.stats()
    assert (stats.entries, stats.bytes) == (2, 40)


async def test_memory_refuses_a_value_that_can_never_fit_and_keeps_the_rest() -> None:
    store = MemoryStore(max_bytes=100)
    await store.put("tenant", "a", b"x", ttl=60)
    with pytest.raises(StoreError, match="max_bytes"):
        await store.put("tenant", "b", b"x" * 101, ttl=60)
    assert await store.get("tenant", "a") == b"x"


async def test_memory_remembers_only_so_many_expired_entries() -> None:
    clock = Clock()
    store = MemoryStore(max_entries=2, clock=clock)
    for key in ("a", "b", "c"):
        await store.put("tenant", key, b"x", ttl=1)
        clock.now += 2
        assert await store.get("tenant", key) is Absent.EXPIRED
    assert await store.get("tenant", "a") is Absent.MISSING
    assert await store.get("tenant", "c") is Absent.EXPIRED
    await store.delete("tenant", "c")
    assert await store.get("tenant", "c") is Absent.MISSING


async def test_memory_stats_leave_out_what_expired() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock)
    await store.put("tenant", "a", b"xx", ttl=1)
    await store.put("tenant", "b", b"x", ttl=9)
    clock.now += 2
    stats = await store.stats()
    assert (stats.entries, stats.bytes) == (1, 1)
    assert await store.get("tenant", "a") is Absent.EXPIRED


@pytest.mark.parametrize("options", [{"max_entries": 0}, {"max_bytes": 0}, {"max_age": 0}])
def test_memory_refuses_limits_that_hold_nothing(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        MemoryStore(**options)
