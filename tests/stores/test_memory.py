"""What the memory store promises beyond the contract."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from collections import Counter

import pytest

from headroom_litellm.report.counters import Counters
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


async def test_memory_counts_what_it_evicts_refuses_and_finds_expired() -> None:
    clock, counters = Clock(), Counters()
    store = MemoryStore(max_entries=4, max_bytes=100, max_tenant_bytes=50, clock=clock, counters=counters)
    await store.put_many("a", {f"key{n}": b"x" * 20 for n in range(3)}, ttl=60)
    assert counters.snapshot() == {"store_evictions{tenant}": 1}
    await store.put_many("b", {"large": b"x" * 50, "small": b""}, ttl=60)
    await store.put("c", "key", b"x" * 31, ttl=1)
    assert counters.snapshot() == {f"store_evictions{{{cause}}}": 1 for cause in ("tenant", "entries", "bytes")}
    clock.now += 2
    assert await store.get("c", "key") is Absent.EXPIRED
    assert counters.get("store_expired") == 1
    for size, cause in ((51, "tenant"), (101, "bytes")):
        with pytest.raises(StoreError):
            await store.put("a", "key", b"x" * size, ttl=60)
        assert counters.get("store_refused", cause=cause) == 1


async def test_memory_evicts_what_expired_without_calling_it_an_eviction() -> None:
    clock, counters = Clock(), Counters()
    store = MemoryStore(max_tenant_bytes=50, clock=clock, counters=counters)
    await store.put("tenant", "a", b"x" * 40, ttl=1)
    clock.now += 2
    await store.put("tenant", "b", b"x" * 40, ttl=60)
    assert await store.get("tenant", "a") is Absent.EXPIRED
    assert counters.get("store_evictions", cause="tenant") == 0


def test_memory_accounts_stay_exact_when_several_loops_use_it_at_once() -> None:
    store = MemoryStore(max_entries=60, max_bytes=60_000, max_tenant_bytes=20_000, max_age=0.05)
    failures: list[BaseException] = []

    async def use(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(1500):
            tenant, key = chance.choice("abcde"), chance.choice("abcdefghijklmnopqrst")
            if chance.random() < 0.5:
                await store.put_many(tenant, {key: bytes(chance.randrange(3000)), "x": b"x"}, ttl=0.01)
            else:
                await chance.choice([store.get, store.touch, store.delete])(tenant, key)
            if chance.random() < 0.02:
                await store.stats()

    def run(seed: int) -> None:
        try:
            asyncio.run(use(seed))
        except BaseException as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures
    sizes: Counter[str] = Counter()
    for (tenant, _), entry in store._entries.items():
        sizes[tenant] += len(entry.value)
    assert {tenant: held.bytes for tenant, held in store._tenants.items()} == dict(sizes)
    assert {entry_id for held in store._tenants.values() for entry_id in held.ids} == set(store._entries)
    assert store._bytes == sum(sizes.values()) <= 60_000
    assert max(sizes.values(), default=0) <= 20_000


async def test_memory_forgets_that_an_entry_expired_when_it_is_put_again() -> None:
    clock = Clock()
    store = MemoryStore(max_tenant_bytes=50, clock=clock)
    await store.put("tenant", "a", b"x" * 40, ttl=1)
    clock.now += 2
    assert await store.get("tenant", "a") is Absent.EXPIRED
    await store.put("tenant", "a", b"x" * 40, ttl=60)
    await store.put("tenant", "b", b"x" * 40, ttl=60)
    assert await store.get("tenant", "a") is Absent.MISSING


async def test_memory_keeps_no_trace_of_tenants_that_hold_nothing() -> None:
    store = MemoryStore(max_entries=10)
    for n in range(100):
        await store.put(f"tenant{n}", "key", b"x", ttl=60)
    assert len(store._tenants) == 10
    for n in range(100):
        await store.delete(f"tenant{n}", "key")
    assert not store._tenants


@pytest.mark.parametrize("options", [{"max_entries": 0}, {"max_bytes": 0}, {"max_tenant_bytes": 0}, {"max_age": 0}])
def test_memory_refuses_limits_that_hold_nothing(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        MemoryStore(**options)
