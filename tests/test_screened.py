"""What the store brings back goes past the guardrails first; what stands in the request has been past them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.retrieve import WITHHELD, Refused
from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.wire import Body

from .test_engine import ROWS, body, made, retrieve, said, text

STORED = "stored secret"


class Guard:
    """Masks, or refuses, and knows what it was shown."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.shown: list[str] = []
        self._refuses = refuses

    async def __call__(self, body: Body, texts: Sequence[str]) -> list[str]:
        self.shown += texts
        if self._refuses:
            raise Refused(PermissionError("refused"))
        return [shown.replace("secret", "[MASKED]") for shown in texts]


async def guarded(guard: Guard) -> tuple[Engine, Exchange]:
    engine, exchange = made()
    exchange.screen = guard
    await engine.store.put(exchange.tenant, key_of(STORED), STORED.encode(), 60)
    await engine.compress(exchange, body())
    return engine, exchange


def results(sent: Mapping[str, Any]) -> list[str]:
    return [block["content"] for block in sent["messages"][-1]["content"] if block["type"] == "tool_result"]


def answering(seen: list[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Any]:
    async def reenter(changed: Mapping[str, Any]) -> Any:
        seen.append(changed)
        return said(text("done"))

    return reenter


async def test_the_model_gets_what_the_guardrails_make_of_it() -> None:
    guard, seen = Guard(), list[Mapping[str, Any]]()
    engine, exchange = await guarded(guard)

    await engine.complete(exchange, body(), said(retrieve(key_of(STORED))), answering(seen))

    assert results(seen[0]) == ["stored [MASKED]"]


async def test_what_the_request_holds_is_not_shown_again() -> None:
    guard, seen = Guard(), list[Mapping[str, Any]]()
    engine, exchange = await guarded(guard)

    await engine.complete(exchange, body(), said(retrieve(key_of(ROWS))), answering(seen))

    assert results(seen[0]) == [ROWS]
    assert guard.shown == []


async def test_a_refusal_ends_the_request_and_the_model_is_not_asked_again() -> None:
    seen: list[Mapping[str, Any]] = []
    engine, exchange = await guarded(Guard(refuses=True))

    with pytest.raises(Refused) as caught:
        await engine.complete(exchange, body(), said(retrieve(key_of(STORED))), answering(seen))

    assert isinstance(caught.value.error, PermissionError)
    assert seen == []
    assert engine.counters.get("refused") == 1
    assert engine.counters.get("fail_open", cause="follow_up") == 0


async def test_beside_a_call_of_the_clients_what_is_refused_is_withheld() -> None:
    """The answer is on its way to the client; the retrieval's result waits for the next turn."""
    guard = Guard(refuses=True)
    engine, exchange = await guarded(guard)
    theirs = {"type": "tool_use", "id": "c", "name": "bash", "input": {"command": "ls"}}

    shown = await engine.complete(exchange, body(), said(retrieve(key_of(STORED)), theirs), answering([]))

    assert shown["content"] == [theirs]
    history = [
        *body()["messages"],
        {"role": "assistant", "content": [theirs]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "total 0"}]},
    ]
    later = Exchange(exchange.wire, exchange.call_type, exchange.tenant)
    sent = await engine.compress(later, {**body(), "messages": history})
    assert results(sent) == [WITHHELD, "total 0"]


async def test_what_is_put_back_at_a_later_turn_is_shown_again() -> None:
    guard, seen = Guard(), list[Mapping[str, Any]]()
    engine, exchange = await guarded(guard)
    exchange.screen = None
    await engine.complete(exchange, body(), said(retrieve(key_of(STORED))), answering(seen))
    assert results(seen[0]) == [STORED]
    history = [
        *body()["messages"],
        {"role": "assistant", "content": [text("done")]},
        {"role": "user", "content": "Go on."},
    ]

    for screen, expected in ((None, STORED), (guard, "stored [MASKED]"), (Guard(refuses=True), WITHHELD)):
        later = Exchange(exchange.wire, exchange.call_type, exchange.tenant, screen=screen)
        sent = await engine.compress(later, {**body(), "messages": history})
        assert results({"messages": sent["messages"][:-2]}) == [expected]
