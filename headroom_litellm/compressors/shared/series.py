"""A column of numbers: what lies far outside it, where its level changes for good, and which part of it each is in.

For statistics only: what is shown of a number is always the source's own text.
"""

from __future__ import annotations

import heapq
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice
from operator import ge, le
from statistics import median
from typing import Final

__all__ = ["Series", "number_of", "numbers_of"]

_MIN_NUMBERS: Final = 4
_PROBE: Final = 12
_MAX_ODD: Final = 2
_MAX_TURNS: Final = 2
_FAR: Final = 8.0
"""So many median deviations from the middle, a number is odd; about 5 sigma."""
_OUTSIDE: Final = 3.0
"""So many median deviations from the middle, a number is in a part of its own; about 2 sigma."""
_MAX_POINTS: Final = 500
"""Of longer columns so many are looked at for the middle, and as many means for where the level changes."""
_MIN_SPAN: Final = 16
_PARTS: Final = 6

_NUMBER: Final = re.compile(r"[\"$€£+]{0,2}(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)([KMGTPkm]i?)?[B%]?\"?")
_GROUPED: Final = re.compile(r"\"?-?[0-9]{1,3}(?:,[0-9]{3}){1,6}(?:\.[0-9]+)?\"?")
_SCALE: Final = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "m": 1e-3}
_NUMERIC: Final = frozenset('0123456789-+."$€£')
_EMPTY: Final = frozenset(
    ["", '""', "-", '"-"', "--", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "<none>", "?"]
)


def number_of(cell: str) -> float | None:
    """The cell as a number, with the unit of a size if it has one."""
    if len(cell) > 40:
        return None
    match = _NUMBER.fullmatch(cell)
    if match is not None:
        return float(match[1]) * (_SCALE[match[2][0]] if match[2] else 1.0)
    return float(cell.strip('"').replace(",", "")) if "," in cell and _GROUPED.fullmatch(cell) else None


def numbers_of(cells: Sequence[str]) -> Sequence[float | None] | None:
    """The cells as numbers, if nearly all of them that hold anything are numbers, in quotes or not."""
    probe = [cell for cell in cells[:: max(1, len(cells) // _PROBE)] if cell not in _EMPTY]
    if sum([cell[0] in _NUMERIC for cell in probe]) * 10 < 8 * len(probe) or not probe:
        return None
    numbers = _plain(cells)
    if numbers is not None:
        return numbers if len(numbers) >= _MIN_NUMBERS else None
    filled = [cell for cell in cells if cell not in _EMPTY]
    known: Sequence[float | None] | None = _plain(filled) if len(filled) < len(cells) else None
    if known is None:
        if sum([number_of(cell) is not None for cell in probe]) * 10 < 8 * len(probe):
            return None
        known = list(map(number_of, filled))
    misses = known.count(None)
    seen = len(known) - misses
    if seen < _MIN_NUMBERS or misses * 10 > seen:
        return None
    rest = iter(known)
    return [None if cell in _EMPTY else next(rest) for cell in cells]


def _plain(cells: Sequence[str]) -> Sequence[float] | None:
    """The cells as numbers, if they all are without a unit, without a look at each."""
    try:
        numbers = list(map(float, [cell.strip('"') for cell in cells] if cells[0][:1] == '"' else cells))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


class Series:
    """What stands out in a column of numbers, at least one of them known."""

    def __init__(self, numbers: Sequence[float | None]) -> None:
        self._numbers = numbers
        self._known = [n for n in numbers if n is not None]
        self._some = sorted(self._known[:: -(-len(self._known) // _MAX_POINTS)])
        self._middle = median(self._some)
        self._spread = median([abs(n - self._middle) for n in self._some])

    def odd_ones(self) -> list[int]:
        """The few that lie farthest outside the column, if they lie far outside."""
        known, middle, spread = self._known, self._middle, self._spread
        if not spread:
            apart = [abs(n - middle) for n in known if n != middle]
            if not apart or len(apart) > max(2, len(known) // 20):
                return self._lone_peak()
            # Nearly all say the same: of the few others, those are odd that are as far off as these are on average.
            spread = sum(apart) / len(apart) / _FAR
        limit = _FAR * spread * 0.999
        low, high = middle - limit, middle + limit
        if low <= min(known) and max(known) <= high:
            return []
        far = [(abs(n - middle), -k) for k, n in enumerate(self._numbers) if n is not None and not low <= n <= high]
        return [-k for _, k in heapq.nlargest(_MAX_ODD, far)]

    def _lone_peak(self) -> list[int]:
        """The greatest by size, where it stands far above the next."""
        sizes = [0.0 if n is None else abs(n) for n in self._numbers]
        greatest, next_to_it = heapq.nlargest(2, sizes)
        return [sizes.index(greatest)] if greatest > 3 * next_to_it else []

    def turning_points(self) -> list[int]:
        """Where the level of the column changes for good; a column that only climbs or falls has no turning point."""
        values = self._known
        if len(values) < _MIN_SPAN:
            return []
        step = -(-len(values) // _MAX_POINTS)
        means = values
        if step > 1:
            means = [sum(values[k : k + step]) / step for k in range(0, len(values) - step + 1, step)]
        rises = sum(map(ge, islice(means, 1, None), means))
        falls = sum(map(le, islice(means, 1, None), means))
        if max(rises, falls) >= 0.95 * (len(means) - 1) and min(rises, falls) < 0.5 * len(means):
            return []
        turns: list[int] = []
        spans = [(0, len(means))]
        while spans and len(turns) < _MAX_TURNS:
            start, end = spans.pop(0)
            turn = _turn(means, start, end)
            if turn is not None:
                turns.append(turn if step == 1 else _exact(values, turn * step, step))
                spans += [(start, turn), (turn, end)]
        if len(values) == len(self._numbers) or not turns:
            return turns
        known = [k for k, n in enumerate(self._numbers) if n is not None]
        return [known[turn] for turn in turns]

    def levels(self, at: Iterable[int]) -> list[str]:
        """Which of six equal parts of the column each of the numbers is in, or at which end it lies outside."""
        some, numbers = self._some, self._numbers
        low, high = self._middle - _OUTSIDE * self._spread, self._middle + _OUTSIDE * self._spread
        cuts = sorted([low, high, *(some[len(some) * q // _PARTS] for q in range(1, _PARTS))])
        names = [str(k) for k in range(len(cuts) + 1)]
        return ["" if n is None else names[bisect_right(cuts, n)] for n in map(numbers.__getitem__, at)]


def _exact(values: Sequence[float], near: int, step: int) -> int:
    """Where the level changes near the border of two means."""
    reach = max(_MIN_SPAN, 4 * step)
    place = _turn(values, max(0, near - reach), min(len(values), near + reach))
    return near if place is None else place


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
    sums = islice(accumulate(apart), 3, size - 4)
    gains = [total * total / (k * (size - k)) for k, total in enumerate(sums, 4)]
    best = max(gains)
    return start + gains.index(best) + 4 if best * size > 0.6 * spread else None
