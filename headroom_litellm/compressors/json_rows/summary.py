"""What the rows that are not shown hold, a few words a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Any

from ..shared.summary import summary_of
from .choice import Column, constants_of
from .columns import Kind
from .scan import Arr, Node, Obj

__all__ = ["summarise"]

_MAX_COLUMNS = 16


def summarise(columns: Sequence[Column], kinds: Sequence[Kind], dropped: set[int], total: int) -> str:
    """`id 3..998 (median 500); status "ok" ×930, "slow" ×20; name: 950 different`, over the dropped rows only, of
    `total`. What is said of a key is said of all of them that have it, of whatever kind; `in all` where all have it. A
    column that is constant where it stands is named only if it varies elsewhere."""
    flags = bytearray(total)
    for i in dropped:
        flags[i] = 1
    same = constants_of(kinds)
    times = Counter([column.name for column in (*columns, *same)])
    merged: dict[str, list[Node | None]] = {}
    for column in (*columns, *(each for each in same if times[each.name] > 1)):
        chosen = flags if len(column.rows) == total else [flags[i] for i in column.rows]
        merged.setdefault(column.name, []).extend(compress(column.cells, chosen))
    parts = []
    for name, found in merged.items():
        part = _column(found, len(dropped))
        if part:
            parts.append(f"{name}{part}")
    if len(parts) > _MAX_COLUMNS:
        parts[_MAX_COLUMNS:] = [f"and {len(parts) - _MAX_COLUMNS} more columns"]
    return "; ".join(parts)


def _column(cells: Sequence[Node | None], total: int) -> str:
    """What the cells of a key say, of `total` rows that were left out."""
    present: list[Any] = [cell for cell in cells if cell is not None]
    if not present:
        return ""
    return _containers(present) if set(map(type, present)) != {str} else summary_of(present, total)


def _containers(cells: Sequence[Node]) -> str:
    sizes = [len(cell.items) for cell in cells if isinstance(cell, Arr)]
    objects = sum(isinstance(cell, Obj) for cell in cells)
    parts = [f"arrays of {min(sizes)}..{max(sizes)} ×{len(sizes)}"] if sizes else []
    parts += [f"objects ×{objects}"] if objects else []
    rest = len(cells) - len(sizes) - objects
    return " " + ", ".join(parts + ([f"others ×{rest}"] if rest else []))
