"""Which lines of a text stay: its outline, its beginning and end, and what matters to the reader."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from ...relevance import rank
from .failing import failing_lines
from .named import named_lines

__all__ = ["Limits", "choose"]

_PASSAGE: Final = 12
_BEST_PASSAGES: Final = 8
_LEAD: Final = 3
_FEW_TITLES: Final = 3
_MAX_NAMED: Final = 60
_MAX_FAILING: Final = 100
_SHORT: Final = 60
_SHORT_SHARE: Final = 0.5
_OUTLINE_SHARE: Final = 0.5
_RELEVANT_SHARE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Limits:
    """Characters to keep: of the beginning, of the end, and in all. What fails and what is named stays beyond that.
    `fill`: where the outline and what the query is after leave room, short lines and more of the beginning take it."""

    head: int
    tail: int
    budget: int
    fill: bool = False


def choose(lines: Sequence[str], titles: Sequence[int], query: str, limits: Limits) -> set[int]:
    """The numbers of the lines to keep; `titles` are those of the headings."""
    text = "\n".join(lines)
    starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
    keep = set(_while_short(range(len(lines)), starts, limits.head))
    keep |= set(_while_short(range(len(lines) - 1, -1, -1), starts, limits.tail))
    keep |= named_lines(lines, query, limit=_MAX_NAMED, context=2)
    keep.update(failing_lines(text, starts, most=_MAX_FAILING))
    budget = limits.budget - _size(keep, starts)
    budget -= _take([range(i, i + 1) for i in titles], starts, keep, int(budget * _OUTLINE_SHARE), spread=True)
    budget -= _take(_relevant(text, starts, query), starts, keep, int(budget * _RELEVANT_SHARE), spread=False)
    budget -= _take(_first_lines(lines, titles), starts, keep, budget, spread=True)
    if limits.fill:
        _take(_short_lines(lines), starts, keep, int(budget * _SHORT_SHARE), spread=True)
        budget = limits.budget - _size(keep, starts)
        keep.update(_while_short([i for i in range(len(lines)) if i not in keep], starts, budget))
    return keep


def _short_lines(lines: Sequence[str]) -> list[range]:
    """Names and items rather than sentences."""
    return [range(i, i + 1) for i, line in enumerate(lines) if 0 < len(line) <= _SHORT]


def _size(numbers: Iterable[int], starts: Sequence[int]) -> int:
    return sum([starts[i + 1] - starts[i] for i in numbers])


def _while_short(order: Iterable[int], starts: Sequence[int], limit: int) -> list[int]:
    taken: list[int] = []
    for i in order:
        limit -= starts[i + 1] - starts[i]
        if limit < 0:
            break
        taken.append(i)
    return taken


def _take(wanted: Sequence[range], starts: Sequence[int], keep: set[int], limit: int, *, spread: bool) -> int:
    """Keep as many of the passages as the limit has room for: the first ones, or some at even distances. Returns the
    characters used."""
    costs = [_size([i for i in passage if i not in keep], starts) for passage in wanted]
    step = max(1.0, sum(costs) / limit) if limit > 0 else math.inf
    order = [int(k * step) for k in range(int(len(wanted) / step))] if spread else range(len(wanted))
    used = 0
    for k in order:
        if 0 < costs[k] <= limit - used:
            used += costs[k]
            keep.update(wanted[k])
    return used


def _relevant(text: str, starts: Sequence[int], query: str) -> list[range]:
    """The passages that score best for the query, best first."""
    count = len(starts) - 1
    firsts = range(0, count, _PASSAGE)
    ends = [min(count, first + _PASSAGE) for first in firsts]
    scores = rank(query, [text[starts[first] : starts[end] - 1] for first, end in zip(firsts, ends, strict=True)])
    best = max(scores, default=0.0)
    order = sorted(
        (-score, first, end) for score, first, end in zip(scores, firsts, ends, strict=True) if score > best / 3
    )
    return [range(first, end) for _, first, end in order[:_BEST_PASSAGES]]


def _first_lines(lines: Sequence[str], titles: Sequence[int]) -> list[range]:
    """The first lines with text under each heading; where there are hardly any, the first lines of each paragraph."""
    starts = titles
    if len(titles) < _FEW_TITLES:
        starts = [i - 1 for i, line in enumerate(lines) if line and (not i or not lines[i - 1])]
    found = []
    for start, following in pairwise([*starts, len(lines)]):
        first = next((i for i in range(start + 1, min(following, start + 5)) if lines[i].strip()), None)
        if first is not None:
            found.append(range(first, min(following, first + _LEAD)))
    return found
