"""Everything that changes a request, on at once, over recorded sessions."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore
from headroom_litellm.wire import Chat

from .test_promises import recorded

ON = {
    "aligner": "move",
    "align_tools": True,
    "output_shaper": True,
    "output_holdout": 0,
    "proactive_expansion": True,
    "budget": {"context_window": 30_000, "stale": True, "expected_turns": 40},
    "worker_processes": 0,
}


def request(messages: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """A request of a client that tells the time and shuffles its tools at every turn."""
    clock = {"role": "system", "content": f"You are at work. It is 2026-01-02 10:{number % 60:02}:{number % 59:02}."}
    schema = {"$schema": "https://json-schema.org/draft-07/schema", "type": "object", "title": "x", "properties": {}}
    tools = [
        {"type": "function", "function": {"name": name, "description": f"{name}\n", "parameters": schema}}
        for name in ("bash", "read", "edit")
    ]
    return {"model": "gpt", "messages": [clock, *messages], "tools": tools[number % 3 :] + tools[: number % 3]}


def cleared(items: list[dict[str, Any]]) -> int:
    """How much has been cleared: of rounds that are left out their number counts."""
    said = json.dumps(items)
    return (
        said.count("cleared to make room") + said.count("cleared after the call") + 1000 * said.count("left out here")
    )


@pytest.mark.parametrize("messages", list(recorded()))
async def test_every_call_extends_the_one_before_but_at_an_event(messages: list[dict[str, Any]]) -> None:
    engine = Engine(load_settings(ON), MemoryStore())
    sent: list[dict[str, Any]] = []
    for end in (end for end, message in enumerate(messages) if message["role"] == "assistant" and end):
        exchange = Exchange(Chat(), "acompletion", "tenant", model="gpt")
        body = request(messages[:end], end)
        sent.append({**body, **await engine.compress(exchange, body)})
    for one in sent:
        assert "2026-01-02 10:" in one["messages"][-1]["content"]
        assert "2026-01-02 10:" not in json.dumps(one["messages"][:-1])
    events = 0
    for former, later in pairwise(sent):
        assert later["tools"] == former["tools"]
        before, after = former["messages"][:-1], later["messages"][:-1]
        if after[: len(before)] != before:
            assert cleared(after) != cleared(before)
            events += 1
    assert events <= max(1, len(sent) // 8)
    failed = {name: count for name, count in engine.counters.snapshot().items() if name.startswith("fail_open")}
    assert failed == {}
