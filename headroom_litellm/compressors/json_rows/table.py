"""The table form: each key once, each row a line of the cells' own literals.

    3 rows.
    columns (k=v: in every row; k[a,b]: objects as [a,b]; empty cell: no such key): id,type="User",user{login,id},t[n]
    1,"ann",17,[["x"],["y"]]
    2,"bob",18,

A row is its cells joined by commas; a column that says the same in every row has its value in the head, and no cells.
The head says what the reader needs to know of this, and only then. Where rows of several kinds are mixed, each line
begins with its kind's letter, and `-` is a row shown as it is. Where not all rows are shown,
each line begins with its row's index, counted from 0; where the rows are the members of an object, with its key.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from .columns import Constant, Entry, Group, Kind, Leaf
from .scan import Arr, Node, Obj

__all__ = ["Write", "plain_name", "render_rows"]

Write = Callable[[Node, str | None], str]
"""The text of a cell: of the node itself or, if one is given, of its table form."""

_PLAIN = re.compile(r'"([A-Za-z_$@][\w$@/-]*)"')
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def render_rows(
    rows: Sequence[Node],
    kinds: Sequence[Kind],
    write: Write,
    *,
    long: int = sys.maxsize,
    shown: Sequence[int] | None = None,
    first: int = 0,
    keys: Sequence[str] | None = None,
) -> tuple[list[str], list[str]]:
    """(the lines that name the columns, one line a row). `shown`: positions of the rows to write, all if None; `first`:
    the index of the first row; `keys`: the key literals of the rows where they are members of an object. `write` makes
    the text of a cell that is no literal or one longer than `long`."""
    lettered = len(kinds) > 1
    wanted = None if shown is None else set(shown)
    head: list[str] = []
    lines = [""] * len(rows)
    for letter, kind in zip(_LETTERS, kinds, strict=False):
        if not kind.entries:
            for i in kind.rows if wanted is None else [i for i in kind.rows if i in wanted]:
                lines[i] = ("- " if lettered else "") + write(rows[i], None)
            if lettered:
                head.append("- rows: as they are")
            continue
        picked = range(len(kind.rows)) if wanted is None else [k for k, i in enumerate(kind.rows) if i in wanted]
        columns = [_cells(leaf, picked, write, long) for leaf in _leaves(kind.entries)]
        lead, of = (f"{letter} ", f"{letter} rows: ") if lettered else ("", "")
        names = ",".join(_names(kind.entries, write))
        head.append(f"{of}columns{_legend(kind.entries, columns)}: {names}")
        joined = map(",".join, zip(*columns, strict=True)) if columns else repeat("")
        for k, line in zip(picked, joined, strict=False):
            lines[kind.rows[k]] = lead + line
    if keys is not None:
        positions = range(len(rows)) if shown is None else shown
        return head, [f"{keys[i]}:{lines[i]}" for i in positions]
    if shown is not None:
        return head, [f"{first + i}:{lines[i]}" for i in shown]
    return head, lines


def _leaves(entries: Sequence[Entry]) -> list[Leaf]:
    found: list[Leaf] = []
    for entry in entries:
        if isinstance(entry, Leaf):
            found.append(entry)
        elif isinstance(entry, Group):
            found.extend(_leaves(entry.entries))
    return found


def plain_name(key: str) -> str:
    """The key literal as it stands in a list of columns: without quotes where it is a plain word."""
    plain = _PLAIN.fullmatch(key)
    return plain[1] if plain else key


def _names(entries: Sequence[Entry], write: Write) -> list[str]:
    names = []
    for entry in entries:
        name = plain_name(entry.name)
        if isinstance(entry, Group):
            names.append(name + "{" + ",".join(_names(entry.entries, write)) + "}")
        elif isinstance(entry, Constant):
            names.append(f"{name}={write(entry.value, None)}")
        else:
            names.append(name if entry.inner is None else f"{name}[{','.join(map(plain_name, entry.inner))}]")
    return names


def _legend(entries: Sequence[Entry], columns: Sequence[Sequence[str]]) -> str:
    """What has to be known to read these columns."""
    told = ["k=v: in every row"] if _has_constant(entries) else []
    told += ["k[a,b]: objects as [a,b]"] if any(leaf.inner is not None for leaf in _leaves(entries)) else []
    told += ["empty cell: no such key"] if _has_gaps(entries, columns) else []
    return f" ({'; '.join(told)})" if told else ""


def _has_gaps(entries: Sequence[Entry], columns: Sequence[Sequence[str]]) -> bool:
    return any("" in column for column in columns) or any(
        isinstance(item, Obj) and len(item.keys) < len(leaf.inner)
        for leaf in _leaves(entries)
        if leaf.inner is not None
        for cell in leaf.cells
        if isinstance(cell, Arr)
        for item in cell.items
    )


def _has_constant(entries: Sequence[Entry]) -> bool:
    return any(
        isinstance(entry, Constant) or (isinstance(entry, Group) and _has_constant(entry.entries)) for entry in entries
    )


def _cells(leaf: Leaf, chosen: Sequence[int], write: Write, long: int) -> list[str]:
    cells: list[Any] = leaf.cells if len(chosen) == len(leaf.cells) else [leaf.cells[k] for k in chosen]
    types = set(map(type, cells))
    if types == {str} and (len(cells) < 1 or max(map(len, cells)) <= long):
        return cells
    if leaf.inner is None:
        return ["" if cell is None else write(cell, None) for cell in cells]
    return ["" if cell is None else write(cell, _tuples(cell, leaf.inner, write)) for cell in cells]


def _tuples(cell: Node, names: tuple[str, ...], write: Write) -> str:
    """An array of objects as an array of tuples of the values under `names`."""
    tuples = []
    for item in cell.items if isinstance(cell, Arr) else ():
        if isinstance(item, Obj):
            values = dict(zip(item.keys, item.values, strict=True))
            tuples.append("[" + ",".join([write(values[name], None) if name in values else "" for name in names]) + "]")
    return "[" + ",".join(tuples) + "]"
