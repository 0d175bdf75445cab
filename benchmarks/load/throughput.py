"""Requests a second at saturation, latency at a moderate rate, CPU time a request."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .client import Client
from .provider import text_of
from .requests import PATHS, Agent, Format, small_chat
from .sides import PLAIN, Side
from .table import Row, quantile

__all__ = ["Work", "measure", "works"]

_MOST_HISTORY = 60_000
_FIRST_HISTORY = 40_000
_runs = itertools.count()


@dataclass(frozen=True)
class Work:
    """A kind of request. `agent`: each connection is an agent at work; otherwise small chats."""

    form: Format
    stream: bool
    agent: bool

    @property
    def name(self) -> str:
        what = "agent, 50 KB seen" if self.agent else "small chat"
        return f"{what}, {self.form}{', streamed' if self.stream else ''}"


def works() -> list[Work]:
    return [Work(form, stream, agent) for agent in (False, True) for form in PATHS for stream in (False, True)]


@dataclass
class Slice:
    """So many requests to one side."""

    requests: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)
    faults: int = 0

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


async def measure(
    sides: list[Side], work: Work, *, connections: tuple[int, ...], requests: int, rounds: int, rate_share: float = 0.4
) -> tuple[list[Row], dict[str, Any]]:
    """In slices of so many requests, one side after the other, `rounds` times: closed loops of each number of
    connections, then, at this share of the plain proxy's throughput, requests at a fixed rate (0: none)."""
    rows: list[Row] = []
    raw: dict[str, Any] = {}
    rate = 0.0
    for number in connections:
        sources = {side.name: _Sources(side.client, work, number) for side in sides}
        for side in sides:
            await _closed(side, sources[side.name], requests)
        slices = await _alternate(sides, rounds, lambda side, of=sources: _closed(side, of[side.name], requests))  # type: ignore[misc]
        raw[f"{number} connections"] = _raw(slices)
        rate = rate or rate_share * statistics.median(one.rate for one in slices[PLAIN])
        rows += [_saturated(f"{work.name}, {number} at once", name, slices) for name in slices if name != PLAIN]
    if rate:
        sources = {side.name: _Sources(side.client, work, 16) for side in sides}
        slices = await _alternate(sides, rounds, lambda side: _open(side, sources[side.name], rate, requests))
        raw["moderate rate"] = {"rate": rate, **_raw(slices)}
        rows += [_moderate(f"{work.name}, {rate:.0f}/s", name, slices) for name in slices if name != PLAIN]
    return rows, raw


async def _alternate(sides: list[Side], rounds: int, run: Callable[[Side], Awaitable[Slice]]) -> dict[str, list[Slice]]:
    """Slices by side; each round in the other order, so that no side is always the later one."""
    slices: dict[str, list[Slice]] = {side.name: [] for side in sides}
    for turn in range(rounds):
        for side in sides if turn % 2 == 0 else reversed(sides):
            slices[side.name].append(await run(side))
    return slices


class _Sources:
    """Where requests come from, one source a connection. Agents go on from slice to slice; one whose history has grown
    long is followed by a new one, whose history the proxy has seen before it counts."""

    def __init__(self, client: Client, work: Work, number: int) -> None:
        self.work = work
        self._client = client
        self._agents: list[Agent | None] = [None] * number
        self._tags = [f"{next(_runs)}-{at}" for at in range(number)]

    async def ready(self) -> list[Iterator[tuple[str, bytes]]]:
        if not self.work.agent:
            return [
                itertools.repeat((tag, small_chat(self.work.form, tag, stream=self.work.stream))) for tag in self._tags
            ]
        for at, agent in enumerate(self._agents):
            if agent is None or agent.size > _MOST_HISTORY:
                # Not all of one age, so that slices are alike.
                history = _FIRST_HISTORY + (_MOST_HISTORY - _FIRST_HISTORY) // len(self._agents) * at * (agent is None)
                self._agents[at] = agent = Agent(self.work.form, f"{next(_runs)}", self.work.stream, history)
                await self._client.post(PATHS[self.work.form], agent.body())
        return [_turns(agent) for agent in self._agents if agent is not None]


