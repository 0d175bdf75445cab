"""The place where a conversation is rewritten never changes what becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import random
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from headroom_litellm import pipeline, rewriter
from headroom_litellm.conversation import Conversation
from headroom_litellm.fold import Fold
from headroom_litellm.offload import Deadline, WorkerLost
from headroom_litellm.pipeline import Rewrite, rewrite
from headroom_litellm.rewriter import Rewriter
from headroom_litellm.settings import load_settings
from headroom_litellm.wire import Chat, Messages

from . import jobs

TOOL = {"type": "function", "function": {"name": "sh", "parameters": {"type": "object", "properties": {}}}}
SETTINGS = load_settings({"proactive_expansion": True, "compress_cache": {"expansion_threshold": 0.1}})


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
    assert counts == [7, 3]


async def test_the_same_again_is_known_whatever_became_of_the_worker(
    apart: Rewriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = sent(apart, monkeypatch)
    first = await apart.rewrite(conversation(2), SETTINGS, Deadline(60))
    apart.close()
    assert await apart.rewrite(conversation(2), SETTINGS, Deadline(60)) == first
    assert counts == [7]


async def test_what_was_told_is_held_without_the_originals(apart: Rewriter) -> None:
    large = conversation(3)
    await apart.rewrite(large, SETTINGS, Deadline(60))
    texts = [segment.text for _, segment in large.segments() if segment.kind == "result"]
    (held,) = apart._afar._entries.values()
    assert held.changes
    assert not any(text in pickle.dumps(held.changes).decode("latin-1") for text in texts if text.isascii())
    assert held.weight < sum(map(len, texts))


async def test_after_a_missed_deadline_the_worker_that_began_goes_on(
    monkeypatch: pytest.MonkeyPatch, apart: Rewriter
) -> None:
    apart._pool._size = 3
    begun = []
    run = apart._pool.run

    async def late(worker: Any, deadline: Any, *more: Any) -> Any:
        begun.append(worker)
        if len(begun) > 1:
            return await run(worker, deadline, *more)
        await run(worker, deadline, jobs.process)
        other.append(asyncio.create_task(run(worker, deadline, jobs.until_stopped)))
        return await run(worker, Deadline(0.05), jobs.until_stopped)

    other: list[Any] = []
    monkeypatch.setattr(apart._pool, "run", late)
    with pytest.raises(TimeoutError):
        await apart.rewrite(conversation(2), SETTINGS, Deadline(60))
    assert await apart.rewrite(conversation(3), SETTINGS, Deadline(60)) == expected(3)
    assert begun[0] is begun[1]
    other[0].cancel()


async def test_what_looked_quick_and_is_not_leaves_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()
    step = Fold.step

    def slow(fold: Fold, *more: Any) -> None:
        threads.add(threading.current_thread())
        time.sleep(0.01)
        step(fold, *more)

    asked = conversation(2)
    wanted = expected(2)
    # Another thread takes out the fold between the look and the work.
    monkeypatch.setattr(rewriter, "known_turns", lambda stretch: len(stretch.turns))
    monkeypatch.setattr(Fold, "step", slow)
    here = Rewriter(0)
    assert await here.rewrite(asked, SETTINGS.model_copy(update={"proactive_expansion": False}), Deadline(60))
    assert threading.main_thread() in threads
    assert len(threads) == 2
    monkeypatch.undo()
    assert await here.rewrite(asked, SETTINGS, Deadline(60)) == wanted


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
    monkeypatch.setattr(rewriter, "carry_on", jobs.dies)
    for _ in range(4):
        with pytest.raises(WorkerLost):
            await apart.rewrite(conversation(2), SETTINGS, Deadline(60))
    assert apart._pool.worker() is None
    with pytest.raises(WorkerLost):
        await apart.rewrite(conversation(3), SETTINGS, Deadline(60))
    monkeypatch.undo()
    assert await apart.rewrite(conversation(1), SETTINGS, Deadline(60)) == expected(1)


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


async def test_branches_cancellations_and_losses_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    wanted = {turns: expected(turns) for turns in range(1, 6)}
    somewhere = Rewriter(2)

    async def one() -> None:
        places = chance.choice([(10**9, 10**9, 10**9), (0, 0, 10**9), (0, 0, 0), (0, 0, 0), (4_000, 200_000, 9_000)])
        for name, value in zip(("_QUICK", "_DIGESTED", "_LONG"), places, strict=True):
            monkeypatch.setattr(rewriter, name, value)
        turns = chance.randint(1, 5)
        task = asyncio.create_task(somewhere.rewrite(conversation(turns), SETTINGS, Deadline(60)))
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() * 0.05)
            task.cancel()
        # What two lost workers were at is not done here: it goes out as it came.
        with contextlib.suppress(asyncio.CancelledError, WorkerLost):
            assert await task == wanted[turns]

    for _ in range(40):
        tasks = [asyncio.create_task(one()) for _ in range(chance.randint(1, 4))]
        await asyncio.sleep(chance.random() * 0.05)
        if chance.random() < 0.2 and (worker := somewhere._pool.worker()) is not None:
            worker.end()
        if chance.random() < 0.3:
            forget()
        await asyncio.gather(*tasks)
        somewhere._pool._losses.clear()
    somewhere.close()


def test_parts_of_one_call_and_two_calls_alike_are_told_apart() -> None:
    """Their texts are the same, one by one; the names by which a later output refers to them are not."""

    def talk(second: str) -> Conversation:
        uses = [{"type": "tool_use", "id": id_, "name": "sh", "input": {"command": "make"}} for id_ in ("a", second)]
        texts = ["\n".join(f"{word} {n} and some more {n * n}" for n in range(60)) for word in ("line", "other")]
        results = [
            {"type": "tool_result", "tool_use_id": id_, "content": text}
            for id_, text in zip(("a", second), texts, strict=True)
        ]
        last = {"type": "tool_use", "id": "c", "name": "sh", "input": {"command": "cat x"}}
        again = {"type": "tool_result", "tool_use_id": "c", "content": texts[1] + "\nmore"}
        messages = [
            {"role": "assistant", "content": uses},
            {"role": "user", "content": results},
            {"role": "assistant", "content": [last]},
            {"role": "user", "content": [again]},
        ]
        return Messages().read({"messages": messages})

    forget()
    alone = rewrite(talk("b"), SETTINGS)
    forget()
    first = talk("a")
    rewrite(replace(first, turns=first.turns[:2]), SETTINGS)
    assert rewrite(talk("b"), SETTINGS) == alone
