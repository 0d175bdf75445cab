"""Sentinel and Cluster: while a master is replaced or a slot is moved, requests are answered as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headroom_litellm.ccr.key import key_of
from headroom_litellm.stores.redis import RedisStore

from ..redis_server import RedisServer
from ..redis_topologies import RedisCluster, RedisSentinels
from ..stores.test_redis_cluster import _Move
from .replica import PATIENCE, Replica, recover, rows


@pytest.fixture
def cluster() -> Iterator[RedisCluster]:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with RedisCluster() as cluster:
        yield cluster


@pytest.fixture
def sentinels() -> Iterator[RedisSentinels]:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with RedisSentinels() as sentinels:
        yield sentinels


async def test_a_lost_master_of_a_cluster_is_replaced_unnoticed(cluster: RedisCluster) -> None:
    name = RedisStore(cluster.url)._name("tenant", key_of(rows("first/0"))).decode()
    await _survives(cluster.url, cluster.owner(name))


async def test_a_lost_master_under_sentinels_is_replaced_unnoticed(sentinels: RedisSentinels) -> None:
    former = sentinels.master_now()
    await _survives(sentinels.url, sentinels.master)
    assert sentinels.master_now() != former


async def test_a_slot_on_its_way_to_another_node_costs_nothing(cluster: RedisCluster) -> None:
    replica, other = _pair(cluster.url)
    await recover(replica, other)
    await replica.round("moved")
    move = _Move.of(cluster, RedisStore(cluster.url), key_of(rows("moved/0")))
    for step in (move.begin, move.migrate, move.finish):
        step()
        assert await other.redeems("moved")
        await replica.round("moved")
    assert not any("failures" in name for name in replica.engine.counters.snapshot())
    await replica.close()
    await other.close()


async def _survives(url: str, victim: RedisServer) -> None:
    replica, other = _pair(url)
    await recover(replica, other)
    victim.kill()
    assert await replica.round("first") < 2 * PATIENCE
    assert replica.count("fail_open", "compress") == 0
    assert replica.count("store_write_failures") + replica.count("record_failures") > 0
    await recover(replica, other)
    await replica.round("first")
    assert await other.redeems("first"), "what could not be stored is not stored when it comes again"
    await replica.close()
    await other.close()


def _pair(url: str) -> tuple[Replica, Replica]:
    return Replica(redis_url=url), Replica(redis_url=url, store_timeout_seconds=10)
