"""What the rows that are not shown hold, a few words a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Any

from .choice import Column, constants_of, shapes_of
from .columns import Kind
from .scan import Arr, Node, Obj
from .series import numbers_of

__all__ = ["summarise"]

_DATE = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}[T "]')
_MAX_COLUMNS = 16
_MAX_CATEGORIES = 4
_MAX_VALUE = 48
_MAX_SHAPED = 5_000
_FEW = 12
_LISTED = 400


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
    numeric: set[str] = set()
    for column in (*columns, *(each for each in same if times[each.name] > 1)):
        chosen = flags if len(column.rows) == total else [flags[i] for i in column.rows]
        merged.setdefault(column.name, []).extend(compress(column.cells, chosen))
        if times[column.name] > 1 or column.numbers is not None:
            numeric.add(column.name)
    parts = []
    for name, found in merged.items():
        part = _column(found, len(dropped), name in numeric)
        if part:
            parts.append(f"{name}{part}")
    if len(parts) > _MAX_COLUMNS:
        parts[_MAX_COLUMNS:] = [f"and {len(parts) - _MAX_COLUMNS} more columns"]
    return "; ".join(parts)


def _column(cells: Sequence[Node | None], total: int, numeric: bool) -> str:
    """What the cells of a key say, of `total` rows that were left out; `numeric`: they may be numbers."""
    present = [cell for cell in cells if cell is not None]
    if not present:
        return ""
    if set(map(type, present)) != {str}:
        return _containers(present)
    texts: list[Any] = present
    among = f" in {len(texts)}" if len(texts) < total else ""
    different = set(texts)
    if len(different) > _FEW:
        if _DATE.match(texts[0]) and all(map(_DATE.match, texts)):
            return f" {min(texts)}..{max(texts)}{among}"
        spread = _numbers(texts) if numeric else ""
        if spread:
            return f"{spread}{among}"
    if len(different) == 1:
        return f" {_short(texts[0])}{among or ' in all'}"
    if len(different) == len(texts) and sum(map(len, texts)) <= _LISTED:
        return f" {', '.join(texts)}"
    counts = Counter(texts)
    if len(counts) <= _FEW or counts.most_common(1)[0][1] > len(texts) / 4:
        return f" {_top(counts, 'other values')}"
    return f": {len(different)} different{among}{_shapes(texts)}"


def _top(counts: Counter[str], others: str) -> str:
    top = counts.most_common(_MAX_CATEGORIES)
    shown = ", ".join(f"{_short(text)} ×{count}" for text, count in top)
    return f"{shown}{_rest(len(counts) - len(top), others)}"


def _shapes(texts: Sequence[str]) -> str:
    """How most of them read but for words with digits, where that says more than the beginning of a name does."""
    if len(texts) > _MAX_SHAPED or " " not in texts[0]:
        return ""
    shapes = Counter(shapes_of(texts))
    common = [(shape, count) for shape, count in shapes.most_common(_MAX_CATEGORIES) if " " in shape]
    if not common or common[0][1] < max(3, len(texts) // 20):
        return ""
    return ", most often like " + ", ".join(f"{_short(shape)} ×{count}" for shape, count in common if count > 1)


def _numbers(texts: Sequence[str]) -> str:
    """Their range and their (lower) median in the source's own digits; empty if they are no numbers."""
    numbers = numbers_of(texts)
    if numbers is None:
        return ""
    known = sorted([number for number in numbers if number is not None])
    edges = (known[0], known[-1], known[(len(known) - 1) // 2])
    low, high, middle = (texts[numbers.index(edge)].strip('"') for edge in edges)
    return f" {low}..{high} (median {middle}){_rest(len(texts) - len(known), 'others')}"


def _containers(cells: Sequence[Node]) -> str:
    sizes = [len(cell.items) for cell in cells if isinstance(cell, Arr)]
    objects = sum(isinstance(cell, Obj) for cell in cells)
    parts = [f"arrays of {min(sizes)}..{max(sizes)} ×{len(sizes)}"] if sizes else []
    parts += [f"objects ×{objects}"] if objects else []
    rest = len(cells) - len(sizes) - objects
    return " " + ", ".join(parts + ([f"others ×{rest}"] if rest else []))


def _rest(count: int, what: str) -> str:
    return f", {count} {what}" if count > 0 else ""


def _short(text: str) -> str:
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"
