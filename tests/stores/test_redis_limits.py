"""What the Redis store promises about `max_tenant_bytes`."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from headroom_litellm.report.counters import Counters
from headroom_litellm.stores import Absent, StoreError
from headroom_litellm.stores.redis import RedisStore
from headroom_litellm.stores.redis import store as redis_store

from ..redis_server import RedisServer
from ..redis_topologies import RedisCluster

LIMIT = 10_000


@pytest.fixture(params=["redis_server", "redis_cluster"])
async def limited(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., RedisStore]]:
    """Makes stores that share what they hold; closes them."""
    url, prefix, stores = request.getfixturevalue(request.param).url, uuid.uuid4().hex, []

    def make(**options: Any) -> RedisStore:
        stores.append(RedisStore(url, **{"prefix": prefix, "timeout": 10, "max_tenant_bytes": LIMIT, **options}))
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


async def test_a_tenant_makes_room_among_its_own_least_recently_used(limited: Callable[..., RedisStore]) -> None:
    counters = Counters()
    store = limited(counters=counters)
    await store.put("other", "theirs", b"x" * 9_000, ttl=60)
    await store.put_many("tenant", {"a": b"x" * 4_000, "b": b"x" * 4_000}, ttl=60)
    await store.get("tenant", "a")
    await store.put("tenant", "c", b"x" * 2_500, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b", "c"])) == {"a", "c"}
    await store.touch("tenant", "a")
    await store.put("tenant", "d", b"x" * 4_000, ttl=60)
    assert set(await store.get_many("tenant", ["a", "c", "d"])) == {"a", "d"}
    assert await store.get("other", "theirs") == b"x" * 9_000
    assert counters.get("store_evictions", cause="tenant") == 2


async def test_an_entry_that_is_put_again_counts_once(limited: Callable[..., RedisStore]) -> None:
    store = limited()
    await store.put("tenant", "a", b"x" * 3_000, ttl=60)
    for _ in range(10):
        await store.put("tenant", "b", b"x" * 6_000, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b"])) == {"a", "b"}
    await store.put("tenant", "b", b"x" * 100, ttl=60)
    await store.put("tenant", "c", b"x" * 6_000, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b", "c"])) == {"a", "b", "c"}


async def test_a_value_that_can_never_fit_is_refused_and_nothing_else_is_lost(
    limited: Callable[..., RedisStore],
) -> None:
    counters = Counters()
    store = limited(counters=counters)
    await store.put("tenant", "a", b"x" * 9_000, ttl=60)
    with pytest.raises(StoreError, match="max_tenant_bytes"):
        await store.put_many("tenant", {"b": b"x", "c": b"x" * (LIMIT + 1)}, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b", "c"])) == {"a"}
    assert counters.get("store_refused", cause="tenant") == 1
    await store.put("tenant", "d", b"x" * LIMIT, ttl=60)
    assert set(await store.get_many("tenant", ["a", "d"])) == {"d"}


async def test_of_one_batch_over_the_limit_the_last_stay(limited: Callable[..., RedisStore]) -> None:
    store = limited()
    await store.put_many("tenant", {f"key{n}": b"x" * 3_000 for n in range(1000)}, ttl=60)
    assert set(await store.get_many("tenant", [f"key{n}" for n in range(1000)])) == {"key997", "key998", "key999"}


async def test_what_expired_was_deleted_or_evicted_makes_room(
    limited: Callable[..., RedisStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, unlimited = limited(), limited(max_tenant_bytes=None)
    await store.put("tenant", "expired", b"x" * 5_000, ttl=0.2)
    await asyncio.sleep(0.3)
    await store.put("tenant", "a", b"x" * 6_000, ttl=60)
    await store.put("tenant", "deleted", b"x" * 4_000, ttl=60)
    await store.delete("tenant", "deleted")
    await store.put("tenant", "b", b"x" * 4_000, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b"])) == {"a", "b"}
    # Evicted by the server, which tells nobody: known at the next use, if that does not follow at once.
    await unlimited.delete("tenant", "b")
    monkeypatch.setattr(redis_store, "_LATELY_MS", 0)
    await asyncio.sleep(0.01)
    assert await store.get("tenant", "b") is Absent.MISSING
    await store.put("tenant", "c", b"x" * 4_000, ttl=60)
    assert set(await store.get_many("tenant", ["a", "b", "c"])) == {"a", "c"}


async def test_an_account_that_was_evicted_is_begun_anew(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, prefix=uuid.uuid4().hex, max_tenant_bytes=LIMIT, timeout=10)
    await store.put_many("tenant", {f"key{n}": b"x" * 3_000 for n in range(3)}, ttl=60)
    names = redis_server.command("KEYS", f"{store._prefix}:*{{*").split()
    assert len(names) == 2
    for lost in sorted(names):
        redis_server.command("UNLINK", lost)
        keys = [f"{n} after {lost}" for n in range(20)]
        for key in keys:
            await store.put("tenant", key, b"x" * 3_000, ttl=60)
        assert set(await store.get_many("tenant", keys)) == set(keys[-3:])
    await store.close()


async def test_an_account_does_not_outlive_its_tenant(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, prefix=uuid.uuid4().hex, max_tenant_bytes=LIMIT, max_age=0.4, timeout=10)
    await store.put("tenant", "key", b"x", ttl=60)
    assert len(redis_server.command("KEYS", f"{store._prefix}:*").split()) == 3
    await asyncio.sleep(0.6)
    assert redis_server.command("KEYS", f"{store._prefix}:*") == ""
    await store.close()


@pytest.mark.parametrize("seed", range(3))
async def test_what_a_tenant_holds_stays_within_the_limit_and_the_account_is_right(
    redis_cluster: RedisCluster, seed: int
) -> None:
    prefix, chance = uuid.uuid4().hex, random.Random(seed)
    stores = [
        RedisStore(redis_cluster.url, prefix=prefix, max_tenant_bytes=LIMIT, max_age=600, timeout=10) for _ in range(3)
    ]
    keys, batch, over = [f"key{n}" for n in range(40)], 2_500, 0

    async def held() -> int:
        """Asked of a store that keeps no account, and so changes none."""
        return sum(map(len, (await observer.get_many("tenant", keys)).values()))

    async def work(store: RedisStore) -> None:
        nonlocal over
        for _ in range(60):
            key, act = chance.choice(keys), chance.random()
            if act < 0.6:
                values = {chance.choice(keys): b"x" * chance.randrange(batch // 2) for _ in range(2)}
                await store.put_many("tenant", values, ttl=chance.choice([0.05, 60, 60]))
            elif act < 0.7:
                await store.delete("tenant", key)
            elif act < 0.8:
                await store.touch("tenant", key)
            else:
                await store.get_many("tenant", [key, chance.choice(keys)])
            over = max(over, await held() - LIMIT)

    observer = RedisStore(redis_cluster.url, prefix=prefix, timeout=10)
    await asyncio.gather(*(work(store) for store in stores))
    assert over <= batch * len(stores)

    # Once all is expired or replaced, there is room for as much as on the first day.
    await asyncio.sleep(0.1)
    for n in range(8):
        await stores[0].put("tenant", f"last{n}", b"x" * 1_200, ttl=60)
    assert len(await stores[0].get_many("tenant", [f"last{n}" for n in range(8)])) == 8
    for key in keys:
        await stores[0].delete("tenant", key)
    await stores[0].put("tenant", "last8", b"x" * 400, ttl=60)
    assert len(await stores[0].get_many("tenant", [f"last{n}" for n in range(9)])) == 9
    for store in (*stores, observer):
        await store.close()


async def test_without_a_limit_no_account_is_kept(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, prefix=uuid.uuid4().hex)
    await store.put("tenant", "key", b"x", ttl=60)
    await store.get("tenant", "key")
    assert len(redis_server.command("KEYS", f"{store._prefix}:*").split()) == 1
    await store.close()
