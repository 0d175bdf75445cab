"""What other requests to the same worker feel of one that brings five megabytes of tool output, new each time."""

from __future__ import annotations

import asyncio
import time

from tests.compressors.examples import EXAMPLES

from .process import waited_for_cpu
from .requests import PATHS, big_request, small_chat
from .sides import PLAIN, Side
from .table import Row, quantile

__all__ = ["KINDS", "measure"]

KINDS = {"log": "log", "rows": "json", "code": "code", "prose": "text", "diff": "diff"}
_EVERY = 0.1
_BEFORE = 1.0
_Small = tuple[float, float]
"""A latency, and how long of it the proxy's event loop had no CPU."""


async def measure(sides: list[Side], kind: str, *, rounds: int) -> list[Row]:
    """Small chats at a fixed rate, from a second before the large request to a second behind its answer."""
    text = EXAMPLES[KINDS[kind]].large(5)
    latencies: dict[str, list[float]] = {side.name: [] for side in sides}
    alone: dict[str, list[float]] = {side.name: [] for side in sides}
    quiet: dict[str, list[float]] = {side.name: [] for side in sides}
    bigs: dict[str, list[float]] = {side.name: [] for side in sides}
    faults = dict.fromkeys(latencies, 0)
    for side in sides:
        await side.client.post(PATHS["chat"], big_request("chat", text[:200_000]))
    for turn in range(rounds):
        for side in sides if turn % 2 == 0 else reversed(sides):
            # New to the proxy from the first line on.
            body = big_request("chat", f"Run {turn} of {side.name}, {time.time_ns()}\n{text}")
            before, during, took, fault = await _one(side, body)
            quiet[side.name] += [latency for latency, _ in before]
            latencies[side.name] += [latency for latency, _ in during]
            alone[side.name] += [latency - waited for latency, waited in during]
            bigs[side.name].append(took)
            faults[side.name] += fault
    rows = []
    for side in sides:
        plain, own = latencies[PLAIN], latencies[side.name]
        rows.append(
            Row(
                f"beside 5 MB of {kind}",
                side.name,
                quiet_p50_ms=1000 * quantile(quiet[side.name], 0.5),
                p50_ms=1000 * quantile(own, 0.5),
                p99_ms=1000 * quantile(own, 0.99),
                max_ms=1000 * max(own),
                p99_added_ms=1000 * (quantile(own, 0.99) - quantile(plain, 0.99)),
                max_added_ms=1000 * (max(own) - max(plain)),
                on_cpu_p99_ms=1000 * quantile(alone[side.name], 0.99),
                on_cpu_max_ms=1000 * max(alone[side.name]),
                big_s=quantile(bigs[side.name], 0.5),
                requests=len(own),
                faults=faults[side.name],
            )
        )
    return rows


async def _one(side: Side, big: bytes) -> tuple[list[_Small], list[_Small], float, int]:
    """Small requests before and beside the large one, its own latency, and how many answers were wrong."""
    before: list[_Small] = []
    during: list[_Small] = []
    faults = 0
    client = side.client

    async def small(into: list[_Small]) -> None:
        nonlocal faults
        waited, start = waited_for_cpu(side.pid), time.perf_counter()
        answer = await client.post(PATHS["chat"], small_chat("chat", "small", stream=False))
        into.append((time.perf_counter() - start, waited_for_cpu(side.pid) - waited))
        faults += answer.status != 200

    sent = []
    end = time.perf_counter() + _BEFORE
    while time.perf_counter() < end:
        sent.append(asyncio.create_task(small(before)))
        await asyncio.sleep(_EVERY)
    large = asyncio.create_task(client.post(PATHS["chat"], big))
    end = 0.0
    while not end or time.perf_counter() < end:
        sent.append(asyncio.create_task(small(during)))
        await asyncio.sleep(_EVERY)
        if large.done() and not end:
            end = time.perf_counter() + _BEFORE
    await asyncio.gather(*sent)
    answer = await large
    return before, during, answer.total, faults + (answer.status != 200)
