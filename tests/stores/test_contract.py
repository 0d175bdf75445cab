"""One suite over all stores."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom_litellm.stores import Absent, Store, StoreError

from .backends import NAMES, Backend


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


async def test_times_to_live_of_any_size_do_no_harm(backend: Backend) -> None:
    store = backend.make(max_age=0.6)
    for ttl in (1e-9, 1e300, float("inf")):
        await store.put("tenant", str(ttl), b"value", ttl=ttl)
    await backend.wait(0.2)
    assert set(await store.get_many("tenant", ["1e-09", "1e+300", "inf"])) == {"1e+300", "inf"}
    await backend.wait(0.5)
    assert await store.get_many("tenant", ["1e+300", "inf"]) == {}
    await store.close()


async def test_the_last_put_decides_on_the_ttl(backend: Backend, store: Store) -> None:
    await store.put("tenant", "longer", b"value", ttl=0.2)
    await store.put("tenant", "longer", b"value", ttl=60)
    await store.put("tenant", "shorter", b"value", ttl=60)
    await store.put("tenant", "shorter", b"value", ttl=0.2)
    await backend.wait(0.3)
    assert await store.get_many("tenant", ["longer", "shorter"]) == {"longer": b"value"}


async def test_a_tenant_at_its_limit_makes_room_among_its_own_least_recently_used(backend: Backend) -> None:
    store = backend.make(max_tenant_bytes=100_000)
    value = random.Random(1).randbytes(9_900)
    others = {f"other{n}": value for n in range(5)}
    await store.put_many("other", others, ttl=60)
    for n in range(8):
        await store.put("tenant", f"key{n}", value, ttl=60)
        await backend.wait(0.02)
    assert len(await store.get_many("tenant", [f"key{n}" for n in range(8)])) == 8
    await backend.wait(0.02)
    assert await store.get("tenant", "key0") == value
    assert await store.touch("tenant", "key1")
    await store.put("tenant", "key2", value, ttl=60)
    await backend.wait(0.02)
    for n in range(8, 14):
        await store.put("tenant", f"key{n}", value, ttl=60)
        await backend.wait(0.02)
    held = await store.get_many("tenant", [f"key{n}" for n in range(14)])
    assert {"key0", "key1", "key2"} | {f"key{n}" for n in range(9, 14)} <= set(held)
    assert "key3" not in held
    assert sum(map(len, held.values())) <= 100_000
    assert await store.get_many("other", list(others)) == others
    await store.close()


async def test_a_value_that_the_tenant_s_limit_can_never_hold_is_refused_and_nothing_is_stored_or_lost(
    backend: Backend,
) -> None:
    store = backend.make(max_tenant_bytes=10_000)
    await store.put("tenant", "held", b"value", ttl=60)
    too_large = random.Random(2).randbytes(10_001)
    with pytest.raises(StoreError, match="max_tenant_bytes"):
        await store.put("tenant", "held", too_large, ttl=60)
    with pytest.raises(StoreError, match="max_tenant_bytes"):
        await store.put_many("tenant", {"a": b"1", "b": too_large}, ttl=60)
    assert await store.get_many("tenant", ["held", "a", "b"]) == {"held": b"value"}
    await store.close()


@pytest.mark.parametrize("size", [0, 700, 4000])
async def test_what_a_tenant_holds_stays_within_its_limit_whatever_it_does(backend: Backend, size: int) -> None:
    store = backend.make(max_tenant_bytes=20_000)
    chance = random.Random(size)
    keys = [f"key{n}" for n in range(40)]
    batch = 0
    for _ in range(40):
        values = {key: chance.randbytes(chance.randint(0, size)) for key in chance.sample(keys, 4)}
        batch = max(batch, sum(map(len, values.values())) + 30 * len(values))
        await store.put_many("tenant", values, ttl=60)
        await store.delete("tenant", chance.choice(keys))
        held = await store.get_many("tenant", keys)
        assert sum(map(len, held.values())) <= 20_000 + batch
        last = list(values)[-1]
        assert held.get(last) in (None, values[last])
    assert len(held) > (30 if size < 1000 else 3)
    await store.close()


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
