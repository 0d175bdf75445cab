"""Which rows of a large table to show: the failing, the named, the odd, the turning points, then a varied few.

The table is given column by column, each cell as its text, so that no more than one column of it need be in memory.
"""

from __future__ import annotations

import heapq
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, compress, islice
from operator import ge, le
from statistics import fmean, median
from typing import Final

from ...relevance import NAMED, rank
from .named import named_lines
from .variety import varied

__all__ = ["Choice", "few_kinds", "number_of", "numbers_of"]

_MIN_ROWS: Final = 8
_MAX_ROWS: Final = 120
_MAX_RELEVANT: Final = 8
_MAX_ODD: Final = 2
_MAX_TURNS: Final = 2
_FAR: Final = 8.0
"""So many median deviations from the middle, a cell is shown whatever the budget; about 5 sigma."""
_OUTSIDE: Final = 3.0
"""So many median deviations from the middle, a cell counts as something rare; about 2 sigma."""
_MAX_POINTS: Final = 500
_MAX_MASKED: Final = 1_000
_MIN_CANDIDATES: Final = 128
_MAX_RARE: Final = 256
_FEW, _SELDOM = 24, 24
"""A column of so few kinds is one of categories; a category of one row in so many is rare."""
_PROBE: Final = 12
_MIN_NUMBERS: Final = 4
_MAX_NAMED: Final = 60
_KEY: Final = 60

_NUMBER: Final = re.compile(r"[\"$€£+]{0,2}(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)([KMGTPkm]i?)?[B%]?\"?")
_GROUPED: Final = re.compile(r"\"?-?[0-9]{1,3}(?:,[0-9]{3}){1,6}(?:\.[0-9]+)?\"?")
_SCALE: Final = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "m": 1e-3}
_NUMERIC: Final = frozenset('0123456789-+."$€£')
_DIGITS: Final = str.maketrans("123456789", "000000000")
_EMPTY: Final = frozenset(
    ["", '""', "-", '"-"', "--", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "<none>", "?"]
)


