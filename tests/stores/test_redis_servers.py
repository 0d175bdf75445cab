"""What the Redis store promises on servers that are set up in many ways."""

from __future__ import annotations

import asyncio
import datetime
import time
import traceback
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from headroom_litellm.report.counters import Counters
from headroom_litellm.stores import Absent, StoreError, WatchedStore
from headroom_litellm.stores.redis import RedisStore
from headroom_litellm.stores.redis.advice import advice_on

from ..certificates import Certificates
from ..redis_server import RedisServer
from ..redis_topologies import eventually
from .backends import PASSWORD


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[RedisServer]:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with RedisServer(password=PASSWORD, certificates=Certificates.make(tmp_path)) as server:
        yield server


async def test_tls_with_an_authority_of_ones_own(tls_server: RedisServer) -> None:
    store = RedisStore(tls_server.url)
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_a_certificate_of_an_unknown_authority_is_not_trusted(tls_server: RedisServer) -> None:
    store = RedisStore(tls_server.url.partition("?")[0])
    with pytest.raises(StoreError, match="cannot be used"):
        await store.get("tenant", "key")
    await store.close()


async def test_a_user_who_may_do_only_what_is_needed(own_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    allowed = ("~ours:*", "+evalsha", "+eval", "+unlink", "+get", "+set", "+getrange", "+strlen", "+pexpire", "+time")
    own_server.command("ACL", "SETUSER", "plugin", "on", f">{PASSWORD}", *allowed)
    url = own_server.url.replace("://:", "://plugin:")
    store = RedisStore(url, prefix="ours")
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    assert await store.touch("tenant", "key")
    await store.delete("tenant", "key")
    assert await store.get("tenant", "key") is Absent.MISSING
    await store.close()
    assert caplog.text == ""

    other = RedisStore(url, prefix="theirs")
    with pytest.raises(StoreError, match="refused"):
        await other.put("tenant", "key", b"value", ttl=60)
    await other.close()


async def test_a_wrong_password_is_said_once_and_not_shown(
    own_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    store = WatchedStore(RedisStore(own_server.url.replace(PASSWORD, "wrong-hunter3"), retry_after=0))
    shown = ""
    for _ in range(3):
        with pytest.raises(StoreError, match="does not accept the user or the password") as caught:
            await store.put("tenant", "key", b"value", ttl=60)
        shown += "".join(traceback.format_exception(caught.value))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "hunter" not in shown + caplog.text
    await store.close()


async def test_a_server_that_becomes_a_replica_is_a_failure_and_is_found_again(own_server: RedisServer) -> None:
    counters = Counters()
    store = RedisStore(own_server.url, retry_after=0.1, counters=counters)
    await store.put("tenant", "key", b"value", ttl=60)
    own_server.command("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(StoreError, match="cannot be used"):
        await store.put("tenant", "key", b"value", ttl=60)
    assert counters.get("store_call_failures", cause="connection") == 1
    with pytest.raises(StoreError, match="not tried again yet"):
        await store.get("tenant", "key")
    own_server.command("REPLICAOF", "NO", "ONE")
    await asyncio.sleep(0.15)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_what_a_replica_has_had_survives_the_master(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url)
    follows = {"replicaof": f"127.0.0.1 {own_server.port}", "masterauth": PASSWORD}
    with RedisServer(password=PASSWORD, options=follows) as replica:
        eventually(lambda: "master_link_status:up" in replica.command("INFO", "replication"), "it does not follow")
        await store.put("tenant", "key", b"value", ttl=60)
        eventually(lambda: replica.command("DBSIZE") == "1", "the replica does not have it")
        own_server.kill()
        await store.close()
        replica.command("REPLICAOF", "NO", "ONE")
        other = RedisStore(replica.url)
        assert await other.get("tenant", "key") == b"value"
        assert 0 < int(replica.command("PTTL", other._name("tenant", "key").decode())) <= 60_000
        await other.close()


async def test_evicted_entries_are_missing(own_server: RedisServer) -> None:
    own_server.command("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    own_server.command("CONFIG", "SET", "maxmemory", "6mb")
    store = RedisStore(own_server.url, timeout=10)
    keys = [f"key{n}" for n in range(100)]
    for key in keys:
        await store.put("tenant", key, key.encode() * 25_000, ttl=60)
    found = await store.get_many("tenant", keys)
    assert 0 < len(found) < len(keys)
    assert all(value == key.encode() * 25_000 for key, value in found.items())
    gone = next(key for key in keys if key not in found)
    assert await store.get("tenant", gone) is Absent.MISSING
    await store.close()


async def test_time_is_the_servers_own(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RedisStore(redis_server.url, prefix=uuid.uuid4().hex)
    await store.put("tenant", "key", b"value", ttl=60)
    now = time.time()

    class Elsewhen(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Elsewhen:
            return cls.fromtimestamp(time.time(), tz)

    for jump in (-1e8, 1e8):
        monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
        monkeypatch.setattr(datetime, "datetime", Elsewhen)
        assert await store.get("tenant", "key") == b"value"
        await store.put("tenant", "another", b"value", ttl=60)
        assert await store.touch("tenant", "another")
        left = int(redis_server.command("PTTL", store._name("tenant", "another").decode()))
        assert 50_000 < left <= 60_000
    await store.close()


async def test_calls_and_failures_are_counted(own_server: RedisServer) -> None:
    counters = Counters()
    store = RedisStore(own_server.url, retry_after=0.1, timeout=0.4, counters=counters)
    await store.put("tenant", "key", b"value", ttl=60)
    await store.get_many("tenant", ["key", "other"])
    assert counters.get("store_calls") == 2
    assert counters.get("store_call_seconds") > 0
    own_server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError):
        await store.put("tenant", "key", b"value", ttl=60)
    own_server.pause()
    with pytest.raises(StoreError):
        await store.get("tenant", "key")
    with pytest.raises(StoreError):
        await store.get("tenant", "key")
    own_server.resume()
    await asyncio.sleep(0.15)
    await store.get("tenant", "key")
    own_server.kill()
    with pytest.raises(StoreError):
        await store.get("tenant", "key")
    await store.close()
    counts = counters.snapshot()
    assert counts.pop("store_call_seconds") > 0
    assert counts == {
        "store_calls": 6,
        "store_call_failures{refused}": 1,
        "store_call_failures{timeout}": 1,
        "store_call_failures{held_back}": 1,
        "store_call_failures{connection}": 1,
        "store_breaker{opened}": 2,
        "store_breaker{closed}": 1,
    }


async def test_one_line_when_it_begins_to_fail_and_one_when_it_works_again(
    own_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    store = WatchedStore(RedisStore(own_server.url, retry_after=0.05))
    await store.get("tenant", "key")
    own_server.kill()
    for _ in range(5):
        with pytest.raises(StoreError):
            await store.get("tenant", "key")
        await asyncio.sleep(0.06)
    own_server.start()
    await store.get("tenant", "key")
    await store.get("tenant", "key")
    await store.close()
    began, ended = (record.getMessage() for record in caplog.records)
    assert f"redis at {own_server.address} cannot be used" in began
    assert "no longer so" in ended


@pytest.mark.parametrize(
    ("policy", "limit", "expected"),
    [
        ("noeviction", "100mb", "refuses new originals"),
        ("allkeys-random", "100mb", "removes originals in use"),
        ("volatile-lru", "100mb", None),
        ("noeviction", "0", None),
    ],
)
async def test_advice_on_a_policy_that_would_lose_originals(
    own_server: RedisServer, caplog: pytest.LogCaptureFixture, policy: str, limit: str, expected: str | None
) -> None:
    own_server.command("CONFIG", "SET", "maxmemory-policy", policy)
    own_server.command("CONFIG", "SET", "maxmemory", limit)
    store = RedisStore(own_server.url)
    for _ in range(3):
        await store.get("tenant", "key")
    for _ in range(100):
        if not store._tasks:
            break
        await asyncio.sleep(0.02)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == (expected is not None)
    assert not expected or (expected in lines[0] and "volatile-lru or allkeys-lru is recommended" in lines[0])
    await store.close()


def test_no_advice_where_nothing_is_known() -> None:
    assert advice_on({}) is None
