"""Mixed traffic for a long time, to all sides at once: whether memory, files, threads and processes stay the same."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field

from .client import Answer, Client
from .process import Use
from .requests import PATHS, Agent, Format, output_of, small_chat
from .sides import Side
from .table import Row

__all__ = ["measure"]

_EVERY = 5.0
_RATE = 15.0
"""Requests a second to each side: less than they can do, so that every side gets the same, and enough to fill what is
remembered of conversations (128 MiB) within minutes."""
_AGENTS = 12
_MOST_HISTORY = 150_000


@dataclass
class _Sample:
    minutes: float
    use: Use


@dataclass
class _Traffic:
    """What is sent to one side. Sides with the same seed get the same."""

    client: Client
    random: random.Random
    agents: list[Agent] = field(default_factory=list)
    sent: int = 0
    faults: int = 0

    async def one(self) -> None:
        form: Format = self.random.choice(("chat", "messages"))
        stream = self.random.random() < 0.5
        kind = self.random.choices(("small", "agent", "asks", "leave"), (3, 5, 1, 1))[0]
        number, self.sent = self.sent, self.sent + 1
        if kind == "small":
            body = small_chat(form, f"soak-{number}", stream=stream)
        elif kind == "leave":
            body = Agent(form, f"soak-{number}", stream=True, history=5_000, variant="-paced").body()
        else:
            agent = self._agent(form)
            agent.stream, agent.variant = stream, "-asks" if kind == "asks" else ""
            # Now and then an output that is worth compressing.
            agent.go_on()
            if self.random.random() < 0.3:
                agent.see(output_of(self.random, self.random.randrange(2_000, 20_000)))
            body = agent.body()
        try:
            if kind == "leave":
                await self.client.leave(PATHS[form], body, after=self.random.uniform(0.05, 1.5))
                return
            answer = await self.client.post(PATHS[form], body)
            self.faults += not _is_right(answer)
        except ConnectionError:
            self.faults += 1

    def _agent(self, form: Format) -> Agent:
        """One at work, or a new one in the place of one whose history has grown long."""
        at = self.random.randrange(_AGENTS // 2) * 2 + (form == "chat")
        while len(self.agents) < _AGENTS:
            self.agents.append(self._new("chat" if len(self.agents) % 2 else "messages"))
        if self.agents[at].size > _MOST_HISTORY:
            self.agents[at] = self._new(form)
        return self.agents[at]

    def _new(self, form: Format) -> Agent:
        return Agent(form, f"soak-agent-{self.random.randrange(10**9)}", stream=False, history=20_000)


async def measure(sides: list[Side], *, minutes: float) -> tuple[list[Row], dict[str, list[dict[str, float]]]]:
    """The table's figures compare the last quarter with the second one: by then all that fills up once is full."""
    start = time.perf_counter()
    samples: dict[str, list[_Sample]] = {side.name: [] for side in sides}
    traffic = {side.name: _Traffic(side.client, random.Random(1)) for side in sides}
    loads = [asyncio.create_task(_load(one, start + 60 * minutes)) for one in traffic.values()]
    while not all(load.done() for load in loads):
        for side in sides:
            samples[side.name].append(_Sample((time.perf_counter() - start) / 60, side.use()))
        await asyncio.wait(loads, timeout=_EVERY)
    for load in loads:
        await load
    rows = [_row(side.name, samples[side.name], traffic[side.name], minutes) for side in sides]
    raw = {
        name: [
            {
                "minutes": round(one.minutes, 2),
                "rss_mb": round(one.use.rss / 1e6, 1),
                "own_rss_mb": round(one.use.own_rss / 1e6, 1),
                "fds": one.use.fds,
                "threads": one.use.threads,
                "processes": one.use.processes,
            }
            for one in taken
        ]
        for name, taken in samples.items()
    }
    return rows, raw


async def _load(traffic: _Traffic, end: float) -> None:
    running: set[asyncio.Task[None]] = set()
    due = time.perf_counter()
    while due < end:
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        due += 1 / _RATE
        if len(running) < 100:
            task = asyncio.create_task(traffic.one())
            running.add(task)
            task.add_done_callback(running.discard)
    await asyncio.gather(*running)


def _is_right(answer: Answer) -> bool:
    return answer.status == 200 and b"Answer to" in answer.body and b"headroom_retrieve" not in answer.body


def _row(name: str, samples: list[_Sample], traffic: _Traffic, minutes: float) -> Row:
    warm = [one for one in samples if one.minutes >= minutes / 4] or samples
    early = [one for one in warm if one.minutes <= minutes / 2] or warm
    late = [one for one in warm if one.minutes >= minutes * 3 / 4] or warm

    def median(of: list[_Sample], figure: str) -> float:
        return float(statistics.median(getattr(one.use, figure) for one in of))

    slope = _slope([(one.minutes, one.use.rss / 1e6) for one in warm])
    return Row(
        f"soak of {minutes:g} min",
        name,
        requests=traffic.sent,
        faults=traffic.faults,
        rss_mb=median(late, "rss") / 1e6,
        rss_late_of_early=median(late, "rss") / median(early, "rss"),
        rss_mb_an_hour=60 * slope,
        fds_early=median(early, "fds"),
        fds_late=median(late, "fds"),
        threads_late=median(late, "threads"),
        threads_early=median(early, "threads"),
        processes_late=median(late, "processes"),
    )


def _slope(points: list[tuple[float, float]]) -> float:
    """Of the line that fits best."""
    if len({x for x, _ in points}) < 2:
        return 0.0
    return float(statistics.linear_regression(*zip(*points, strict=True)).slope)
