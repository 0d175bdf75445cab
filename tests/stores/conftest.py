"""The stores that the suite runs over, and the servers that they need."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headroom_litellm.stores import MemoryStore, SealedStore, Store
from headroom_litellm.stores.redis import RedisStore
from headroom_litellm.stores.sqlite import SqliteStore

from ..redis_server import RedisServer
from ..redis_topologies import RedisCluster, RedisSentinels
from .backends import PASSPHRASE, PASSWORD, Backend, Clock


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    reason = RedisServer.missing()
    if reason:
        pytest.skip(reason)
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """For tests that leave it whole."""
    yield from _started(RedisCluster)


@pytest.fixture(scope="session")
def redis_sentinels() -> Iterator[RedisSentinels]:
    """For tests that leave them whole."""
    yield from _started(RedisSentinels)


@pytest.fixture
def own_cluster() -> Iterator[RedisCluster]:
    yield from _started(RedisCluster)


@pytest.fixture
def own_sentinels() -> Iterator[RedisSentinels]:
    yield from _started(RedisSentinels)


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server for tests that break it, asking for a password."""
    reason = RedisServer.missing()
    if reason:
        pytest.skip(reason)
    with RedisServer(password=PASSWORD) as server:
        yield server


@pytest.fixture(
    params=[
        *("memory", "sqlite", "redis", "sentinel-redis", "cluster-redis"),
        *("sealed-memory", "sealed-sqlite", "encrypted-memory"),
    ]
)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    kind, _, inner = request.param.rpartition("-")
    if inner == "redis":
        servers = {"": "redis_server", "sentinel": "redis_sentinels", "cluster": "redis_cluster"}[kind]
        return _redis(request.param, request.getfixturevalue(servers).url)
    seal: Callable[[Store], Store] = {
        "": lambda store: store,
        "sealed": SealedStore,
        "encrypted": lambda store: SealedStore(store, encryption_keys=[PASSPHRASE]),
    }[kind]
    clock = Clock()

    def advance(seconds: float) -> None:
        clock.now += seconds

    def make(**options: Any) -> Store:
        if inner == "sqlite":
            return seal(SqliteStore(tmp_path / "store.db", clock=clock, timeout=10, **options))
        return seal(MemoryStore(clock=clock, **options))

    return Backend(request.param, make, advance, True)


@pytest.fixture
async def store(backend: Backend) -> AsyncIterator[Store]:
    store = backend.make()
    yield store
    await store.close()


@pytest.fixture
async def redis_store(redis_server: RedisServer) -> AsyncIterator[RedisStore]:
    store = RedisStore(redis_server.url, prefix=uuid.uuid4().hex, timeout=10)
    yield store
    await store.close()


def _started(servers: type[RedisCluster | RedisSentinels]) -> Iterator[Any]:
    reason = RedisServer.missing()
    if reason:
        pytest.skip(reason)
    with servers() as started:
        yield started


def _redis(name: str, url: str) -> Backend:
    prefix = uuid.uuid4().hex

    def make(**options: Any) -> Store:
        return RedisStore(url, prefix=prefix, timeout=10, **options)

    return Backend(name, make, asyncio.sleep, False)
