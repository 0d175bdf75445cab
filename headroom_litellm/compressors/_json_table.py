"""The table form: each key once, each row a line of the cells' own literals.

    3 rows. columns: id,user{login,id},tags
    same in every row: _1,type="User",_2   (_n: n of the columns)
    1,"ann",17,[]
    2,"bob",18,["x"]

A row is its cells joined by commas; nothing between two commas means that the row lacks the key. Where rows of several
kinds are mixed, each line begins with its kind's letter, and `-` is a row shown as it is. Where not all rows are shown,
each line begins with its row's index, counted from 0; where the rows are the members of an object, with its key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ._json_columns import Constant, Entry, Group, Kind, Leaf
from ._json_scan import Arr, Node, Obj

__all__ = ["Write", "render_rows"]

Write = Callable[[Node, str | None], str]
"""The text of a cell: of the node itself or, if one is given, of its table form."""

_PLAIN = re.compile(r'"([A-Za-z$@][\w$@/:-]*)"')
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def render_rows(
    rows: Sequence[Node],
    kinds: Sequence[Kind],
    write: Write,
    *,
    shown: Sequence[int] | None = None,
    keys: Sequence[str] | None = None,
) -> tuple[list[str], list[str]]:
    """(the lines that name the columns, one line a row). `shown`: positions of the rows to write, all if None; `keys`:
    the key literals of the rows where they are members of an object. `write` makes the text of a cell."""
    lettered = len(kinds) > 1
    wanted = None if shown is None else set(shown)
    head: list[str] = []
    lines = [""] * len(rows)
    for letter, kind in zip(_LETTERS, kinds, strict=False):
        if not kind.entries:
            for i in kind.rows if wanted is None else [i for i in kind.rows if i in wanted]:
                lines[i] = ("- " if lettered else "") + write(rows[i], None)
            continue
        head.append(f"{letter} columns: " if lettered else "columns: ")
        head[-1] += ",".join(_names(kind.entries))
        same = _same(kind.entries, write)
        if same is not None:
            head.append((f"same in every row {letter}: " if lettered else "same in every row: ") + same)
        picked = range(len(kind.rows)) if wanted is None else [k for k, i in enumerate(kind.rows) if i in wanted]
        columns = [_cells(leaf, picked, write) for leaf in _leaves(kind.entries)]
        lead = f"{letter} " if lettered else ""
        for place, k in enumerate(picked):
            lines[kind.rows[k]] = lead + ",".join([column[place] for column in columns])
    if keys is not None:
        positions = range(len(rows)) if shown is None else shown
        return head, [f"{keys[i]}:{lines[i]}" for i in positions]
    if shown is not None:
        return head, [f"{i}:{lines[i]}" for i in shown]
    return head, lines


def _leaves(entries: Sequence[Entry]) -> list[Leaf]:
    found: list[Leaf] = []
    for entry in entries:
        if isinstance(entry, Leaf):
            found.append(entry)
        elif isinstance(entry, Group):
            found.extend(_leaves(entry.entries))
    return found


def _name(key: str) -> str:
    plain = _PLAIN.fullmatch(key)
    return plain[1] if plain else key


def _names(entries: Sequence[Entry]) -> list[str]:
    names = []
    for entry in entries:
        if isinstance(entry, Group):
            inner = _names(entry.entries)
            names.append(_name(entry.name) + "{" + ",".join(inner) + "}")
        elif isinstance(entry, Leaf):
            name = _name(entry.name)
            names.append(name if entry.inner is None else f"{name}[{','.join(map(_name, entry.inner))}]")
    return names


def _same(entries: Sequence[Entry], write: Write) -> str | None:
    """The constants in their places among the columns, or None where there are none."""
    parts: list[str] = []
    run = 0
    for entry in entries:
        inside = _same(entry.entries, write) if isinstance(entry, Group) else None
        if isinstance(entry, Constant) or inside is not None:
            if run:
                parts.append(f"_{run}")
                run = 0
            text = f"={write(entry.value, None)}" if isinstance(entry, Constant) else "{" + (inside or "") + "}"
            parts.append(_name(entry.name) + text)
        else:
            run += 1
    if not parts:
        return None
    return ",".join([*parts, f"_{run}"] if run else parts)


def _cells(leaf: Leaf, chosen: Sequence[int], write: Write) -> list[str]:
    cells = leaf.cells
    if leaf.inner is None:
        return ["" if (cell := cells[k]) is None else write(cell, None) for k in chosen]
    return ["" if (cell := cells[k]) is None else write(cell, _tuples(cell, leaf.inner, write)) for k in chosen]


def _tuples(cell: Node, names: tuple[str, ...], write: Write) -> str:
    """An array of objects as an array of tuples of the values under `names`."""
    tuples = []
    for item in cell.items if isinstance(cell, Arr) else ():
        if isinstance(item, Obj):
            values = dict(zip(item.keys, item.values, strict=True))
            tuples.append("[" + ",".join([write(values[name], None) if name in values else "" for name in names]) + "]")
    return "[" + ",".join(tuples) + "]"
