"""One suite over all stores, then what each backend promises beyond it."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Connection
from redis_server import RedisServer

from headroom_litellm import stores
from headroom_litellm.stores import Absent, MemoryStore, SealedStore, Store, StoreError, from_url
from headroom_litellm.stores.redis import RedisStore

PASSWORD = "s3cret-hunter2"
PASSPHRASE = "correct horse battery staple"
NAMES = ["a", "a:b", "b", ":", "::", "a:", "é", "名前", "\ud800", "a\x00b", " ", "1", "1:a", "x" * 300]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Backend:
    """How to make one kind of store, and how to let time pass for it."""

    name: str
    make: Callable[..., Store]
    sleep: Callable[[float], object]
    tells_expired: bool

    async def wait(self, seconds: float) -> None:
        pause = self.sleep(seconds)
        if asyncio.iscoroutine(pause):
            await pause


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    reason = RedisServer.missing()
    if reason:
        pytest.skip(reason)
    with RedisServer() as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server for tests that break it, asking for a password."""
    reason = RedisServer.missing()
    if reason:
        pytest.skip(reason)
    with RedisServer(password=PASSWORD) as server:
        yield server


@pytest.fixture(params=["memory", "redis", "sealed-memory", "sealed-redis", "encrypted-memory"])
def backend(request: pytest.FixtureRequest) -> Backend:
    kind, _, inner = request.param.rpartition("-")
    seal: Callable[[Store], Store] = {
        "": lambda store: store,
        "sealed": SealedStore,
        "encrypted": lambda store: SealedStore(store, encryption_key=PASSPHRASE),
    }[kind]
    if inner == "memory":
        clock = Clock()

        def advance(seconds: float) -> None:
            clock.now += seconds

        return Backend(request.param, lambda **options: seal(MemoryStore(clock=clock, **options)), advance, True)
    server: RedisServer = request.getfixturevalue("redis_server")
    prefix = uuid.uuid4().hex
    return Backend(
        request.param,
        lambda **options: seal(RedisStore(server.url, prefix=prefix, timeout=10, **options)),
        asyncio.sleep,
        False,
    )


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


# --- every store ---------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(st.text(st.characters(), min_size=1), st.binary(max_size=3000), max_size=8),
    tenant=st.text(st.characters(), min_size=1),
)
def test_any_bytes_come_back_exactly(backend: Backend, tenant: str, values: dict[str, bytes]) -> None:
    async def scenario() -> None:
        store = backend.make()
        await store.put_many(tenant, values, ttl=60)
        assert await store.get_many(tenant, list(values)) == values
        for key, value in values.items():
            await store.put(tenant, key, value, ttl=60)
            assert await store.get(tenant, key) == value
        await store.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "value",
    [b"", b"\x00", b"a" * 3_000_000, random.Random(7).randbytes(3_000_000)],
    ids=["empty", "nul", "large", "large-random"],
)
async def test_extreme_values_come_back_exactly(store: Store, value: bytes) -> None:
    await store.put("tenant", "key", value, ttl=60)
    assert await store.get("tenant", "key") == value
    assert await store.get_many("tenant", ["key"]) == {"key": value}


async def test_tenants_are_fenced_whatever_their_names(store: Store) -> None:
    for tenant in NAMES:
        await store.put_many(tenant, {key: f"{tenant!r} {key!r}".encode() for key in NAMES}, ttl=60)
    for tenant in NAMES:
        assert await store.get_many(tenant, NAMES) == {key: f"{tenant!r} {key!r}".encode() for key in NAMES}
    await store.delete("a:b", "a")
    assert await store.get("a:b", "a") is Absent.MISSING
    assert await store.get("a", "b:a") is Absent.MISSING
    assert await store.get("a", "a") == b"'a' 'a'"
    assert not await store.touch("nobody", "a")


async def test_absent_keys_are_left_out(store: Store) -> None:
    await store.put_many("tenant", {"a": b"1", "b": b"2"}, ttl=60)
    assert await store.get_many("tenant", ["b", "none", "a", "b"]) == {"a": b"1", "b": b"2"}
    assert await store.get_many("tenant", []) == {}
    assert await store.get("tenant", "none") is Absent.MISSING
    await store.put_many("tenant", {}, ttl=60)


async def test_a_second_put_replaces_the_value(store: Store) -> None:
    await store.put("tenant", "key", b"a longer first value", ttl=60)
    await store.put("tenant", "key", b"second", ttl=60)
    assert await store.get("tenant", "key") == b"second"


async def test_deleted_entries_are_missing_and_deleting_again_is_no_error(store: Store) -> None:
    await store.put("tenant", "key", b"value", ttl=60)
    await store.delete("tenant", "key")
    await store.delete("tenant", "key")
    assert await store.get("tenant", "key") is Absent.MISSING
    assert not await store.touch("tenant", "key")


