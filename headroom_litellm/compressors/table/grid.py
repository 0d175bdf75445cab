"""One table of a text, whatever it is drawn with: its columns' names and its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import eq
from typing import Final

__all__ = ["Columns", "Grid", "Part", "has_header"]

_HELD: Final = 20_000
"""Cells of a table that are held one by one; those of a larger one are held joined, which takes a tenth of it."""
_CHUNK: Final = 1_000
_MARKS: Final = ("\n", "\x1f", "\x1e", "\x1d", "\x1c", "\x00", "\ufffe")
_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Grid:
    """names:     what heads each column, as the source has it; None where no line does
    width:     how many columns there are
    lines:     the text of each row, in order
    split:     the cells of a row's line, as many as `width`; not to be asked of the lines at `odd`
    odd:       the positions of lines among the rows that do not have these columns
    slices:    where in a line each cell stands, where that is the same in all but those `placed`
    placed:    the cells of rows that are wider, by position
    end:       what ends a line in the source
    delimiter: what stands between cells in the source, where it may also stand inside them, in quotes
    left_out:  in a word or two, what of the source's layout the cells do not have
    whole:     a row may take several lines, so that none may be dropped
    """

    names: Sequence[str] | None
    width: int
    lines: Sequence[str]
    split: Callable[[str], Sequence[str]]
    odd: frozenset[int] = field(default=frozenset())
    slices: Sequence[slice] = ()
    placed: Mapping[int, Sequence[str]] = field(default_factory=dict)
    end: str = "\n"
    delimiter: str = ""
    left_out: str = ""
    whole: bool = False

    @property
    def regular(self) -> Sequence[int]:
        """The positions of the rows that have the columns."""
        return [i for i in range(len(self.lines)) if i not in self.odd] if self.odd else range(len(self.lines))

    def until(self, end: int) -> Grid:
        """The rows before `end`, behind which there is none that has the columns."""
        if end == len(self.lines):
            return self
        return replace(self, lines=self.lines[:end], odd=frozenset(i for i in self.odd if i < end))


class Columns:
    """The cells of a table's regular rows, by the number of their column."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._held: Sequence[Sequence[str]] = ()
        self._joined: list[list[str]] = []
        self._mark = ""
        regular = grid.regular
        lines = [grid.lines[i] for i in regular] if grid.odd else grid.lines
        self._lines, self._placed = lines, [k for k, i in enumerate(regular) if i in grid.placed] if grid.placed else ()
        if len(lines) * grid.width <= _HELD:
            if grid.slices:
                self._held = [self._cut(k) for k in range(grid.width)]
            else:
                self._held = list(zip(*map(grid.split, lines), strict=True)) or [()] * grid.width
        elif not grid.slices:
            self._join()

    def __getitem__(self, k: int) -> Sequence[str]:
        if self._held:
            return self._held[k]
        return self._mark.join(self._joined[k]).split(self._mark) if self._joined else self._cut(k)

    def _cut(self, k: int) -> list[str]:
        part = self._grid.slices[k]
        cells = [line[part].strip() for line in self._lines]
        for i in self._placed:
            cells[i] = self._grid.split(self._lines[i])[k]
        return cells

    def _join(self) -> None:
        lines, split = self._lines, self._grid.split
        mark = next((mark for mark in _MARKS if not any(mark in line for line in lines)), None)
        if mark is None:
            self._held = list(zip(*map(split, lines), strict=True))
            return
        self._mark = mark
        self._joined = [[] for _ in range(self._grid.width)]
        for start in range(0, len(lines), _CHUNK):
            columns = zip(*map(split, lines[start : start + _CHUNK]), strict=True)
            for joined, cells in zip(self._joined, columns, strict=True):
                joined.append(mark.join(cells))


Part = str | Grid
"""A table, or the lines between tables as they are."""


def has_header(first: Sequence[str], rows: Sequence[Sequence[str]], is_number: Callable[[str], bool]) -> bool:
    """Does the first line name the columns of the rows below it?"""
    names = [name.strip(' "') for name in first]
    if len(set(names)) < len(names) or sum(not name for name in names) > 1 or not rows:
        return False
    if any(is_number(name) or len(name) > _NAME or name[:1].isdigit() for name in names):
        return False
    filled = [name if name else None for name in first]
    return not any(any(map(eq, filled, row)) for row in rows)