class Choice:
    """The choice among `total` rows. Every column is shown to it once, then it gives the rows."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._kept = set(range(min(3, total))) | {i for i in (total - 2, total - 1) if i >= 0}
        self._budget = min(_MAX_ROWS, max(_MIN_ROWS, round(1.5 * math.sqrt(total))))
        self._step = -(-total // max(_MIN_CANDIDATES, 2 * self._budget)) or 1
        self._rare: set[int] = set()
        self._columns: list[tuple[Sequence[int], Sequence[str], Mapping[int, str]]] = []

    def add(self, cells: Sequence[str], positions: Sequence[int], numbers: Sequence[float | None] | None) -> None:
        """A column: a cell for each of the rows at `positions`, which are in order; `numbers`: as of `numbers_of`."""
        step = self._step
        kinds = len(set(cells))
        if kinds < 2:
            return
        few = kinds <= max(8, len(cells) // 10)
        if numbers is not None:
            known = [n for n in numbers if n is not None]
            if min(known) < max(known):
                middle, spread = _spread(known)
                odd = _odd(numbers, known, middle, spread)
                self._kept.update(positions[k] for k in (*odd, *_turns(numbers, known)))
                if not few:
                    self._columns.append((positions[::step], _levels(numbers[::step], known, middle, spread), {}))
                    return
        if few:
            self._columns.append((positions[::step], cells[::step], self._seldom(cells, positions)))
            return
        stride = -(-len(cells) // _MAX_MASKED)
        masks = _masks(cells[::stride])
        if masks is not None:
            positions = positions[::stride]
            step = max(1, step // stride)
            self._columns.append((positions[::step], masks[::step], self._seldom(masks, positions)))

    def _seldom(self, labels: Sequence[str], positions: Sequence[int]) -> dict[int, str]:
        """The rows whose label hardly any other row has."""
        counts = Counter(labels)
        rare = {label for label, count in counts.items() if count * _SELDOM < len(labels)}
        if self._step == 1 or not rare or len(counts) > _FEW:
            return {}
        found = ((positions[k], label) for k, label in enumerate(labels) if label in rare)
        seldom = dict(islice(found, _MAX_RARE))
        self._rare.update(seldom)
        return seldom

    def rows(self, lines: Sequence[str], query: str, always: Collection[int] = ()) -> list[int]:
        """The positions of the rows to show, in order; `lines`: the text of each row. Those of `always` are among
        them, and so is every row that holds a rare identifier or word of the query."""
        total, kept = self._total, self._kept
        kept.update(always)
        if query:
            scores = rank(query, lines)
            kept.update(i for i, score in enumerate(scores) if score >= NAMED)
            related = heapq.nlargest(_MAX_RELEVANT, ((score, -i) for i, score in enumerate(scores) if score > 0))
            kept.update(-i for score, i in related if score >= related[0][0] / 2)
            kept |= named_lines(lines, query, limit=_MAX_NAMED, context=0)
        kept |= self._varied(self._budget - len(kept))
        spare = max(0, self._budget - len(kept))
        kept.update(total * k // (spare + 1) for k in range(1, spare + 1))
        return sorted(kept)

    def _varied(self, budget: int) -> set[int]:
        """Up to `budget` rows that show what is not shown yet, of rows at even distances and those with rare cells."""
        if budget <= 0:
            return set()
        if self._step == 1:
            return varied(
                [(positions, labels) for positions, labels, _ in self._columns], self._kept, self._total, budget
            )
        candidates = sorted({*range(0, self._total, self._step), *self._rare})
        place = {position: k for k, position in enumerate(candidates)}
        columns = []
        for positions, labels, rare in self._columns:
            cells = {place[p]: label for p, label in zip(positions, labels, strict=True) if p in place}
            cells.update((place[p], label) for p, label in rare.items())
            columns.append((list(cells), list(cells.values())))
        kept = {place[p] for p in self._kept if p in place}
        return {candidates[k] for k in varied(columns, kept, len(candidates), budget)}


def number_of(cell: str) -> float | None:
    """The cell as a number, with the unit of a size if it has one; for statistics only."""
    if len(cell) > 40:
        return None
    match = _NUMBER.fullmatch(cell)
    if match is not None:
        return float(match[1]) * (_SCALE[match[2][0]] if match[2] else 1.0)
    return float(cell.strip('"').replace(",", "")) if "," in cell and _GROUPED.fullmatch(cell) else None


def numbers_of(cells: Sequence[str]) -> Sequence[float | None] | None:
    """The cells as numbers, if nearly all of them that hold anything are numbers; for statistics only."""
    probe = [cell for cell in cells[:: max(1, len(cells) // _PROBE)] if cell not in _EMPTY]
    if sum(cell[0] in _NUMERIC for cell in probe) * 10 < 8 * len(probe) or not probe:
        return None
    try:
        plain = list(map(float, cells))
    except ValueError:
        plain = []
    if plain:
        return plain if len(plain) >= _MIN_NUMBERS and all(map(math.isfinite, plain)) else None
    if sum(number_of(cell) is not None for cell in probe) * 10 < 8 * len(probe):
        return None
    numbers = [None if cell in _EMPTY else number_of(cell) for cell in cells]
    seen = len(cells) - numbers.count(None)
    misses = len(cells) - seen - sum(cell in _EMPTY for cell in cells)
    return numbers if seen >= _MIN_NUMBERS and misses * 10 <= seen else None


def few_kinds(texts: Sequence[str], most: int) -> bool:
    """Are there at most `most` different texts?"""
    if len(texts) > 4 * most and len(set(texts[: 2 * most])) > most:
        return False
    return len(set(texts)) <= most


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """The middle of a column, and how far from it its cells lie."""
    values = values[:: -(-len(values) // _MAX_POINTS)]
    middle = median(values)
    return middle, median([abs(n - middle) for n in values])


def _odd(numbers: Sequence[float | None], known: Sequence[float], middle: float, spread: float) -> list[int]:
    """The few that lie farthest outside the column, if they lie far outside."""
    if not spread:
        apart = [abs(n - middle) for n in known if n != middle]
        if not apart or len(apart) > max(2, len(known) // 20):
            return _lone_peak(numbers)
        spread = fmean(apart) / _FAR if len(apart) <= _MAX_ODD else fmean(apart)
    limit = _FAR * spread * 0.999
    low, high = middle - limit, middle + limit
    far = [(abs(n - middle), -k) for k, n in enumerate(numbers) if n is not None and not low <= n <= high]
    return [-k for _, k in heapq.nlargest(_MAX_ODD, far)]


def _lone_peak(numbers: Sequence[float | None]) -> list[int]:
    """The greatest by size, where it stands far above the next."""
    sizes = [0.0 if n is None else abs(n) for n in numbers]
    greatest, next_to_it = heapq.nlargest(2, sizes)
    return [sizes.index(greatest)] if greatest > 3 * next_to_it else []


def _turns(numbers: Sequence[float | None], values: Sequence[float]) -> list[int]:
    """Where the level of the column changes for good; a column that only climbs or falls has no turning point."""
    if len(values) < 16:
        return []
    known: Sequence[int] = range(len(numbers))
    if len(values) < len(numbers):
        known = list(compress(known, (n is not None for n in numbers)))
    step = -(-len(values) // _MAX_POINTS)
    values, known = values[::step], known[::step]
    rises = sum(map(ge, values[1:], values))
    falls = sum(map(le, values[1:], values))
    if max(rises, falls) >= 0.95 * (len(values) - 1) and min(rises, falls) < 0.5 * len(values):
        return []
    turns: list[int] = []
    spans = [(0, len(values))]
    while spans and len(turns) < _MAX_TURNS:
        start, end = spans.pop(0)
        turn = _turn(values[start:end])
        if turn is not None:
            turns.append(known[start + turn])
            spans += [(start, start + turn), (start + turn, end)]
    return turns


def _turn(span: Sequence[float]) -> int | None:
    """The best place to split the span in two levels, if that explains most of its spread (CUSUM)."""
    size = len(span)
    if size < 16:
        return None
    mean = fmean(span)
    apart = [n - mean for n in span]
    spread = sum([n * n for n in apart])
    if not 0 < spread < math.inf:
        return None
    sums = islice(accumulate(apart), 3, size - 4)
    gains = [total * total / (k * (size - k)) for k, total in enumerate(sums, 4)]
    best = max(gains)
    return gains.index(best) + 4 if best * size > 0.6 * spread else None


def _levels(numbers: Sequence[float | None], known: Sequence[float], middle: float, spread: float) -> list[str]:
    """Which of six equal parts of its column each number is in, or at which end it lies outside."""
    values = sorted(known[:: -(-len(known) // _MAX_POINTS)])
    low, high = middle - _OUTSIDE * spread, middle + _OUTSIDE * spread
    cuts = sorted([low, high, *(values[len(values) * q // 6] for q in range(1, 6))])
    names = [str(k) for k in range(len(cuts) + 1)]
    return ["" if n is None else names[bisect_right(cuts, n)] for n in numbers]


def _masks(cells: Sequence[str]) -> list[str] | None:
    """The form of each cell, whatever its digits; None where there are many."""
    masks = "\0".join([cell[:_KEY] for cell in cells]).translate(_DIGITS).split("\0")
    few = len(masks) == len(cells) and few_kinds(masks, max(8, len(cells) // 4))
    return masks if few else None
