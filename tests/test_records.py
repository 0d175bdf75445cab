"""Records about a conversation: one process writes them, any other finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from headroom_litellm.ccr import records
from headroom_litellm.ccr.records import Records, dump, load
from headroom_litellm.report.counters import Counters
from headroom_litellm.stores import MemoryStore, StoreError


class Watched(MemoryStore):
    """Counts what is asked of it, and fails when told to."""

    def __init__(self) -> None:
        super().__init__(max_entries=100, max_bytes=10**6, max_age=10**6)
        self.asked: list[str] = []
        self.fails = False

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        self.asked += keys
        if self.fails:
            raise StoreError
        return await super().get_many(tenant, keys)

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        if self.fails:
            raise StoreError
        await super().put_many(tenant, values, ttl)


@pytest.fixture
def store() -> Watched:
    return Watched()


def made(store: Watched, *, ttl: float = 3600) -> tuple[Records, Counters]:
    counters = Counters()
    return Records(store, ttl=ttl, counters=counters), counters


@pytest.mark.parametrize(
    "record", [{"items": [{"text": "naïve ✓\n\u2028"}]}, {"n": 2**70, "f": 0.1, "none": None}, {"lone": "\ud800"}, {}]
)
def test_a_record_is_read_back_as_it_was(record: dict[str, Any]) -> None:
    assert load(dump(record)) == record


@pytest.mark.parametrize("value", [b"", b"[]", b"{", b"\xff", b"null"])
def test_what_is_no_record_is_an_empty_one(value: bytes) -> None:
    assert load(value) == {}


async def test_a_record_is_found_by_every_process(store: Watched) -> None:
    assert await made(store)[0].keep("t", {"one": b"1", "two": b"2"})
    assert await made(store)[0].find("t", ["one", "two", "other"]) == {"one": b"1", "two": b"2"}


async def test_a_tenants_record_is_no_other_tenants(store: Watched) -> None:
    ours, _ = made(store)
    await ours.keep("t", {"one": b"1"})
    assert await ours.find("u", ["one"]) == {}
    assert await ours.find("t", ["one"]) == {"one": b"1"}


async def test_the_store_is_asked_once_for_what_it_has_and_for_what_it_has_not(store: Watched) -> None:
    await made(store)[0].keep("t", {"there": b"1"})
    ours, _ = made(store)
    for _ in range(3):
        assert await ours.find("t", ["there", "not"]) == {"there": b"1"}
    assert store.asked == ["there", "not"]


async def test_the_store_is_asked_again_after_a_while(store: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = made(store)
    await ours.keep("t", {"one": b"1"})
    assert await ours.find("t", ["one"])
    store.asked.clear()
    now = records.time.monotonic()
    monkeypatch.setattr(records.time, "monotonic", lambda: now + 301)
    assert await ours.find("t", ["one"])
    assert store.asked == ["one"]


async def test_what_the_store_has_lost_is_given_to_it_again(store: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = made(store)
    await ours.keep("t", {"one": b"1"})
    await store.delete("t", "one")
    now = records.time.monotonic()
    monkeypatch.setattr(records.time, "monotonic", lambda: now + 301)
    assert await ours.find("t", ["one"]) == {"one": b"1"}
    assert await made(store)[0].find("t", ["one"]) == {"one": b"1"}


async def test_a_record_that_is_kept_while_it_is_asked_for_stays(store: Watched) -> None:
    ours, _ = made(store)

    class Slow(Watched):
        async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
            await ours.keep("t", {"one": b"1"})
            return {}

    ours._store = Slow()
    await ours.find("t", ["one"])
    assert await ours.find("t", ["one"]) == {"one": b"1"}


async def test_with_a_store_that_fails_this_process_still_knows(store: Watched) -> None:
    store.fails = True
    ours, counters = made(store)
    assert not await ours.keep("t", {"one": b"1"})
    assert await ours.find("t", ["one", "other"]) == {"one": b"1"}
    assert counters.get("record_failures") == 2


async def test_what_was_not_found_because_the_store_failed_is_asked_for_again(store: Watched) -> None:
    await made(store)[0].keep("t", {"one": b"1"})
    ours, _ = made(store)
    store.fails = True
    assert await ours.find("t", ["one"]) == {}
    store.fails = False
    assert await ours.find("t", ["one"]) == {"one": b"1"}
