"""What the model gets for a retrieve call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.ccr.key import encode, key_of
from headroom_litellm.ccr.retrieve import answer, parse
from headroom_litellm.ccr.rounds import Rounds
from headroom_litellm.stores import Absent, MemoryStore, Store, StoreError, StoreStats
from headroom_litellm.stores.blocking import run_blocking

TEXT = "\n".join(f"line {number} about {'payments' if number == 77 else 'nothing'}" for number in range(1, 201))
KEY = key_of(TEXT)


class BrokenStore(Store):
    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        raise StoreError("down")

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        raise StoreError("down")

    async def delete(self, tenant: str, key: str) -> None:
        raise StoreError("down")

    async def touch(self, tenant: str, key: str) -> bool:
        raise StoreError("down")

    async def stats(self) -> StoreStats:
        raise StoreError("down")


async def ask(
    arguments: str | dict[str, Any], *, held: dict[str, str] | None = None, store: Store | None = None
) -> str:
    held = {KEY: TEXT} if held is None else held
    return await answer(parse(arguments), held, store or MemoryStore(), "tenant")


@given(st.text(alphabet=st.characters(), max_size=200))
def test_the_whole_original_comes_back_exactly(text: str) -> None:
    async def both() -> tuple[str, str]:
        store = MemoryStore()
        await store.put("tenant", key_of(text), encode(text), 60)
        arguments = parse({"hash": key_of(text)})
        return await answer(arguments, {key_of(text): text}, store, "tenant"), await answer(
            arguments, {}, store, "tenant"
        )

    assert run_blocking(both()) == (text, text)


async def test_a_query_gives_the_best_passages_with_line_numbers() -> None:
    got = await ask({"hash": KEY, "query": "payments"})
    assert got.startswith("[20 of 200 lines, the best passages for the query]\n[lines 61-80]\nline 61")
    assert "line 77 about payments" in got


async def test_a_query_that_nothing_matches_says_so_and_gives_the_outline() -> None:
    got = await ask({"hash": KEY, "query": "zebra"})
    assert got.startswith("[no passage of 200 lines matches the query; outline]\n1: line 1")


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [("120-130", 120, 130), ("5", 5, 5), ("190-", 190, 200), ("195-9999", 195, 200), ("1..3", 1, 3), (" 7 - 9 ", 7, 9)],
)
async def test_a_range_gives_these_lines(lines: str, first: int, last: int) -> None:
    got = await ask({"hash": KEY, "lines": lines})
    expected = TEXT.split("\n")[first - 1 : last]
    assert got == f"[lines {first}-{last} of 200]\n" + "\n".join(expected)


@pytest.mark.parametrize("lines", ["abc", "9-3", "500-600", "-"])
async def test_a_range_that_is_none_is_explained(lines: str) -> None:
    assert "200 lines" in await ask({"hash": KEY, "lines": lines})


@pytest.mark.parametrize(
    "arguments",
    ["", "{", "null", "[]", "{}", '{"hash": 5}', '{"hash": "xyz"}', '{"hash": null, "query": {}}', "\ud800"],
)
async def test_malformed_arguments_get_a_clear_message(arguments: str) -> None:
    assert (await ask(arguments)).startswith("headroom_retrieve: ")


async def test_arguments_cut_short_are_understood_when_they_name_one_hash() -> None:
    assert await ask('{"hash": "' + KEY) == TEXT


async def test_an_unknown_hash_is_a_final_answer_that_says_what_to_do() -> None:
    got = await ask({"hash": "0" * 24})
    assert "is not known here" in got
    assert "run the command again" in got


async def test_an_expired_hash_is_told_apart() -> None:
    clock = [0.0]
    store = MemoryStore(clock=lambda: clock[0])
    await store.put("tenant", KEY, encode(TEXT), 10)
    clock[0] = 11
    assert "has expired" in await ask({"hash": KEY}, held={}, store=store)


async def test_another_tenants_original_is_not_known() -> None:
    store = MemoryStore()
    await store.put("somebody", KEY, encode(TEXT), 60)
    assert "is not known here" in await ask({"hash": KEY}, held={}, store=store)


async def test_a_dead_store_costs_no_original_that_the_request_holds() -> None:
    assert await ask({"hash": KEY}, store=BrokenStore()) == TEXT
    assert "cannot be reached" in await ask({"hash": "0" * 24}, store=BrokenStore())


async def test_a_store_that_breaks_breaks_no_answer() -> None:
    class Odd(BrokenStore):
        async def get(self, tenant: str, key: str) -> bytes | Absent:
            raise RuntimeError("secret")

    got = await ask({"hash": "0" * 24}, store=Odd())
    assert "cannot be reached" in got
    assert "secret" not in got


async def test_a_large_original_is_searched_beside_the_event_loop() -> None:
    text = "\n".join(f"line {number} of a large original" for number in range(300_000))
    key, laps = key_of(text), 0

    async def loop_goes_on() -> None:
        nonlocal laps
        while True:
            await asyncio.sleep(0)
            laps += 1

    beside = asyncio.create_task(loop_goes_on())
    got = await ask({"hash": key, "query": "299123"}, held={key: text})
    beside.cancel()
    assert "line 299123 of" in got
    assert laps > 10


async def test_arguments_of_any_length_are_read_in_no_time() -> None:
    for lines in ("1" + " " * 300_000 + "x", "-" * 300_000, {"a": 1}, ["1-2"]):
        assert await ask({"hash": KEY, "lines": lines, "query": "x" * 300_000})


async def test_the_same_call_twice_in_a_row_is_pointed_to_the_first_answer() -> None:
    rounds = Rounds({KEY: TEXT}, MemoryStore(), "tenant", limit=3)
    call = json.dumps({"hash": KEY})
    assert await rounds.answer([call]) == [TEXT]
    assert "stands above" in (await rounds.answer([json.dumps({"hash": KEY.upper()})]))[0]
    assert await rounds.answer([json.dumps({"hash": KEY, "lines": "1"})]) == [
        "[lines 1-1 of 200]\nline 1 about nothing"
    ]


async def test_at_the_limit_the_model_is_told_to_answer() -> None:
    rounds = Rounds({KEY: TEXT}, MemoryStore(), "tenant", limit=1)
    assert await rounds.answer([json.dumps({"hash": KEY})]) == [TEXT]
    assert not rounds.exhausted
    assert "limit" in (await rounds.answer([json.dumps({"hash": KEY, "lines": "1"})]))[0]
    assert rounds.exhausted
    assert rounds.retrievals == 1
