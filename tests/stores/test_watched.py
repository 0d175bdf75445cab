"""A store that is watched is hardly waited for once it hangs, and fails in one way only."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

import pytest

from headroom_litellm.stores import MemoryStore, StoreError, WatchedStore

TIMEOUT = 0.4


class Hanging(MemoryStore):
    """Fails after a while as long as it hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = True
        self.calls = 0

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        self.calls += 1
        if self.hangs:
            await asyncio.sleep(TIMEOUT)
            raise StoreError("did not answer")
        return await super().get_many(tenant, keys)


class Full(MemoryStore):
    """Can be read."""

    full = True

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        if self.full:
            raise StoreError("full")
        await super().put_many(tenant, values, ttl)


async def seconds(store: WatchedStore) -> float:
    """How long a lookup takes that fails."""
    began = time.perf_counter()
    with pytest.raises(StoreError):
        await store.get_many("tenant", ["key"])
    return time.perf_counter() - began


async def test_a_store_that_hangs_is_waited_for_once() -> None:
    store = WatchedStore(Hanging(), patience=0.01)
    assert await seconds(store) >= TIMEOUT
    assert await seconds(store) < TIMEOUT
    assert await seconds(store) < TIMEOUT


async def test_a_call_that_is_not_waited_for_finds_out_that_the_store_works_again() -> None:
    inner = Hanging()
    store = WatchedStore(inner, patience=0.01)
    await seconds(store)
    inner.hangs = False
    assert await store.get_many("tenant", ["key"]) == {}
    inner.hangs = True
    assert await seconds(store) >= TIMEOUT


async def test_a_store_that_fails_at_once_has_all_its_time() -> None:
    class Late(Hanging):
        async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
            if self.hangs:
                raise StoreError("refused")
            await asyncio.sleep(0.5)
            return {"key": b"value"}

    inner = Late()
    store = WatchedStore(inner, patience=0.2)
    assert await seconds(store) < TIMEOUT
    inner.hangs = False
    assert await store.get_many("tenant", ["key"]) == {"key": b"value"}


async def test_calls_whose_caller_left_are_done_all_the_same() -> None:
    class Slow(MemoryStore):
        async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
            await asyncio.sleep(0.05)
            await super().put_many(tenant, values, ttl)

    store = WatchedStore(Slow())
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(store.put_many("tenant", {"key": b"value"}, 60), 0.01)
    await asyncio.sleep(0.1)
    assert await store.get("tenant", "key") == b"value"


async def test_whatever_a_store_raises_is_a_store_error_that_shows_nothing() -> None:
    class Broken(MemoryStore):
        async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
            raise KeyError("secret content")

    with pytest.raises(StoreError) as caught:
        await WatchedStore(Broken()).get_many("tenant", ["key"])
    assert "KeyError" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_what_can_be_read_and_not_written_is_told_once_and_its_end_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    inner = Full()
    store = WatchedStore(inner)
    for _ in range(3):
        with pytest.raises(StoreError):
            await store.put_many("tenant", {"key": b"value"}, 60)
        assert await store.get_many("tenant", ["key"]) == {}
    inner.full = False
    for _ in range(3):
        await store.put_many("tenant", {"key": b"value"}, 60)
    assert [record.getMessage() for record in caplog.records] == [
        "headroom: the store fails, and requests go on without it: full",
        "headroom: no longer so: the store fails, and requests go on without it",
    ]