async def test_entries_expire_after_their_ttl(backend: Backend, store: Store) -> None:
    await store.put("tenant", "short", b"value", ttl=0.2)
    await store.put("tenant", "long", b"value", ttl=60)
    await backend.wait(0.3)
    assert await store.get_many("tenant", ["short", "long"]) == {"long": b"value"}
    assert await store.get("tenant", "short") is (Absent.EXPIRED if backend.tells_expired else Absent.MISSING)
    assert not await store.touch("tenant", "short")
    await store.put("tenant", "short", b"again", ttl=60)
    assert await store.get("tenant", "short") == b"again"


async def test_every_kind_of_use_renews_the_ttl(backend: Backend, store: Store) -> None:
    await store.put_many("tenant", dict.fromkeys(("get", "get_many", "touch", "put", "unused"), b"value"), ttl=0.6)
    for _ in range(2):
        await backend.wait(0.35)
        assert await store.get("tenant", "get") == b"value"
        assert await store.get_many("tenant", ["get_many"]) == {"get_many": b"value"}
        assert await store.touch("tenant", "touch")
        await store.put("tenant", "put", b"value", ttl=0.6)
    assert await store.get_many("tenant", ["get", "get_many", "touch", "put", "unused"]) == dict.fromkeys(
        ("get", "get_many", "touch", "put"), b"value"
    )
    await backend.wait(0.7)
    assert await store.get_many("tenant", ["get", "get_many", "touch", "put"]) == {}


async def test_nothing_outlives_the_ceiling_after_its_first_put(backend: Backend) -> None:
    store = backend.make(max_age=0.8)
    await store.put_many("tenant", {"get": b"value", "put": b"value"}, ttl=60)
    await backend.wait(0.5)
    assert await store.get("tenant", "get") == b"value"
    await store.put("tenant", "put", b"value", ttl=60)
    await backend.wait(0.4)
    assert await store.get_many("tenant", ["get", "put"]) == {}
    await store.put("tenant", "put", b"anew", ttl=60)
    assert await store.get("tenant", "put") == b"anew"
    await store.close()


async def test_the_last_put_decides_on_the_ttl(backend: Backend, store: Store) -> None:
    await store.put("tenant", "longer", b"value", ttl=0.2)
    await store.put("tenant", "longer", b"value", ttl=60)
    await store.put("tenant", "shorter", b"value", ttl=60)
    await store.put("tenant", "shorter", b"value", ttl=0.2)
    await backend.wait(0.3)
    assert await store.get_many("tenant", ["longer", "shorter"]) == {"longer": b"value"}


async def test_stats_count_what_is_held_or_say_nothing(backend: Backend, store: Store) -> None:
    await store.put_many("tenant", {"a": b"one", "b": b"three"}, ttl=60)
    stats = await store.stats()
    assert backend.name.endswith(stats.backend)
    assert stats.entries in (2, None)
    assert stats.bytes is None or stats.bytes >= 8


async def test_concurrent_use(store: Store) -> None:
    async def use(n: int) -> None:
        value = f"{n} ".encode() * (100_000 if n % 25 == 0 else 100)
        await store.put("tenant", f"key{n}", value, ttl=60)
        assert await store.get("tenant", f"key{n}") == value
        assert await store.get("tenant", "shared") in (b"x", Absent.MISSING)
        await store.put("tenant", "shared", b"x", ttl=60)

    await asyncio.gather(*(use(n) for n in range(150)))


async def test_a_closed_store_may_be_used_again(store: Store) -> None:
    await store.put("tenant", "key", b"value", ttl=60)
    await store.close()
    await store.close()
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"


