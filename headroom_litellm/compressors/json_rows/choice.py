"""Which rows of many to show, as of any table; here every row that reports a failure is among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..shared.rows import Choice
from ..shared.series import numbers_of
from .columns import Kind, constants, leaves
from .failing import failing_rows, warning_rows
from .scan import Arr, Node

__all__ = ["Column", "bare", "choose", "columns_of", "constants_of"]

_MAX_ITEMS = 64


@dataclass
class Column:
    """`rows`: positions of the rows; `cells`: one a row, None where the row lacks the key."""

    name: str
    rows: Sequence[int]
    cells: Sequence[Node | None]

    @property
    def texts(self) -> Sequence[str]:
        """One a row: the literal; of an array or object, about how large it is; empty where the row lacks the key."""
        cells: Any = self.cells
        return cells if set(map(type, cells)) == {str} else list(map(_outline, cells))


def choose(
    rows: Sequence[Node], kinds: Sequence[Kind], columns: Sequence[Column], lines: Sequence[str], query: str, most: int
) -> list[int]:
    """The positions of the rows to show, in order; `lines` holds the text of each. Every row that reports a failure is
    among them, and so is every row that holds a rare identifier of the query; about `most` others at most."""
    choice = Choice(len(rows), most)
    for column in columns:
        texts = column.texts
        choice.add(texts, column.rows, numbers_of(texts))
    always = failing_rows(rows, kinds)
    warnings = warning_rows(kinds)
    if len(warnings) <= max(choice.budget, len(rows) // 20):
        always.update(warnings)
    return choice.rows(lines, query, always)


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


def _outline(cell: Node | None) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    count = len(cell.items) if isinstance(cell, Arr) else len(cell.values)
    return f"{type(cell).__name__}{count.bit_length()}"
