"""Many streams at once: whether each says what it should, when it begins and ends, and what memory they take."""

from __future__ import annotations

import asyncio
import re

import orjson

from .client import Answer
from .provider import text_of
from .requests import PATHS, Agent, Format
from .sides import PLAIN, Side
from .table import Row, quantile

__all__ = ["measure"]

_DATA = re.compile(rb"data: (\{.*\})")


async def measure(sides: list[Side], form: Format, *, streams: int, rounds: int) -> list[Row]:
    """One slow stream a connection, all opened at once; requests declare tools, so that the streams are spliced."""
    firsts: dict[str, list[float]] = {side.name: [] for side in sides}
    totals: dict[str, list[float]] = {side.name: [] for side in sides}
    faults = dict.fromkeys(firsts, 0)
    memory = dict.fromkeys(firsts, 0)
    for side in sides:
        await asyncio.gather(*(_one(side, form, f"warm-{number}") for number in range(8)))
    for turn in range(rounds):
        for side in sides if turn % 2 == 0 else reversed(sides):
            answers = asyncio.gather(*(_one(side, form, f"{turn}-{number}") for number in range(streams)))
            while not answers.done():
                memory[side.name] = max(memory[side.name], side.use().rss)
                await asyncio.wait({answers}, timeout=0.5)
            for number, answer in enumerate(await answers):
                faults[side.name] += not _is_right(answer, form, f"{turn}-{number}")
                if answer is not None:
                    firsts[side.name].append(answer.first)
                    totals[side.name].append(answer.total)
    return [
        Row(
            f"{streams} streams at once, {form}",
            side.name,
            first_p50_s=quantile(firsts[side.name], 0.5),
            first_p99_s=quantile(firsts[side.name], 0.99),
            total_p50_s=quantile(totals[side.name], 0.5),
            total_p50_of_plain=quantile(totals[side.name], 0.5) / quantile(totals[PLAIN], 0.5),
            rss_mb=memory[side.name] / 1e6,
            streams=len(totals[side.name]),
            faults=faults[side.name],
        )
        for side in sides
    ]


async def _one(side: Side, form: Format, tag: str) -> Answer | None:
    body = Agent(form, tag, stream=True, history=5_000, variant="-paced").body()
    try:
        return await side.client.post(PATHS[form], body)
    except ConnectionError:
        return None


def _is_right(answer: Answer | None, form: Format, tag: str) -> bool:
    return answer is not None and answer.status == 200 and said(answer.body, form) == text_of(tag)


def said(stream: bytes, form: Format) -> str:
    """The text of a stream."""
    events = [orjson.loads(data) for data in _DATA.findall(stream)]
    if form == "messages":
        return "".join(event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta")
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])