def test_one_store_serves_several_event_loops(backend: Backend) -> None:
    store = backend.make()

    async def use(name: str) -> None:
        for n in range(30):
            await store.put("tenant", f"{name}{n}", name.encode(), ttl=60)
            assert await store.get("tenant", f"{name}{n}") == name.encode()

    failures: list[BaseException] = []

    def run(name: str) -> None:
        try:
            asyncio.run(use(name))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(f"thread{n}-",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    run("later")
    assert not failures
    assert asyncio.run(store.get("tenant", "thread0-0")) == b"thread0-"
    asyncio.run(store.close())


# --- memory --------------------------------------------------------------------------------------------------------


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


# --- redis ---------------------------------------------------------------------------------------------------------


async def test_redis_sends_many_in_one_round_trip_and_each_with_its_expiry(
    redis_server: RedisServer, redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis_store.put("tenant", "key", b"value", ttl=60)
    sent = 0
    send = Connection.send_packed_command

    async def counted(connection: Connection, *args: object, **options: object) -> None:
        nonlocal sent
        sent += 1
        await send(connection, *args, **options)  # type: ignore[arg-type]

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


@pytest.mark.parametrize("url", ["valkey://localhost:1234/2", "VALKEY://localhost:1234/2", "redis://localhost:1234/2"])
def test_redis_and_valkey_urls_mean_the_same_and_connect_to_nothing(url: str) -> None:
    store = from_url(url, prefix="p", max_age=5)
    assert isinstance(store, RedisStore)
    assert (store._options["host"], store._options["port"], store._options["db"]) == ("localhost", 1234, 2)


def test_tls_urls_use_tls() -> None:
    for url in ("rediss://localhost", "valkeys://localhost"):
        store = from_url(url)
        assert isinstance(store, RedisStore)
        assert "SSL" in store._options["connection_class"].__name__


# --- sealed --------------------------------------------------------------------------------------------------------

TEXT = b"The quick brown fox reads /etc/passwd again and again. " * 40


async def test_compressed_values_are_smaller_and_incompressible_ones_hardly_larger() -> None:
    inner = MemoryStore()
    store = SealedStore(inner)
    noise = os.urandom(5000)
    await store.put_many("tenant", {"text": TEXT, "noise": noise}, ttl=60)
    held = await inner.get_many("tenant", ["text", "noise"])
    assert len(held["text"]) < len(TEXT) / 5
    assert len(held["noise"]) <= len(noise) + 16


async def test_nothing_is_readable_in_the_inner_store_when_encrypted() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_key=PASSPHRASE)
    short = b"too short to be compressed"
    await store.put("tenant", "short", short, ttl=60)
    await store.put("tenant", "text", TEXT, ttl=60)
    first = await inner.get_many("tenant", ["short", "text"])
    for blob in first.values():
        assert b"short" not in blob
        assert b"fox" not in blob
        with pytest.raises(zstandard.ZstdError):
            zstandard.ZstdDecompressor().decompress(blob[9:])
    await store.put("tenant", "short", short, ttl=60)
    assert await inner.get("tenant", "short") != first["short"]


@pytest.mark.parametrize("value", [b"short", TEXT, b""], ids=["raw", "compressed", "empty"])
async def test_every_tampered_bit_makes_an_encrypted_value_missing(value: bytes) -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_key=PASSPHRASE)
    await store.put("tenant", "key", value, ttl=60)
    blob = await inner.get("tenant", "key")
    assert isinstance(blob, bytes)
    for position in range(len(blob)):
        damaged = bytearray(blob)
        damaged[position] ^= 1 << (position % 8)
        await inner.put("tenant", "key", bytes(damaged), ttl=60)
        assert await store.get("tenant", "key") is Absent.MISSING
    for length in range(len(blob)):
        await inner.put("tenant", "key", blob[:length], ttl=60)
        assert await store.get("tenant", "key") is Absent.MISSING
    assert store.unreadable == 2 * len(blob)
    await store.put("tenant", "key", value, ttl=60)
    assert await store.get("tenant", "key") == value


@settings(max_examples=200, deadline=None)
@given(blob=st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"\x01" + bytes(7) + b"\x05" + rest))
def test_any_malformed_value_is_missing_or_opens_without_an_error(blob: bytes) -> None:
    async def scenario() -> None:
        for passphrase in (None, PASSPHRASE):
            inner = MemoryStore()
            store = _with_key(inner, passphrase)
            await inner.put("tenant", "key", blob, ttl=60)
            found = await store.get("tenant", "key")
            assert found is Absent.MISSING or (passphrase is None and blob.endswith(bytes(found)))

    asyncio.run(scenario())


async def test_a_sealed_value_is_worth_nothing_in_another_place() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_key=PASSPHRASE)
    await store.put("tenant", "key", TEXT, ttl=60)
    blob = await inner.get("tenant", "key")
    assert isinstance(blob, bytes)
    for tenant, key in (("other", "key"), ("tenant", "other"), ("tenantk", "ey"), ("tenan", "tkey")):
        await inner.put(tenant, key, blob, ttl=60)
        assert await store.get(tenant, key) is Absent.MISSING
        assert await store.get_many(tenant, [key]) == {}
    assert await store.get("tenant", "key") == TEXT


async def test_values_of_another_passphrase_or_of_none_are_missing_both_ways() -> None:
    inner = MemoryStore()
    readers = {name: _with_key(inner, name) for name in (None, PASSPHRASE, "another")}
    for writer, store in readers.items():
        await store.put("tenant", "key", TEXT, ttl=60)
        for reader, other in readers.items():
            expected = TEXT if reader == writer else Absent.MISSING
            assert await other.get("tenant", "key") == expected


