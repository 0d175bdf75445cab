"""Which rows of a large table to show: the failing, the named, the odd, the turning points, then a varied few.

What is left of the budget goes to the rows that add most to what is already shown, until a further row would add
little; then to rows at even distances. The table is given column by column, each cell as its text, so that no more than
one column of it need be in memory.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from ...relevance import NAMED, rank
from .named import named_lines
from .series import Series
from .shapes import few_kinds, shapes_of
from .variety import varied

__all__ = ["MAX_ROWS", "Choice"]

MAX_ROWS: Final = 120
_MIN_ROWS: Final = 8
_MAX_RELATED: Final = 8
_MAX_RANKED: Final = 300
_MAX_NAMED: Final = 60
_MIN_CANDIDATES: Final = 128
_FINER: Final = 4
"""For what forms of a text are rare, so many times as many rows are looked at as are candidates."""
_MAX_RARE: Final = 256
_FEW, _SELDOM = 24, 24
"""A column of so few kinds is one of categories; a category of one row in so many is rare."""

_T = TypeVar("_T")


class Choice:
    """The choice among `total` rows, of which about `most` are shown besides those that have to be. Every column is
    shown to it once, then it gives the rows."""

    def __init__(self, total: int, most: int = MAX_ROWS) -> None:
        self._total = total
        self._kept = set(range(min(3, total))) | {i for i in (total - 2, total - 1) if i >= 0}
        self.budget = min(most, max(_MIN_ROWS, round(1.5 * math.sqrt(total))))
        self._step = -(-total // max(_MIN_CANDIDATES, 2 * self.budget)) or 1
        self._finer = max(1, self._step // _FINER)
        if self._finer > 1:
            self._step = _FINER * self._finer
        self._rare: set[int] = set()
        self._columns: list[tuple[Sequence[int], Sequence[str], Mapping[int, str]]] = []

    def add(self, cells: Sequence[str], positions: Sequence[int], numbers: Sequence[float | None] | None) -> None:
        """A column: a cell for each of the rows at `positions`, which are in order; `numbers`: as of `numbers_of`."""
        kinds = len(set(cells))
        if kinds < 2:
            return
        series = Series(numbers) if numbers is not None else None
        if series is not None:
            self._kept.update(positions[k] for k in (*series.odd_ones(), *series.turning_points()))
        if kinds <= max(8, len(cells) // 10):
            at = self._every(positions, self._step)
            self._columns.append((_take(positions, at), _take(cells, at), self._seldom(cells, positions)))
        elif series is not None:
            at = self._every(positions, self._step)
            self._columns.append((_take(positions, at), series.levels(at), {}))
        else:
            at = self._every(positions, self._finer)
            positions = _take(positions, at)
            shapes = shapes_of(_take(cells, at))
            if few_kinds(shapes, max(8, len(shapes) // 4)):
                self._columns.append((positions, shapes, self._seldom(shapes, positions)))

    def _every(self, positions: Sequence[int], step: int) -> Sequence[int]:
        """Where in a column the rows at even distances are."""
        if len(positions) == self._total:
            return range(0, self._total, step)
        return [k for k, position in enumerate(positions) if position % step == 0]

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
            scores = enumerate(rank(query, lines))
            best = heapq.nlargest(_MAX_RANKED, ((score, -i) for i, score in scores if score > 0))
            kept.update(-i for score, i in best[:_MAX_RELATED] if score >= best[0][0] / 2)
            kept.update(-i for score, i in best if score >= NAMED)
            kept |= named_lines(lines, query, limit=_MAX_NAMED, context=0)
        kept |= self._varied(self.budget - len(kept))
        spare = max(0, self.budget - len(kept))
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


def _take(values: Sequence[_T], at: Sequence[int]) -> Sequence[_T]:
    return values[at.start : at.stop : at.step] if isinstance(at, range) else [values[k] for k in at]
