"""What the Redis store promises when Sentinel makes another server the master."""

from __future__ import annotations

import pytest

from headroom_litellm.stores import StoreError
from headroom_litellm.stores.redis import RedisStore

from ..redis_server import RedisServer
from ..redis_topologies import RedisSentinels, eventually
from .failover import Traffic


@pytest.mark.parametrize("death", ["kill", "pause"])
async def test_a_lost_master_is_replaced_without_a_restart(own_sentinels: RedisSentinels, death: str) -> None:
    store = RedisStore(own_sentinels.url, timeout=1, connect_timeout=0.5, retry_after=0.2)
    await store.put("tenant", "key", b"value", ttl=600)
    eventually(lambda: own_sentinels.replica.command("DBSIZE") == "1", "the replica does not have it")
    async with Traffic(store) as traffic:
        await traffic.flows()
        getattr(own_sentinels.master, death)()
        await traffic.stops()
        await traffic.flows()
    assert traffic.surprises == []
    eventually(lambda: own_sentinels.master_now() == own_sentinels.replica.address, "there is no other master")
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_a_master_that_becomes_a_replica_is_left(own_sentinels: RedisSentinels) -> None:
    store = RedisStore(own_sentinels.url, timeout=2, retry_after=0.2)
    await store.put("tenant", "key", b"value", ttl=600)
    async with Traffic(store) as traffic:
        await traffic.flows()
        own_sentinels.sentinels[0].command("SENTINEL", "FAILOVER", own_sentinels.service)
        eventually(
            lambda: (
                own_sentinels.master.command("ROLE").startswith("slave")
                and own_sentinels.replica.command("ROLE").startswith("master")
            ),
            "there is no other master",
        )
        await traffic.flows()
    assert traffic.surprises == []
    await store.put("tenant", "key", b"written after", ttl=60)
    assert await store.get("tenant", "key") == b"written after"
    await store.close()


async def test_one_sentinel_that_is_down_does_not_matter(redis_sentinels: RedisSentinels) -> None:
    url = redis_sentinels.url.replace("redis+sentinel://", "redis+sentinel://127.0.0.1:1,")
    store = RedisStore(url)
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_a_master_that_no_sentinel_knows_is_a_store_error(redis_sentinels: RedisSentinels) -> None:
    store = RedisStore(redis_sentinels.url.replace(redis_sentinels.service, "another"))
    with pytest.raises(StoreError, match="no sentinel answers with a master"):
        await store.get("tenant", "key")
    await store.close()


async def test_sentinels_that_are_down_are_a_store_error(own_server: RedisServer) -> None:
    store = RedisStore("redis+sentinel://127.0.0.1:1,127.0.0.1:2/originals")
    with pytest.raises(StoreError, match="no sentinel answers with a master"):
        await store.get("tenant", "key")
    await store.close()