async def test_a_replica_with_the_same_passphrase_reads_what_another_wrote() -> None:
    inner = MemoryStore()
    await SealedStore(inner, encryption_key=PASSPHRASE).put("tenant", "key", TEXT, ttl=60)
    assert await SealedStore(inner, encryption_key=PASSPHRASE).get("tenant", "key") == TEXT


async def test_a_bomb_is_missing_and_is_not_inflated() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, max_value_bytes=1_000_000)
    plain = bytes(100_000_000)
    honest = zstandard.ZstdCompressor().compress(plain)
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(plain)
    lying = honest.replace(len(plain).to_bytes(4, "little"), (1_000_000).to_bytes(4, "little"), 1)
    assert zstandard.frame_content_size(lying) == 1_000_000
    del plain
    tracemalloc.start()
    try:
        for length in (0, 5, 1_000_000, 100_000_000, 2**64 - 1):
            for body in (honest, silent, lying, honest[:6]):
                await inner.put("tenant", "key", b"\x01" + length.to_bytes(8, "big") + body, ttl=60)
                assert await store.get("tenant", "key") is Absent.MISSING
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert store.unreadable == 20


async def test_a_value_that_could_not_be_opened_again_is_refused() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, max_value_bytes=1000)
    await store.put("tenant", "fits", b"x" * 1000, ttl=60)
    assert await store.get("tenant", "fits") == b"x" * 1000
    with pytest.raises(StoreError, match="max_value_bytes"):
        await store.put_many("tenant", {"a": b"x", "b": b"x" * 1001}, ttl=60)
    assert await inner.get("tenant", "a") is Absent.MISSING


async def test_unreadable_values_are_logged_once_and_without_payload(caplog: pytest.LogCaptureFixture) -> None:
    inner = MemoryStore()
    store = SealedStore(inner)
    await inner.put("tenant-token", "key-name", b"\x09secret payload", ttl=60)
    for _ in range(3):
        assert await store.get("tenant-token", "key-name") is Absent.MISSING
    assert store.unreadable == 3
    assert len(caplog.records) == 1
    assert not any(private in caplog.text for private in ("secret", "tenant-token", "key-name"))


async def test_big_values_are_worked_on_off_the_event_loop() -> None:
    threads: set[int] = set()

    class Spy(SealedStore):
        def _seal(self, tenant: str, key: str, value: bytes) -> bytes:
            threads.add(threading.get_ident())
            return super()._seal(tenant, key, value)

        def _open(self, *place: object) -> bytes | None:
            threads.add(threading.get_ident())
            return super()._open(*place)  # type: ignore[arg-type]

    store = Spy(MemoryStore())
    await store.put("tenant", "big", b"x" * 300_000, ttl=60)
    await store.get("tenant", "big")
    assert threading.get_ident() not in threads
    await store.put("tenant", "small", b"x" * 1000, ttl=60)
    assert threading.get_ident() in threads


def test_encryption_without_the_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(ImportError, match=r"headroom-litellm\[encryption\]"):
        SealedStore(MemoryStore(), encryption_key=PASSPHRASE)
    SealedStore(MemoryStore())


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        SealedStore(MemoryStore(), encryption_key="")


# --- from_url ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [None, "memory://"])
async def test_no_url_means_this_process_memory(url: str | None) -> None:
    store = from_url(url, max_entries=1)
    assert isinstance(store, MemoryStore)
    await store.put_many("tenant", {"a": b"1", "b": b"2"}, ttl=60)
    assert (await store.stats()).entries == 1


def test_an_unknown_scheme_is_named_with_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"scheme 'postgres'; allowed are memory://, redis://"):
        from_url("postgres://user:pass@host/db")
    with pytest.raises(ValueError, match="no scheme"):
        from_url("localhost:6379")


def test_a_backend_is_one_line_in_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stores.BACKENDS, "custom", f"{__name__}:CustomStore")
    store = from_url("custom://somewhere", flavour="mint")
    assert isinstance(store, CustomStore)
    assert (store.url, store.flavour) == ("custom://somewhere", "mint")


def test_importing_the_stores_imports_no_redis_litellm_or_cryptography() -> None:
    program = "import headroom_litellm.stores, sys; print({'redis', 'litellm', 'cryptography'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")


class CustomStore(MemoryStore):
    def __init__(self, url: str, *, flavour: str) -> None:
        super().__init__()
        self.url, self.flavour = url, flavour


def _with_key(inner: Store, passphrase: str | None, _made: dict[str | None, SealedStore] = {}) -> SealedStore:  # noqa: B006
    """A sealed store on `inner`; the key, slow to derive by intent, is derived once for each passphrase."""
    if passphrase not in _made:
        _made[passphrase] = SealedStore(MemoryStore(), encryption_key=passphrase)
    store = SealedStore(inner)
    store._cipher = _made[passphrase]._cipher
    return store
