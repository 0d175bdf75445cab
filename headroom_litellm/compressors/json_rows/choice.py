"""Which rows of many to show: the failures, the named, the odd, the turning points, and then a varied few.

Five axes: where a row stands (first, last), whether it reports a failure, how far it lies outside its columns, what it
has to do with the query, and whether something changes there. What is left of the budget goes to the rows that add
most to what is already shown, until a further row would add little; then to rows at even distances.
"""

from __future__ import annotations

import heapq
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...relevance import NAMED, rank
from ..shared.variety import varied
from .columns import Kind, constants, leaves
from .failing import failing_rows, warning_rows
from .scan import Arr, Node
from .series import numbers_of, odd_ones, turning_points

__all__ = ["MAX_ROWS", "Column", "bare", "choose", "columns_of", "constants_of", "shapes_of"]

_MIN_ROWS = 8
MAX_ROWS = 120
_MAX_RELEVANT = 8
_MAX_NAMED = 300
_CANDIDATES = 3
_MAX_ITEMS = 64
_FEW = 8
_FEW_NAMES = 24
_CUTS = 6
_QUANTILES = tuple(map(str, range(_CUTS)))
_MAX_SHAPE = 200

_DIGITS = re.compile(r"\b[^\W0-9]*[0-9]\w*")


@dataclass
class Column:
    """`rows`: positions of the rows; `cells`: one a row, None where the row lacks the key."""

    name: str
    rows: Sequence[int]
    cells: Sequence[Node | None]

    @cached_property
    def numbers(self) -> list[float | None] | None:
        return numbers_of(self.cells)


def choose(
    rows: Sequence[Node], kinds: Sequence[Kind], columns: Sequence[Column], lines: Sequence[str], query: str, most: int
) -> list[int]:
    """The positions of the rows to show, in order; `lines` holds the text of each. Every row that reports a failure is
    among them, and so is every row that holds a rare identifier of the query; about `most` others at most."""
    total = len(rows)
    budget = min(most, max(_MIN_ROWS, round(1.5 * math.sqrt(total))))
    kept = set(range(min(3, total))) | {max(0, total - 2), total - 1}
    kept |= failing_rows(rows, kinds)
    warnings = warning_rows(kinds)
    if len(warnings) <= max(budget, total // 20):
        kept.update(warnings)
    kept.update(_asked(lines, query))
    for column in columns:
        if column.numbers is not None:
            numbers = column.numbers
            kept.update(column.rows[k] for k in (*odd_ones(numbers), *turning_points(numbers)))
    spare = budget - len(kept)
    if spare > 0:
        kept |= _varied(columns, kept, total, spare)
    spare = max(0, budget - len(kept))
    kept.update(total * k // (spare + 1) for k in range(1, spare + 1))
    return sorted(kept)


def _asked(lines: Sequence[str], query: str) -> set[int]:
    if not query:
        return set()
    scores = rank(query, lines)
    best = heapq.nlargest(_MAX_NAMED, ((score, -i) for i, score in enumerate(scores) if score > 0))
    related = {-i for score, i in best[:_MAX_RELEVANT] if score >= best[0][0] / 2}
    return related | {-i for score, i in best if score >= NAMED}


def columns_of(rows: Sequence[Node], kinds: Sequence[Kind]) -> list[Column]:
    """Every varying column of each kind; rows of no kind are columns by position where they are arrays, else one
    column."""
    columns: list[Column] = []
    for kind in kinds:
        if kind.entries:
            columns.extend(
                Column(".".join(map(bare, path)), kind.rows, leaf.cells) for path, leaf in leaves(kind.entries)
            )
            continue
        found = rows if len(kind.rows) == len(rows) else [rows[i] for i in kind.rows]
        arrays = [row.items for row in found if isinstance(row, Arr)]
        width = max(map(len, arrays), default=0)
        if len(arrays) == len(found) and 0 < width <= _MAX_ITEMS:
            columns.extend(
                Column(f"[{k}]", kind.rows, [items[k] if k < len(items) else None for items in arrays])
                for k in range(width)
            )
        else:
            columns.append(Column("value", kind.rows, found))
    return columns


def constants_of(kinds: Sequence[Kind]) -> list[Column]:
    """What is constant in a kind, as columns."""
    return [
        Column(".".join(map(bare, path)), kind.rows, [entry.value] * len(kind.rows))
        for kind in kinds
        for path, entry in constants(kind.entries)
    ]


def bare(key: str) -> str:
    return key[1:-1]


def shapes_of(texts: Sequence[str]) -> list[str]:
    """The (masked) literals with what usually changes from row to row, words with digits, as `#`."""
    return _DIGITS.sub("#", "\n".join([text[:_MAX_SHAPE] for text in texts])).split("\n") if texts else []


def _varied(columns: Sequence[Column], kept: set[int], total: int, spare: int) -> set[int]:
    """A varied few, from rows at even distances and the first row of each rare name of a column of few names."""
    names: list[tuple[Column, Any, bool]] = []
    some = kept | set(range(0, total, -(-total // (_CANDIDATES * (len(kept) + spare)))))
    for column in columns:
        cells: Any = column.cells
        if set(map(type, cells)) != {str}:
            cells = [_outline(cell) for cell in cells]
        counts = Counter(cells)
        few = len(counts) <= max(_FEW, len(cells) // 10)
        names.append((column, cells, few))
        if len(counts) <= _FEW_NAMES:
            rare = [name for name, count in counts.items() if count * _FEW_NAMES < total]
            some.update(column.rows[cells.index(name)] for name in rare)
    candidates = sorted(some)
    place = {row: k for k, row in enumerate(candidates)}
    labelled = [
        found for column, cells, few in names if (found := _labels(column, cells, few, candidates, place)) is not None
    ]
    chosen = varied(labelled, {place[row] for row in kept}, len(candidates), spare)
    return {candidates[k] for k in chosen}


def _labels(
    column: Column, cells: Sequence[str], few: bool, candidates: Sequence[int], place: dict[int, int]
) -> tuple[Sequence[int], list[str]] | None:
    """(places among the candidates, a coarse name for the cell of each, so that equal names mean "nothing new"); None
    where no two cells are alike."""
    if isinstance(column.rows, range):
        at: Sequence[int] = candidates
        places: Sequence[int] = range(len(candidates))
    else:
        at = [k for k, row in enumerate(column.rows) if row in place]
        places = [place[column.rows[k]] for k in at]
    if few:
        return places, [cells[k] for k in at]
    if column.numbers is not None:
        numbers = [column.numbers[k] for k in at]
        values = sorted([n for n in numbers if n is not None])
        cuts = [values[len(values) * q // _CUTS] for q in range(1, _CUTS)] if values else []
        return places, ["" if n is None else _QUANTILES[bisect_right(cuts, n)] for n in numbers]
    shapes = shapes_of([cells[k] for k in at])
    return (places, shapes) if len(set(shapes)) <= max(_FEW, len(shapes) // 4) else None


def _outline(cell: Node | None) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    count = len(cell.items) if isinstance(cell, Arr) else len(cell.values)
    return f"{type(cell).__name__}{count.bit_length()}"