async def _closed(side: Side, sources: _Sources, requests: int) -> Slice:
    """Each connection sends its next request when the last one is answered."""
    taken = Slice()
    ready = await sources.ready()

    async def loop(bodies: Iterator[tuple[str, bytes]]) -> None:
        for tag, body in itertools.islice(bodies, max(1, requests // len(ready))):
            await _one(side.client, sources.work, tag, body, taken, time.perf_counter())

    cpu, start = side.use().cpu, time.perf_counter()
    await asyncio.gather(*map(loop, ready))
    taken.seconds = time.perf_counter() - start
    taken.cpu = side.use().cpu - cpu
    return taken


async def _open(side: Side, sources: _Sources, rate: float, requests: int) -> Slice:
    """Requests at a fixed rate, whether earlier ones are answered or not; latency counts from when one is due."""
    taken = Slice()
    ready = await sources.ready()
    sent: list[asyncio.Task[None]] = []
    cpu, start = side.use().cpu, time.perf_counter()
    for number in range(requests):
        due = start + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tag, body = next(ready[number % len(ready)])
        sent.append(asyncio.create_task(_one(side.client, sources.work, tag, body, taken, due)))
    await asyncio.gather(*sent)
    taken.seconds = time.perf_counter() - start
    taken.cpu = side.use().cpu - cpu
    return taken


def _turns(agent: Agent) -> Iterator[tuple[str, bytes]]:
    while True:
        agent.go_on()
        yield agent.tag, agent.body()


async def _one(client: Client, work: Work, tag: str, body: bytes, taken: Slice, due: float) -> None:
    answer = await client.post(PATHS[work.form], body)
    taken.latencies.append(time.perf_counter() - due)
    taken.requests += 1
    expected = f"Answer to {tag}:" if work.stream else text_of(tag)
    taken.faults += answer.status != 200 or expected.encode() not in answer.body


def _saturated(what: str, name: str, slices: dict[str, list[Slice]]) -> Row:
    rounds = list(zip(slices[name], slices[PLAIN], strict=True))
    return Row(
        what,
        name,
        throughput=statistics.median(
            (one.requests / one.seconds) / (plain.requests / plain.seconds) for one, plain in rounds
        ),
        cpu=_cpu_ratio(rounds),
        cpu_best=min(one.cpu / one.requests for one, _ in rounds) / min(p.cpu / p.requests for _, p in rounds),
        plain_cpu_ms=1000 * statistics.median(plain.cpu / plain.requests for _, plain in rounds),
        faults=sum(one.faults for one, _ in rounds),
    )


def _moderate(what: str, name: str, slices: dict[str, list[Slice]]) -> Row:
    """Latencies of each slice by themselves, so that a slice that others on the machine have disturbed counts once."""
    rounds = list(zip(slices[name], slices[PLAIN], strict=True))
    added = {
        f"p{100 * share:g}_added_ms": 1000
        * statistics.median(quantile(one.latencies, share) - quantile(plain.latencies, share) for one, plain in rounds)
        for share in (0.5, 0.99)
    }
    return Row(what, name, **added, cpu=_cpu_ratio(rounds), faults=sum(one.faults for one, _ in rounds))


def _cpu_ratio(rounds: list[tuple[Slice, Slice]]) -> float:
    return statistics.median((one.cpu / one.requests) / (plain.cpu / plain.requests) for one, plain in rounds)


def _raw(slices: dict[str, list[Slice]]) -> dict[str, Any]:
    return {
        name: [
            {
                "requests": one.requests,
                "seconds": round(one.seconds, 4),
                "cpu": round(one.cpu, 4),
                "p50_ms": round(1000 * quantile(one.latencies, 0.5), 2),
                "p99_ms": round(1000 * quantile(one.latencies, 0.99), 2),
                "faults": one.faults,
            }
            for one in measured
        ]
        for name, measured in slices.items()
    }
