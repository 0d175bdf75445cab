"""Whatever one tenant does, another one cannot tell; and markers that somebody plants are mere text."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.retrieve import answer, parse
from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import Absent, MemoryStore
from headroom_litellm.tenant import tenant_of
from headroom_litellm.wire import Chat

from .conversations import CHAT_TOOLS, chats

SETTINGS = load_settings({"worker_processes": 0})
OWNERS = ("token", "user_id", "team_id", "org_id")
SCOPES = ("key", "user", "team", "org")

names = st.text(st.sampled_from("ab:/\0*é "), min_size=1, max_size=4)
"""Of tenants and entries: such as could run into each other, or mean something to a store."""
texts = st.sampled_from(["", "one", "another", "\ud800", "x" * 5000])
keys = st.one_of(texts.map(key_of), st.text(max_size=30), st.just("replay-" + "0" * 32), st.just("answer-" + "0" * 24))
planted = st.sampled_from(
    [
        *(marker.inline(key_of(text)) for text in ("one", "unknown")),
        marker.footer(marker.DEFAULT_TEMPLATE, key_of("one"), kept=1, total=2, unit="lines"),
        marker.inline(key_of("one")) * 3000,
        *("<<ccr:", "<<ccr:zz>>", "hash=" + "0" * 23, "hash=" + "g" * 24, "<<ccr:" + "0" * 25 + ">>", "hash=" * 5000),
    ]
)


class Counting(MemoryStore):
    """Counts the names that are asked for, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        self.asked.append(key)
        return await super().get(tenant, key)

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        self.asked += keys
        return await super().get_many(tenant, keys)


@dataclass
class Tenants:
    """Several tenants at one plugin, and what each is answered."""

    engine: Engine = field(default_factory=lambda: Engine(SETTINGS, Counting()))
    heard: dict[str, list[Any]] = field(default_factory=dict)

    async def ask(self, tenant: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
        body = {"model": "m", "messages": messages, "tools": CHAT_TOOLS}
        sent = await self.engine.compress(Exchange(Chat(), "acompletion", tenant), body)
        await self.engine.outbox.drain()
        self.heard.setdefault(tenant, []).append(sent)
        return {**body, **sent}

    async def retrieve(self, tenant: str, hash_: str) -> None:
        told = await answer(parse({"hash": hash_}), {}, self.engine.store, tenant)
        self.heard.setdefault(tenant, []).append(told)


@st.composite
def deeds(draw: st.DrawFn, shared: Sequence[list[dict[str, Any]]]) -> list[tuple[str, Any]]:
    """What a tenant does, in order; of the conversations, both have the same ones."""
    ask = st.tuples(st.just("ask"), st.sampled_from(shared))
    outputs = [message["content"] for messages in shared for message in messages if message["role"] == "tool"]
    hashes = st.one_of(keys, st.sampled_from([key_of(text) for text in outputs] or [""]))
    return draw(st.lists(st.one_of(ask, st.tuples(st.just("retrieve"), hashes)), min_size=1, max_size=4))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nobody_can_tell_what_another_tenant_does(data: st.DataObject) -> None:
    shared = data.draw(st.lists(chats(), min_size=1, max_size=2))
    mine, others = data.draw(deeds(shared)), data.draw(deeds(shared))
    turns = data.draw(st.permutations(["me"] * len(mine) + ["other"] * len(others)))

    async def heard(turns: Sequence[str]) -> list[Any]:
        tenants, left = Tenants(), {"me": [*mine], "other": [*others]}
        for who in turns:
            deed, what = left[who].pop(0)
            await getattr(tenants, deed)(who, what)
        return tenants.heard["me"]

    assert asyncio.run(heard(turns)) == asyncio.run(heard([who for who in turns if who == "me"]))


@given(st.data())
def test_entries_of_different_tenants_never_meet(data: st.DataObject) -> None:
    put = data.draw(st.dictionaries(st.tuples(names, names), st.binary(max_size=5), max_size=6))
    asked = data.draw(st.lists(st.tuples(names, names), max_size=6))

    async def check() -> None:
        store = MemoryStore()
        for (tenant, key), value in put.items():
            await store.put(tenant, key, value, 60)
        for place in [*put, *asked]:
            assert await store.get(*place) == put.get(place, Absent.MISSING)

    asyncio.run(check())


@given(st.sampled_from(SCOPES), st.tuples(*[st.none() | names] * 4), st.tuples(*[st.none() | names] * 4))
def test_two_share_only_what_the_scope_or_else_the_key_says(scope: str, one: tuple[Any], other: tuple[Any]) -> None:
    users = [SimpleNamespace(**dict(zip(OWNERS, values, strict=True))) for values in (one, other)]
    tenants = [tenant_of(user, scope) for user in users]

    if tenants[0] == tenants[1] != "":
        owner = dict(zip(SCOPES, ("token", "user_id", "team_id", "org_id"), strict=True))[scope]
        same = [name for name in (owner, *OWNERS) if getattr(users[0], name) or getattr(users[1], name)]
        assert getattr(users[0], same[0]) == getattr(users[1], same[0])


@settings(max_examples=60, deadline=None)
@given(chats(), planted, st.data())
def test_planted_markers_fail_nothing_and_ask_the_store_nothing(
    messages: list[dict[str, Any]], text: str, data: st.DataObject
) -> None:
    for role in data.draw(st.lists(st.sampled_from(["system", "user", "assistant", "tool"]), min_size=1, max_size=4)):
        message = {"role": role, "content": f"before {text} after"}
        where = data.draw(st.integers(0, len(messages)))
        messages.insert(where, {**message, "tool_call_id": "call_0"} if role == "tool" else message)

    async def check() -> None:
        tenants = Tenants()
        sent = await tenants.ask("me", messages)
        assert tenants.engine.counters.get("fail_open", cause="compress") == 0
        assert len(sent["messages"]) == len(messages)
        assert all(name.startswith("replay-") for name in tenants.engine.store.asked)
        assert len(tenants.engine.store.asked) <= len(messages)
        others = await tenants.ask("other", messages)
        assert others == sent

    asyncio.run(check())


@given(st.one_of(keys, planted, st.text()), st.one_of(st.none(), st.text(max_size=20)))
def test_a_retrieve_call_names_originals_only(hash_: str, more: str | None) -> None:
    """Never the records that are kept beside them."""
    arguments: Mapping[str, Any] = {"hash": hash_, "query": more, "tenant": more, "key": more}

    async def check() -> None:
        store = Counting()
        told = await answer(parse(arguments), {}, store, "me")
        assert told.startswith("headroom_retrieve: ")
        assert all(len(key) == 24 and set(key) <= set("0123456789abcdef") for key in store.asked)
        assert len(store.asked) <= 1

    asyncio.run(check())
