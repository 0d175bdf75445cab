"""What the rows that are not shown hold, a few words a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median_low

from .choice import Column, few_kinds, numbers_of
from .scan import Arr, Node, Obj

__all__ = ["summarise"]

_DATE = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}[T "]')
_MAX_COLUMNS = 16
_MAX_CATEGORIES = 4
_MAX_VALUE = 48
_FEW = 12
_LISTED = 400


def summarise(columns: Sequence[Column], dropped: set[int]) -> str:
    """`id 3..998 (median 500); status "ok" ×930, "slow" ×20; name: 950 different`, over the dropped rows only. What is
    said of a key is said of all of them that have it, of whatever kind; `in all` where all have it."""
    merged: dict[str, list[Node | None]] = {}
    for name, positions, cells in columns:
        merged.setdefault(name, []).extend([cell for i, cell in zip(positions, cells, strict=True) if i in dropped])
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
    present = [cell for cell in cells if cell is not None]
    if not present:
        return ""
    if any(isinstance(cell, Arr | Obj) for cell in present):
        return _containers(present)
    texts = [cell for cell in present if isinstance(cell, str)]
    among = f" in {len(texts)}" if len(texts) < total else ""
    if not few_kinds(texts, _FEW):
        if all(map(_DATE.match, texts)):
            return f" {min(texts)}..{max(texts)}{among}"
        spread = _numbers(texts)
        if spread:
            return f"{spread}{among}"
    counts = Counter(texts)
    if len(counts) == 1:
        return f" {_short(texts[0])}{among or ' in all'}"
    if len(counts) == len(texts) and sum(map(len, texts)) <= _LISTED:
        return f" {', '.join(texts)}"
    if len(counts) <= _FEW or counts.most_common(1)[0][1] > len(texts) / 4:
        top = counts.most_common(_MAX_CATEGORIES)
        shown = ", ".join(f"{_short(text)} ×{count}" for text, count in top)
        return f" {shown}{_rest(len(counts) - len(top), 'other values')}"
    return f": {len(counts)} different{among}"


def _numbers(texts: Sequence[str]) -> str:
    """Their range and their (lower) median in the source's own digits; empty if they are no numbers."""
    numbers = numbers_of(texts)
    if numbers is None:
        return ""
    known = [number for number in numbers if number is not None]
    edges = (min(known), max(known), median_low(known))
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
