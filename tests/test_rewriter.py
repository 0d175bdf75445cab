"""The place where a conversation is rewritten never changes what becomes of it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from headroom_litellm import pipeline, rewriter
from headroom_litellm.conversation import Conversation
from headroom_litellm.offload import Deadline, WorkerLost
from headroom_litellm.pipeline import Rewrite, rewrite
from headroom_litellm.rewriter import Rewriter
from headroom_litellm.settings import Settings
from headroom_litellm.wire import Chat

from . import jobs

TOOL = {"type": "function", "function": {"name": "sh", "parameters": {"type": "object", "properties": {}}}}
SETTINGS = Settings(proactive_expansion=True)


def output(seed: int) -> str:
    rows = [{"id": n, "value": (n * seed * 7919) % 1009, "name": f"row {n} of {seed}"} for n in range(400)]
    return json.dumps(rows, indent=1) if seed % 2 else "\n".join(f"{n}: seed {seed} {n * 31 % 97}" for n in range(900))


def conversation(turns: int) -> Conversation:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Look at all rows, please."}]
    for turn in range(turns):
        call = {"id": f"c{turn}", "type": "function", "function": {"name": "sh", "arguments": json.dumps({"n": turn})}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{turn}", "content": output(turn // 2)})
        messages.append({"role": "user", "content": f"And row {turn * 37} of {turn // 2}, value and name?"})
    return replace(Chat().read({"messages": messages, "tools": [TOOL]}), retrievable=True)


def forget() -> None:
    pipeline._folds.clear()


def expected(turns: int) -> Rewrite:
    forget()
    result = rewrite(conversation(turns), SETTINGS)
    forget()
    return result


@pytest.fixture
async def apart(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rewriter]:
    """Rewrites everything in another process."""
    monkeypatch.setattr(rewriter, "_LONG", 0)
    apart = Rewriter(1)
    yield apart
    apart.close()


def sent(apart: Rewriter, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many turns each job has."""
    counts: list[int] = []
    run = apart._pool.run

    async def counted(worker: Any, deadline: Any, work: Any, stretch: Any, *more: Any) -> Any:
        counts.append(len(stretch.turns))
        return await run(worker, deadline, work, stretch, *more)

    monkeypatch.setattr(apart._pool, "run", counted)
    return counts


@pytest.mark.parametrize(("quick", "digested", "long"), [(10**9, 10**9, 10**9), (0, 0, 10**9), (0, 0, 0)])
async def test_every_place_gives_the_same(
    monkeypatch: pytest.MonkeyPatch, quick: int, digested: int, long: int
) -> None:
    for name, value in {"_QUICK": quick, "_DIGESTED": digested, "_LONG": long}.items():
        monkeypatch.setattr(rewriter, name, value)
    somewhere = Rewriter(1)
    wanted = expected(5)
    assert wanted.compressed
    assert wanted.expanded
    for turns in (1, 2, 5, 5, 3):
        result = await somewhere.rewrite(conversation(turns), SETTINGS, Deadline(60))
        assert result == (wanted if turns == 5 else expected(turns))
    somewhere.close()


async def test_a_later_turn_sends_only_what_is_new(apart: Rewriter, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = sent(apart, monkeypatch)
    for turns in (2, 3, 3):
        await apart.rewrite(conversation(turns), SETTINGS, Deadline(60))
    assert counts == [7, 3, 0]


async def test_originals_are_not_held_twice(apart: Rewriter) -> None:
    asked = conversation(3)
    result = await apart.rewrite(asked, SETTINGS, Deadline(60))
    texts = {id(segment.text) for _, segment in asked.segments()}
    assert result.compressed
    assert all(id(item.original) in texts for item in result.compressed)
    assert all(id(original) in texts for original in result.originals.values())


async def test_a_worker_that_is_lost_is_not_missed(apart: Rewriter) -> None:
    await apart.rewrite(conversation(2), SETTINGS, Deadline(60))
    worker = apart._pool.worker()
    assert worker is not None
    os.kill(await apart._pool.run(worker, Deadline(60), jobs.process), signal.SIGKILL)
    assert await apart.rewrite(conversation(3), SETTINGS, Deadline(60)) == expected(3)


async def test_what_ends_a_worker_is_not_done_here(apart: Rewriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriter, "_told", jobs.dies)
    with pytest.raises(WorkerLost):
        await apart.rewrite(conversation(2), SETTINGS, Deadline(60))


async def test_where_no_worker_can_be_had_it_is_done_here(apart: Rewriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert await apart.rewrite(conversation(2), SETTINGS, Deadline(60)) == expected(2)


async def test_a_worker_that_has_forgotten_is_told_again(apart: Rewriter, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = sent(apart, monkeypatch)
    await apart.rewrite(conversation(2), SETTINGS, Deadline(60))
    worker = apart._pool.worker()
    assert worker is not None
    await apart._pool.run(worker, Deadline(60), jobs.forget, pipeline.Stretch((), (), 0, False))
    assert await apart.rewrite(conversation(3), SETTINGS, Deadline(60)) == expected(3)
    assert counts == [7, 0, 3, 10]
