"""Rows, seen as columns and written as lines, each worked out once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ..shared.rows import MAX_ROWS
from .choice import Column, choose, columns_of
from .columns import Constant, Entry, Group, Kind, kinds_of, leaves
from .scan import Node, dump, size_of
from .summary import summarise
from .table import Write, render_rows

__all__ = ["Sheet", "whole_cell"]


class Sheet:
    """The items of an array, or the members of an object with their key literals. About `most` rows are chosen."""

    def __init__(self, rows: Sequence[Node], keys: Sequence[str] | None, query: str, *, most: int = MAX_ROWS) -> None:
        self.rows = rows
        self.keys = keys
        self._query = query
        self._most = most

    @cached_property
    def kinds(self) -> list[Kind]:
        return kinds_of(self.rows)

    @property
    def has_columns(self) -> bool:
        return any(kind.entries for kind in self.kinds)

    @cached_property
    def plain(self) -> int:
        """The length of the text of all, without white space; where there are columns, nearly."""
        size = len(self.rows) + (sum(map(len, self.keys)) if self.keys else 0)
        for kind in self.kinds:
            if kind.entries:
                size += _size(kind.entries, len(kind.rows))
            else:
                size += sum([size_of(self.rows[i]) for i in kind.rows])
        return size

    @cached_property
    def longest(self) -> int:
        """The length of the longest cell, at least."""
        found = 0
        for kind in self.kinds:
            if kind.entries:
                found = max(found, *(max(_sizes(leaf.cells), default=0) for _, leaf in leaves(kind.entries)), 0)
            else:
                found = max(found, *(size_of(self.rows[i]) for i in kind.rows))
        return found

    @cached_property
    def columns(self) -> list[Column]:
        return columns_of(self.rows, self.kinds)

    @cached_property
    def full(self) -> tuple[list[str], list[str]]:
        """(the lines that name the columns, one line a row), nothing left out."""
        return self.render(whole_cell)

    @property
    def lines(self) -> list[str]:
        return self.full[1]

    @cached_property
    def chosen(self) -> list[int]:
        """The positions of the rows to show."""
        return choose(self.rows, self.kinds, self.columns, self.lines, self._query, self._most)

    @cached_property
    def left_out(self) -> str:
        """What the rows that are not shown hold."""
        missing = set(range(len(self.rows))).difference(self.chosen)
        return summarise(self.columns, self.kinds, missing, len(self.rows))

    def render(
        self, write: Write, shown: Sequence[int] | None = None, *, long: int = sys.maxsize, first: int = 0
    ) -> tuple[list[str], list[str]]:
        """As `full`, of the rows at the positions `shown`; `write`, `long` and `first` as in `render_rows`."""
        return render_rows(self.rows, self.kinds, write, long=long, shown=shown, first=first, keys=self.keys)


def whole_cell(node: Node, table: str | None) -> str:
    return dump(node) if table is None else table


def _size(entries: Sequence[Entry], count: int) -> int:
    """The length of `count` objects with these entries."""
    size = count
    for entry in entries:
        if isinstance(entry, Group):
            size += _size(entry.entries, count) + count * (len(entry.name) + 2)
        elif isinstance(entry, Constant):
            size += count * (size_of(entry.value) + len(entry.name) + 2)
        else:
            cells = _sizes(entry.cells)
            size += sum(cells) + len(cells) * (len(entry.name) + 2)
    return size


def _sizes(cells: Sequence[Any]) -> list[int]:
    if set(map(type, cells)) == {str}:
        return list(map(len, cells))
    return [size_of(cell) for cell in cells if cell is not None]
