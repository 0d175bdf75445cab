"""One replica: an engine on a store, and its clients, whose models retrieve what was put away."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

from headroom_litellm.ccr.key import key_of
from headroom_litellm.engine import Engine
from headroom_litellm.settings import load_settings

from ..forms import ChatForm, MessagesForm, Part
from ..test_replay import USER, Talk

__all__ = ["PATIENCE", "Replica", "history", "recover", "rows"]

PATIENCE = 2.0
"""Seconds for which a replica waits for its store."""
_ANSWER = "It was row 17."
_NUMBERS = itertools.count()


class Replica:
    """`settings` are those of its engine, which has one client for each way of asking, all of the tenant `tenant`."""

    def __init__(self, **settings: Any) -> None:
        options = {"store_timeout_seconds": PATIENCE, "worker_processes": 0, **settings}
        self.engine = Engine.from_settings(load_settings(options))
        self._talks = [
            Talk(form, self.engine, stream) for form in (ChatForm(), MessagesForm()) for stream in (False, True)
        ]

    async def round(self, name: str) -> float:
        """Every client has an output put away that has this name, and its model retrieves it from the request, exactly.
        Returns the seconds that the slowest took, once nothing is being written any more."""
        took = await asyncio.gather(*(self._turn(talk, f"{name}/{n}") for n, talk in enumerate(self._talks)))
        await self.engine.outbox.drain()
        return max(took)

    async def redeems(self, name: str) -> bool:
        """Whether models retrieve what was put away in the round of that name, when their requests do not hold it."""
        keys = [key_of(rows(f"{name}/{n}")) for n in range(len(self._talks))]
        found = []
        for n, (talk, key) in enumerate(zip(self._talks, keys, strict=True)):
            body = talk.form.body([{"role": "user", "content": f"Remember {name}?"}])
            seen, _, (_, followed) = await talk.ask(body, [Part("retrieve", key)], [Part("text", _ANSWER)])
            assert seen.text == _ANSWER
            found.append(talk.results(followed) == [rows(f"{name}/{n}")])
        return all(found)

    def count(self, name: str, cause: str = "") -> float:
        return self.engine.counters.get(name, cause=cause)

    async def close(self) -> None:
        await self.engine.store.close()

    @staticmethod
    async def _turn(talk: Talk, name: str) -> float:
        said = talk.form.wire.answer(talk.form.response([Part("text", f"I see {name}.")], 9))
        assert said is not None
        body = talk.extended(talk.form.body(history(name)), [*said.items, *talk.said(USER)])
        began = time.perf_counter()
        seen, _, (sent, followed) = await talk.ask(
            body, [Part("text", "Let me look. "), Part("retrieve", key_of(rows(name)))], [Part("text", _ANSWER)]
        )
        took = time.perf_counter() - began
        assert (seen.text, seen.calls) == (f"Let me look. {_ANSWER}", ())
        assert key_of(rows(name)) in json.dumps(sent)
        assert talk.results(followed)[-1] == rows(name)
        return took


async def recover(replica: Replica, other: Replica) -> None:
    """Return once the other redeems what is newly put away at the first; fails after ten seconds."""
    deadline = time.monotonic() + 10
    for number in _NUMBERS:
        await replica.round(f"new {number}")
        if await other.redeems(f"new {number}"):
            return
        assert time.monotonic() < deadline, "they do not share again"
        await asyncio.sleep(0.2)


def history(name: str) -> list[dict[str, Any]]:
    """A conversation in which `rows(name)` was put out."""
    call = {"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
    return [
        {"role": "user", "content": f"Look into {name}."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": rows(name)},
    ]


def rows(name: str) -> str:
    """An output that is put away, and no other's."""
    return json.dumps([{"id": n * 7919 % 1009, "size": n * 104729 % 10007, "of": name} for n in range(600)])
