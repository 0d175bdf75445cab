"""What the rows that are not shown hold, a few words a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median

from ._json_choice import Column, few_kinds, numbers_of
from ._json_scan import Arr, Node, Obj

__all__ = ["summarise"]

_DATE = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}[T "]')
_MAX_COLUMNS = 16
_MAX_CATEGORIES = 4
_MAX_VALUE = 48
_FEW = 12
_LISTED = 400


def summarise(columns: Sequence[Column], dropped: set[int]) -> str:
    """`id 3..998 (median 500); status "ok" ×930, "slow" ×20; name: 950 different`, over the dropped rows only."""
    parts = []
    for name, positions, cells in columns:
        part = _column([cell for i, cell in zip(positions, cells, strict=True) if i in dropped])
        if part:
            parts.append(f"{name}{part}")
    if len(parts) > _MAX_COLUMNS:
        parts[_MAX_COLUMNS:] = [f"and {len(parts) - _MAX_COLUMNS} more columns"]
    return "; ".join(parts)


def _column(cells: Sequence[Node | None]) -> str:
    present = [cell for cell in cells if cell is not None]
    if not present:
        return ""
    if any(isinstance(cell, Arr | Obj) for cell in present):
        return _containers(present)
    texts = [cell for cell in present if isinstance(cell, str)]
    if not few_kinds(texts, _FEW):
        if all(map(_DATE.match, texts)):
            return f" {min(texts)}..{max(texts)}"
        spread = _numbers(texts)
        if spread:
            return spread
    counts = Counter(texts)
    if len(counts) == 1 and len(texts) == len(cells):
        return f" {_short(texts[0])} in all"
    if len(counts) == len(texts) and sum(map(len, texts)) <= _LISTED:
        return f" {', '.join(texts)}"
    if len(counts) <= _FEW or counts.most_common(1)[0][1] > len(texts) / 4:
        top = counts.most_common(_MAX_CATEGORIES)
        shown = ", ".join(f"{_short(text)} ×{count}" for text, count in top)
        return f" {shown}{_rest(len(counts) - len(top), 'other values')}"
    return f": {len(counts)} different"


def _numbers(texts: Sequence[str]) -> str:
    """Their range, in the source's own digits, and their median; empty if they are no numbers."""
    numbers = numbers_of(texts)
    if numbers is None:
        return ""
    known = [number for number in numbers if number is not None]
    low, high = (texts[numbers.index(edge)].strip('"') for edge in (min(known), max(known)))
    return f" {low}..{high} (median {median(known):.6g}){_rest(len(texts) - len(known), 'others')}"


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
