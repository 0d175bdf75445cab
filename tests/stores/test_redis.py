"""What the Redis store promises beyond the contract."""

from __future__ import annotations

import asyncio
import gc
import random
import time
import traceback
import uuid
from collections.abc import Iterable

import pytest
from redis.asyncio import Connection

from headroom_litellm.stores import Absent, StoreError, from_url
from headroom_litellm.stores.redis import RedisStore

from ..redis_server import RedisServer
from .backends import PASSWORD


async def test_redis_sends_many_in_one_round_trip_and_each_with_its_expiry(
    redis_server: RedisServer, redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis_store.put("tenant", "key", b"value", ttl=60)
    await redis_store.get("tenant", "key")
    sent = 0
    send = Connection.send_packed_command

    async def counted(connection: Connection, command: Iterable[bytes], *args: object, **options: object) -> None:
        nonlocal sent
        sent += any(b"EVAL" in part for part in command)
        await send(connection, command, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Connection, "send_packed_command", counted)
    await redis_store.put_many("tenant", {f"key{n}": b"value" for n in range(50)}, ttl=60)
    assert sent == 1
    assert len(await redis_store.get_many("tenant", [f"key{n}" for n in range(50)])) == 50
    assert sent == 2
    names = redis_server.command("KEYS", f"{redis_store._prefix}:*").split()
    assert len(names) == 51
    assert all(0 < int(redis_server.command("PTTL", name)) <= 60_000 for name in names[:5])


async def test_redis_keys_carry_prefix_and_schema_and_not_the_tenant(
    redis_server: RedisServer, redis_store: RedisStore
) -> None:
    await redis_store.put("tenant-token", "key", b"value", ttl=60)
    [name] = redis_server.command("KEYS", f"{redis_store._prefix}:*").split()
    assert name.startswith(f"{redis_store._prefix}:1:")
    assert name.endswith(":key")
    assert "tenant-token" not in name


async def test_redis_scripts_survive_a_flush_of_the_script_cache(
    redis_server: RedisServer, redis_store: RedisStore
) -> None:
    await redis_store.put_many("tenant", {"a": b"1", "b": b"2"}, ttl=60)
    redis_server.command("SCRIPT", "FLUSH")
    assert await redis_store.get_many("tenant", ["a", "b"]) == {"a": b"1", "b": b"2"}


async def test_redis_over_a_unix_socket(redis_server: RedisServer) -> None:
    store = from_url(f"unix://{redis_server.socket_path}?db=0", prefix=uuid.uuid4().hex)
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_redis_bounds_its_connections(redis_server: RedisServer) -> None:
    store = RedisStore(
        f"{redis_server.url}?client_name=bounded", prefix=uuid.uuid4().hex, max_connections=3, timeout=10
    )
    await asyncio.gather(*(store.put("tenant", f"key{n}", b"value", ttl=60) for n in range(60)))
    assert 1 <= redis_server.command("CLIENT", "LIST").count("name=bounded") <= 3
    await store.close()
    assert redis_server.command("CLIENT", "LIST").count("name=bounded") == 0


async def test_redis_asks_after_the_memory_over_the_connections_that_it_may_have(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, prefix=uuid.uuid4().hex, max_connections=1, timeout=10)
    for _ in range(3):
        await store.put("tenant", "key", b"value", ttl=60)
    await store.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_redis_lets_go_of_loops_that_ended(redis_server: RedisServer) -> None:
    store = RedisStore(f"{redis_server.url}?client_name=ended", prefix=uuid.uuid4().hex)
    for _ in range(5):
        asyncio.run(store.get("tenant", "key"))
    gc.collect()
    assert len(store._clients) == 1
    assert redis_server.command("CLIENT", "LIST").count("name=ended") <= 1
    asyncio.run(store.close())
    del store
    gc.collect()


async def test_redis_answers_are_never_mixed_up_after_cancellations(redis_store: RedisStore) -> None:
    keys = [f"key{n}" for n in range(20)]
    await redis_store.put_many("tenant", {key: key.encode() * 1000 for key in keys}, ttl=60)
    chance = random.Random(1)
    for _ in range(10):
        tasks = [asyncio.ensure_future(redis_store.get("tenant", key)) for key in keys]
        await asyncio.sleep(chance.random() * 0.003)
        for task in chance.sample(tasks, 10):
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        for key, answer in zip(keys, answers, strict=True):
            assert isinstance(answer, asyncio.CancelledError) or answer == key.encode() * 1000
    await asyncio.wait_for(asyncio.gather(*(redis_store.get("tenant", key) for key in keys * 5)), 5)


async def test_redis_down_fails_at_once_and_back_up_works_again(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url, retry_after=0.2)
    await store.put("tenant", "key", b"value", ttl=60)
    own_server.kill()
    with pytest.raises(StoreError, match="cannot be used"):
        await store.get("tenant", "key")
    started = time.perf_counter()
    for call in (
        store.get("tenant", "key"),
        store.get_many("tenant", ["key"]),
        store.put("tenant", "key", b"value", ttl=60),
        store.put_many("tenant", {"key": b"value"}, ttl=60),
        store.touch("tenant", "key"),
        store.delete("tenant", "key"),
    ):
        with pytest.raises(StoreError, match="not tried again yet"):
            await call
    assert time.perf_counter() - started < 0.5
    await asyncio.sleep(0.25)
    with pytest.raises(StoreError, match="cannot be used"):
        await store.get("tenant", "key")
    own_server.start()
    await asyncio.sleep(0.25)
    assert await store.get("tenant", "key") is Absent.MISSING
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_redis_restarted_between_two_calls_goes_unnoticed(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url)
    await asyncio.gather(*(store.put("tenant", f"key{n}", b"value", ttl=60) for n in range(5)))
    own_server.restart()
    await asyncio.sleep(0.05)
    assert await store.get("tenant", "key0") is Absent.MISSING
    await store.close()


async def test_redis_lets_one_probe_through_when_the_pause_is_over(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url, retry_after=0.1, timeout=0.4)
    own_server.pause()
    with pytest.raises(StoreError, match="did not answer"):
        await store.get("tenant", "key")
    await asyncio.sleep(0.15)
    errors = await asyncio.gather(*(store.get("tenant", "key") for _ in range(20)), return_exceptions=True)
    assert sorted("did not answer" in str(error) for error in errors) == [False] * 19 + [True]
    own_server.resume()
    await asyncio.sleep(0.15)
    assert await store.get("tenant", "key") is Absent.MISSING
    await store.close()


async def test_redis_that_hangs_is_an_error_within_the_timeout(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url, timeout=0.3, connect_timeout=0.2, retry_after=0)
    await store.put("tenant", "key", b"value", ttl=60)
    own_server.pause()
    for call in (store.get("tenant", "key"), store.put("tenant", "big", b"x" * 20_000_000, ttl=60)):
        started = time.perf_counter()
        with pytest.raises(StoreError, match=r"did not answer within 0\.3 s"):
            await call
        assert time.perf_counter() - started < 1
    own_server.resume()
    await asyncio.sleep(0.1)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_redis_closes_quickly_when_the_server_hangs(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url)
    await store.put("tenant", "key", b"value", ttl=60)
    own_server.pause()
    await asyncio.wait_for(store.close(), 0.9)


async def test_redis_refusals_are_errors_without_payload_and_do_not_stop_other_calls(own_server: RedisServer) -> None:
    store = RedisStore(own_server.url)
    await store.put("tenant", "held", b"held value", ttl=60)
    own_server.command("CONFIG", "SET", "maxmemory", "1")
    payload, tenant, key = "secret payload", "tenant-token", "key-name"
    with pytest.raises(StoreError, match=r"refused \(OutOfMemoryError") as caught:
        await store.put_many(tenant, {key: payload.encode(), "b": payload.encode()}, ttl=60)
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(private in shown for private in (payload, tenant, key, PASSWORD))
    assert await store.get("tenant", "held") == b"held value"
    own_server.command("CONFIG", "SET", "maxmemory", "0")
    await store.put("tenant", "key", b"value", ttl=60)
    await store.close()


async def test_redis_errors_never_show_the_password(own_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    wrong = own_server.url.replace(PASSWORD, "wrong-hunter3")
    shown = []
    for url in (wrong, own_server.url):
        store = RedisStore(url)
        if url != wrong:
            own_server.kill()
        with pytest.raises(StoreError) as caught:
            await store.get("tenant", "key")
        shown += [*traceback.format_exception(caught.value), repr(store)]
        await store.close()
    for bad in (
        f"redis://:{PASSWORD}/x@localhost:6379",
        f"redis://:pa/{PASSWORD}@localhost",
        f"redis://:{PASSWORD}@localhost?nonsense=1",
        f"redis://:{PASSWORD}@localhost?db=one",
        f"redis://:{PASSWORD}@localhost?protocol=9",
        f"rediss://:{PASSWORD}@localhost:port",
        f"http://:{PASSWORD}@localhost",
    ):
        with pytest.raises(ValueError, match="cannot be used") as refused:
            RedisStore(bad)
        shown += traceback.format_exception(refused.value)[-1:]
    for bad in (f"{PASSWORD}://localhost:1", f":{PASSWORD}@localhost", f"http://:{PASSWORD}@localhost"):
        with pytest.raises(ValueError, match="allowed are memory://, redis://"):
            from_url(bad.replace("_", "-") if "://" in bad and not bad.startswith("http") else bad)
    text = "".join(shown) + caplog.text
    assert "hunter3" not in text
    assert PASSWORD not in text
