"""A column of numbers: what lies far outside it, and where its level changes for good. For statistics only: what is
shown of a number is always its literal."""

from __future__ import annotations

import heapq
import math
import operator
import re
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Any, Final

from .scan import Node

__all__ = ["numbers_of", "odd_ones", "turning_points"]

_MAX_ODD = 2
_MAX_TURNS = 2
_FAR = 8.0
_PROBES = 5
_MIN_SPAN = 16
_MAX_EXACT: Final = 2_000
"""Longer columns are searched in steps of their means first: what changes for good shows there as well."""

_NUMBER = re.compile(r'"?(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)"?')
_DIGITS = re.compile(r'[0-9.eE+\n"-]*')
_EMPTY = ("null", '""', '"-"')


def numbers_of(cells: Sequence[Node | None]) -> list[float | None] | None:
    """The cells as numbers, if nearly all of them that hold anything are numbers (or strings of nothing else)."""
    present = [cell for cell in islice(cells, 0, None, max(1, len(cells) // _PROBES)) if cell not in (None, *_EMPTY)]
    if sum([_digit_first(cell) for cell in present]) * 2 < len(present):
        return None
    where = [k for k, cell in enumerate(cells) if cell is not None and cell not in _EMPTY]
    if len(where) < 4:
        return None
    numbers: list[float | None] = [None] * len(cells)
    values = _all_numbers([cells[k] for k in where])
    if values is not None:
        if len(values) == len(cells):
            return values
        for k, value in zip(where, values, strict=True):
            numbers[k] = value
        return numbers
    misses = 0
    for k in where:
        numbers[k] = _number(cells[k])
        misses += numbers[k] is None
        if misses * 10 > len(where):
            return None
    return numbers


def _digit_first(cell: Node | None) -> bool:
    return isinstance(cell, str) and cell[:4].lstrip('"-')[:1].isdigit()


def _all_numbers(cells: Sequence[Any]) -> list[Any] | None:
    """The cells as numbers, if they all are, without a look at each."""
    try:
        if _DIGITS.fullmatch("\n".join(cells)):
            numbers = list(map(float, [cell.strip('"') for cell in cells] if cells[0][0] == '"' else cells))
            return numbers if all(map(math.isfinite, numbers)) else None
    except (TypeError, ValueError):
        pass
    return None


def _number(cell: Node | None) -> float | None:
    match = _NUMBER.fullmatch(cell) if isinstance(cell, str) and len(cell) < 40 else None
    return float(match[1]) if match else None


def odd_ones(numbers: Sequence[float | None]) -> list[int]:
    """The few that lie farthest outside the column, if they lie far outside (by the median absolute deviation)."""
    values = [n for n in numbers if n is not None]
    some = values[:: max(1, len(values) // _MAX_EXACT)]
    middle = _median(some)
    spread = _median([abs(n - middle) for n in some])
    if not spread:
        apart = [abs(n - middle) for n in values if n != middle]
        if not apart or len(apart) > max(2, len(values) // 20):
            return _lone_peak(numbers)
        spread = sum(apart) / len(values)
    low, high = middle - _FAR * spread, middle + _FAR * spread
    if low <= min(values) and max(values) <= high:
        return []
    far = ((abs(n - middle), -k) for k, n in enumerate(numbers) if n is not None and not low <= n <= high)
    return [-k for _, k in heapq.nlargest(_MAX_ODD, far)]


def _median(values: Sequence[float]) -> float:
    ranked = sorted(values)
    return (ranked[len(ranked) // 2] + ranked[(len(ranked) - 1) // 2]) / 2


def _lone_peak(numbers: Sequence[float | None]) -> list[int]:
    """The greatest by size, where it stands far above the next."""
    sizes = heapq.nlargest(2, ((abs(n), -k) for k, n in enumerate(numbers) if n is not None))
    return [-sizes[0][1]] if len(sizes) == 2 and sizes[0][0] > 3 * sizes[1][0] else []


def turning_points(numbers: Sequence[float | None]) -> list[int]:
    """Where the level of the column changes for good; a column that only climbs or falls has no turning point."""
    known = [k for k, n in enumerate(numbers) if n is not None]
    if len(known) < _MIN_SPAN:
        return []
    values = [n for n in numbers if n is not None]
    rises = sum(map(operator.ge, islice(values, 1, None), values))
    falls = sum(map(operator.le, islice(values, 1, None), values))
    if max(rises, falls) >= 0.95 * (len(values) - 1) and min(rises, falls) < 0.5 * len(values):
        return []
    step = max(1, len(values) // _MAX_EXACT)
    means = values if step == 1 else [sum(values[k : k + step]) / step for k in range(0, len(values) - step + 1, step)]
    turns: list[int] = []
    spans = [(0, len(means))]
    while spans and len(turns) < _MAX_TURNS:
        start, end = spans.pop(0)
        turn = _turn(means, start, end)
        if turn is not None:
            turns.append(turn)
            spans += [(start, turn), (turn, end)]
    return [known[_exact(values, turn, step)] for turn in turns]


def _exact(values: Sequence[float], turn: int, step: int) -> int:
    if step == 1:
        return turn
    reach = max(_MIN_SPAN, 4 * step)
    place = _turn(values, max(0, turn * step - reach), min(len(values), turn * step + reach))
    return turn * step if place is None else place


def _turn(values: Sequence[float], start: int, end: int) -> int | None:
    """The best place to split the span in two levels, if that explains most of its spread (CUSUM)."""
    size = end - start
    if size < _MIN_SPAN:
        return None
    span = values[start:end]
    mean = sum(span) / size
    apart = [n - mean for n in span]
    spread = sum([n * n for n in apart])
    if not 0 < spread < math.inf:
        return None
    gains = [total * total / (k * (size - k)) for k, total in enumerate(islice(accumulate(apart), size - 1), 1)]
    best = max(gains[3 : size - 4])
    return start + gains.index(best, 3) + 1 if best * size > 0.6 * spread else None
