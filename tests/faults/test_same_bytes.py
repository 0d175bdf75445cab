"""What the model is sent does not depend on how the store is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from headroom_litellm.ccr.key import key_of
from headroom_litellm.engine import Engine
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore, Store, StoreError

from ..forms import Form, Part, ResponsesForm, every_form
from ..test_replay import USER, Talk, every_way
from .replica import history, rows


class Dead(MemoryStore):
    """Refuses everything."""

    async def get(self, *_: Any) -> Any:
        raise StoreError("down")

    put_many = get_many = get


class Broken(MemoryStore):
    """Does what no store may."""

    async def put_many(self, *_: Any) -> None:
        raise KeyError("a bug")

    async def get_many(self, *_: Any) -> Any:
        raise TypeError("a bug")


def talk_with(form: Form, stream: bool, store: Store) -> Talk:
    return Talk(form, Engine(load_settings({"worker_processes": 0}), store), stream)


async def sent(talk: Talk, others: Sequence[Talk] = ()) -> list[dict[str, Any]]:
    """All that the model got in a conversation of three turns, the first with a retrieval. The later turns are taken
    in by `others`, one each, where there are any."""
    body = talk.form.body(history("one"))
    hidden = [Part("text", "Let me look. "), Part("retrieve", key_of(rows("one")))]
    _, shown, bodies = await talk.ask(body, hidden, [Part("text", "It was row 17.")])
    for number, one in enumerate(others or (talk, talk)):
        body = talk.extended(body, [*shown, *talk.said(USER)])
        _, shown, more = await one.ask(body, [Part("text", f"Answer {number}.")])
        bodies += more
    await talk.engine.outbox.drain()
    return bodies


@every_form
@every_way
@pytest.mark.parametrize("bad", [Dead, Broken])
async def test_a_conversation_is_the_same_with_a_dead_store(form: Form, stream: bool, bad: type[MemoryStore]) -> None:
    healthy = await sent(talk_with(form, stream, MemoryStore()))
    talk = talk_with(form, stream, bad())
    assert await sent(talk) == healthy
    assert talk.engine.counters.get("fail_open", cause="compress") == 0
    assert talk.engine.counters.get("store_write_failures") > 0


@every_form
@every_way
@pytest.mark.parametrize("bad", [Dead, Broken])
async def test_a_record_that_is_lost_leaves_the_turn_as_the_client_has_it(
    form: Form, stream: bool, bad: type[MemoryStore]
) -> None:
    here, elsewhere = talk_with(form, stream, bad()), [talk_with(form, stream, bad()) for _ in range(2)]
    first, _, second, third = await sent(here, elsewhere)
    here.assert_extends(first, second)
    here.assert_extends(second, third)
    assert len(here.results(third)) == 1
    assert "Let me look. It was row 17." in "".join(one.text for one in here.segments(form.wire.items(third)))


@pytest.mark.parametrize("stored", [True, False])
async def test_behind_an_earlier_response_nothing_is_put_away_that_the_store_has_not_acknowledged(stored: bool) -> None:
    form = ResponsesForm()
    talk = talk_with(form, False, MemoryStore() if stored else Dead())
    body = {"model": "m", "tools": form.body([])["tools"], "previous_response_id": "resp_1", "store": True}
    output = {"type": "function_call_output", "call_id": "call_1", "output": rows("kept")}
    _, _, (request,) = await talk.ask({**body, "input": [output]}, [Part("text", "Seen.")])
    assert (key_of(rows("kept")) in json.dumps(request)) == stored
