"""What the Redis store promises on a cluster that changes under it."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator

import pytest

from headroom_litellm.stores import Absent, StoreError
from headroom_litellm.stores.redis import RedisStore

from ..redis_server import RedisServer
from ..redis_topologies import RedisCluster, eventually
from .failover import Traffic

KEYS = [f"key{n}" for n in range(200)]
VALUES = {key: key.encode() for key in KEYS}


@pytest.fixture
async def store(redis_cluster: RedisCluster) -> AsyncIterator[RedisStore]:
    store = RedisStore(redis_cluster.url, prefix=uuid.uuid4().hex, timeout=10)
    yield store
    await store.close()


async def test_entries_are_spread_over_all_nodes(redis_cluster: RedisCluster, store: RedisStore) -> None:
    await store.put_many("tenant", VALUES, ttl=60)
    pattern = f"{store._prefix}:*"
    held = [len(master.command("KEYS", pattern).split()) for master in redis_cluster.masters()]
    assert sum(held) == len(KEYS)
    assert min(held) > 20
    assert await store.get_many("tenant", KEYS) == VALUES


async def test_a_node_that_does_not_know_a_script_is_given_it(redis_cluster: RedisCluster, store: RedisStore) -> None:
    await store.put_many("tenant", VALUES, ttl=60)
    assert await store.get_many("tenant", KEYS) == VALUES
    for forgetful in redis_cluster.masters()[:2]:
        forgetful.command("SCRIPT", "FLUSH")
    assert await store.get_many("tenant", KEYS) == VALUES
    await store.put_many("tenant", VALUES, ttl=60)


async def test_one_seed_that_is_down_does_not_matter(redis_cluster: RedisCluster) -> None:
    store = RedisStore(f"redis+cluster://127.0.0.1:1,{redis_cluster.nodes[3].address}", prefix=uuid.uuid4().hex)
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_more_calls_than_connections_wait_for_one(redis_cluster: RedisCluster) -> None:
    url = f"{redis_cluster.url}?client_name=bounded"
    store = RedisStore(url, prefix=uuid.uuid4().hex, max_connections=2, timeout=10)
    await asyncio.gather(*(store.put("tenant", key, b"value", ttl=60) for key in KEYS))
    for master in redis_cluster.masters():
        assert master.command("CLIENT", "LIST").count("name=bounded") <= 4
    await store.close()
    assert not any("name=bounded" in node.command("CLIENT", "LIST") for node in redis_cluster.nodes)


async def test_many_calls_that_fail_at_once_ask_anew_for_the_nodes_only_once(
    redis_cluster: RedisCluster, store: RedisStore
) -> None:
    def asked() -> int:
        stats = (node.command("INFO", "commandstats") for node in redis_cluster.nodes)
        return sum(int(calls) for text in stats for calls in re.findall(r"cluster\|slots:calls=(\d+)", text))

    await asyncio.gather(*(store.put_many("tenant", VALUES, ttl=60) for _ in range(20)))
    before = asked()
    for node in redis_cluster.nodes:
        node.command("CLIENT", "KILL", "TYPE", "normal")
    answers = await asyncio.gather(*(store.get_many("tenant", KEYS) for _ in range(20)))
    assert answers == [VALUES] * 20
    assert asked() - before <= 3


async def test_a_server_without_cluster_mode_is_a_store_error(redis_server: RedisServer) -> None:
    store = RedisStore(f"redis+cluster://{redis_server.address}")
    with pytest.raises(StoreError, match="cannot be used"):
        await store.get("tenant", "key")
    await store.close()


async def test_entries_are_found_where_their_slot_was_moved_to(redis_cluster: RedisCluster, store: RedisStore) -> None:
    await store.put_many("tenant", VALUES, ttl=60)
    moves = [_Move.of(redis_cluster, store, key) for key in KEYS[:3]]
    for move in moves:
        move.begin()
        move.migrate()
        move.finish()
    for _ in range(3):
        assert await store.get_many("tenant", KEYS) == VALUES
    await store.put_many("tenant", VALUES, ttl=60)
    await store.delete("tenant", KEYS[0])
    assert await store.get("tenant", KEYS[0]) is Absent.MISSING
    for move in moves:
        move.back()


@pytest.mark.parametrize("connections", [2, 3])
async def test_entries_are_found_while_their_slot_is_being_moved(redis_cluster: RedisCluster, connections: int) -> None:
    store = RedisStore(redis_cluster.url, prefix=uuid.uuid4().hex, max_connections=connections, timeout=10)
    await store.put_many("tenant", VALUES, ttl=60)
    # All connections to each node are open, and redis-py sends the word that lets a command in over any of them.
    await asyncio.gather(*(store.get_many("tenant", KEYS) for _ in range(10)))
    in_use = store._client()._cluster  # type: ignore[attr-defined]
    move = _Move.of(redis_cluster, store, KEYS[0])
    move.begin()
    move.migrate()
    for _ in range(3):
        assert await store.get_many("tenant", KEYS) == VALUES
        assert await store.touch("tenant", KEYS[0])
    await store.put("tenant", KEYS[0], b"put meanwhile", ttl=60)
    assert store._client()._cluster is in_use, "nothing failed on the way"  # type: ignore[attr-defined]
    move.finish()
    assert await store.get("tenant", KEYS[0]) == b"put meanwhile"
    move.back()
    await store.close()


async def test_a_slot_may_be_moved_to_a_node_that_is_new(own_cluster: RedisCluster) -> None:
    store = RedisStore(own_cluster.url, timeout=10)
    await store.put_many("tenant", VALUES, ttl=60)
    new = own_cluster.add()
    _meet(own_cluster, new)
    move = _Move.of(own_cluster, store, KEYS[0], target=new)
    move.begin()
    move.migrate()
    assert await store.get_many("tenant", KEYS) == VALUES
    move.finish()
    assert await store.get_many("tenant", KEYS) == VALUES
    await store.close()


@pytest.mark.parametrize("death", ["kill", "pause"])
async def test_a_lost_master_is_replaced_without_a_restart(own_cluster: RedisCluster, death: str) -> None:
    store = RedisStore(own_cluster.url, timeout=1, connect_timeout=0.5, retry_after=0.2)
    await store.put_many("tenant", VALUES, ttl=600)
    victim = own_cluster.owner(store._name("tenant", KEYS[0]).decode())
    eventually(
        lambda: sum(int(node.command("DBSIZE")) for node in own_cluster.nodes) == 2 * len(KEYS),
        "the replicas do not have all",
    )
    async with Traffic(store) as traffic:
        await traffic.flows()
        getattr(victim, death)()
        await traffic.stops()
        await traffic.flows()
    assert traffic.surprises == []
    await _works(store)
    assert await store.get_many("tenant", KEYS) == VALUES
    await store.put("tenant", KEYS[0], b"written after", ttl=60)
    assert await store.get("tenant", KEYS[0]) == b"written after"
    await store.close()


async def test_a_cluster_that_is_down_is_not_the_end(own_cluster: RedisCluster) -> None:
    store = RedisStore(own_cluster.url, timeout=1, connect_timeout=0.5, retry_after=0.1)
    await store.put("tenant", "key", b"value", ttl=600)
    for node in own_cluster.nodes:
        node.pause()
    with pytest.raises(StoreError):
        await store.get("tenant", "key")
    for node in own_cluster.nodes:
        node.resume()
    await _works(store)
    await store.close()


async def _works(store: RedisStore) -> None:
    """Every part of it again: a node that has just come back is known by its absence from the errors."""
    for _ in range(100):
        try:
            await store.get_many("tenant", KEYS)
            return
        except StoreError:
            await asyncio.sleep(0.1)
    raise AssertionError("it does not work again")


class _Move:
    """The slot of an entry on its way from one node to another."""

    def __init__(self, cluster: RedisCluster, name: str, source: RedisServer, target: RedisServer) -> None:
        self.cluster, self.name, self.source, self.target = cluster, name, source, target
        self.slot = str(cluster.slot(name))

    @classmethod
    def of(cls, cluster: RedisCluster, store: RedisStore, key: str, *, target: RedisServer | None = None) -> _Move:
        name = store._name("tenant", key).decode()
        source = cluster.owner(name)
        return cls(cluster, name, source, target or next(one for one in cluster.masters() if one is not source))

    def begin(self) -> None:
        self.target.command("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.command("CLUSTER", "MYID"))
        self.source.command("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.target.command("CLUSTER", "MYID"))

    def migrate(self) -> None:
        for name in self.source.command("CLUSTER", "GETKEYSINSLOT", self.slot, "100").split():
            assert self.source.command("MIGRATE", "127.0.0.1", str(self.target.port), name, "0", "5000") == "OK"

    def finish(self) -> None:
        owner = self.target.command("CLUSTER", "MYID")
        for node in (self.target, self.source, *self.cluster.masters()):
            node.command("CLUSTER", "SETSLOT", self.slot, "NODE", owner)

    def back(self) -> None:
        other = _Move(self.cluster, self.name, self.target, self.source)
        other.begin()
        other.migrate()
        other.finish()


def _meet(cluster: RedisCluster, new: RedisServer) -> None:
    known = cluster.nodes[0]
    bus = (
        known.command("CLUSTER", "NODES").split("myself")[0].splitlines()[-1].partition("@")[2].split()[0].split(",")[0]
    )
    new.command("CLUSTER", "MEET", "127.0.0.1", str(known.port), bus)
    eventually(
        lambda: (
            all(new.address in node.command("CLUSTER", "NODES") for node in cluster.nodes)
            and "cluster_state:ok" in new.command("CLUSTER", "INFO")
        ),
        "the new node does not join",
    )
