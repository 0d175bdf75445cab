"""Rows whose cells stand in the same places of every line, but for a few that are wider than their column."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from .grid import Grid
from .spans import Span
from .words import is_value

__all__ = ["read_sliced"]

_PROBE: Final = 50
_SIGN: Final = 2
_MOST_ODD: Final = 0.06
_MOST_CROSSING: Final = 0.34
_LEAST_FILLED: Final = 0.4
_TOKEN: Final = re.compile(r"\S+")
_APART: Final = re.compile(r"(?<!\S)(?=\S*[^\W_])\S+ {2,}\S")
"""Names of two columns, with a cell of one row under both."""


def read_sliced(header: str, rows: Sequence[str], spans: Sequence[Span], *, fewest: int, free: bool) -> Grid | None:
    """Each cell stands from the end of the column before it to the end of its own; the last takes the rest. None for
    fewer than `fewest` columns, and where it is not sure whose name is whose. `free`: the last holds any words."""
    gaps = [slice(a[1], b[0]) for a, b in pairwise(spans)]
    if len(spans) < fewest or any(gap.start >= gap.stop for gap in gaps):
        return None
    edges = [end for _, end in spans[:-1]]
    slices = [slice(a, b) for a, b in zip([0, *edges], [*edges, None], strict=True)]

    def split(line: str) -> list[str]:
        return [line[part].strip() for part in slices]

    names = split(header)
    probe = [split(row) for row in rows[:_PROBE]]
    if sum(bool(cell) for cells in probe for cell in cells) < _LEAST_FILLED * len(spans) * len(probe):
        return None
    if not names[0] and not _labels(rows, slices[0]):
        return None
    if any(_is_mixed(name, rows, part) for name, part in zip(names, slices, strict=True)):
        return None
    crossing = _crossing(rows, gaps)
    if len(crossing) > _MOST_CROSSING * len(rows):
        return None
    placed = _placed(rows, crossing, spans, split, free)
    odd = frozenset(crossing.difference(placed))
    if len(odd) > max(1, _MOST_ODD * len(rows)):
        return None
    by_line = {rows[i]: cells for i, cells in placed.items()}

    def split_any(line: str) -> Sequence[str]:
        return by_line[line] if line in by_line else split(line)

    return Grid(names, len(spans), rows, split_any, odd, slices, placed, left_out="unpadded")


def _labels(rows: Sequence[str], part: slice) -> bool:
    """Is what stands in a first column without a name a label in every row, or a sign in some?"""
    cells = [row[part].strip() for row in rows]
    return all(cells) or all(len(cell) <= _SIGN for cell in cells)


def _is_mixed(name: str, rows: Sequence[str], part: slice) -> bool:
    """Does the column stand under several names, without a word for each of them in every row?"""
    return _APART.search(name) is not None and any(len(row[part].split()) != len(name.split()) for row in rows)


def _crossing(rows: Sequence[str], gaps: Sequence[slice]) -> set[int]:
    """The rows in which something stands between two columns."""
    crossing: set[int] = set()
    for gap in gaps:
        between = [row[gap] for row in rows]
        text = "".join(between)
        if text and not text.isspace():
            crossing.update(i for i, part in enumerate(between) if part and not part.isspace())
    return crossing


def _placed(
    rows: Sequence[str], crossing: set[int], spans: Sequence[Span], split: Callable[[str], Sequence[str]], free: bool
) -> dict[int, Sequence[str]]:
    """The cells of those rows of which they can be told."""
    if not crossing:
        return {}
    columns = list(zip(*(split(row) for i, row in enumerate(rows) if i not in crossing), strict=True))
    solid = [all(cell and " " not in cell for cell in column) for column in columns]
    values = [k for k, column in enumerate(columns) if all(map(is_value, column))]
    placed: dict[int, Sequence[str]] = {}
    for i in sorted(crossing):
        cells = _under_names(rows[i], spans) or _overflowing(rows[i], spans, solid, free)
        # Running text between rows is told by the words in it that stand where all others have numbers.
        if cells is not None and ("  " in rows[i].strip() or all(is_value(cells[k]) for k in values)):
            placed[i] = cells
    return placed


def _under_names(row: str, spans: Sequence[Span]) -> list[str] | None:
    """The cells of a row by the column that each of its words stands under; None if one stands under two or none."""
    starts = [start for start, _ in spans]
    extents: list[list[int]] = [[] for _ in spans]
    last = len(spans) - 1
    for match in _TOKEN.finditer(row):
        start, end = match.span()
        k = max(0, bisect_right(starts, end - 1) - 1)
        if (
            k < last
            and start >= spans[k][1]
            and not (extents[k] and start == extents[k][1] + 1 < end + 2 < starts[k + 1])
        ):
            return None
        if k and start < spans[k - 1][1]:
            return None
        if k < last and end > spans[k + 1][0]:
            return None
        extents[k] = [extents[k][0], end] if extents[k] else [start, end]
    if extents[last]:
        extents[last][1] = len(row)
    return [row[slice(*extent)].rstrip() if extent else "" for extent in extents]


def _overflowing(row: str, spans: Sequence[Span], solid: Sequence[bool], free: bool) -> list[str] | None:
    """The cells of a row one of whose cells is wider than its column, so that all after it stand further right: told
    only where each of these columns is `solid`, that is, holds one word in every other row."""
    words = [match.span() for match in _TOKEN.finditer(row)]
    first = next((k for k in range(len(spans) - 1) if any(a < spans[k + 1][0] <= b for a, b in words)), None)
    if first is None or not all(solid[first : -1 if free else None]):
        return None
    begin = spans[first - 1][1] if first else 0
    if begin and not (row[begin - 1].isspace() or row[begin].isspace()):
        return None
    count = len(spans) - first
    moved = [start for start, _ in words if start >= begin]
    if len(moved) < count or (len(moved) > count and not free):
        return None
    if any(at < start for at, (start, _) in zip(moved, spans[first:], strict=False)):
        return None
    rest = row[begin:].split(None, count - 1)
    lead = [row[(spans[k - 1][1] if k else 0) : spans[k][1]].strip() for k in range(first)]
    return [*lead, *rest[:-1], rest[-1].rstrip()]
