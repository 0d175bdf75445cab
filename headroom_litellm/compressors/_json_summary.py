"""What the rows that are not shown hold, a few words a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from ._json_choice import Column, numbers_of
from ._json_scan import Node, dump

__all__ = ["summarise"]

_MAX_COLUMNS = 16
_MAX_CATEGORIES = 4
_MAX_VALUE = 48
_FEW = 12


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
    present = [cell if isinstance(cell, str) else dump(cell) for cell in cells if cell is not None]
    if not present:
        return ""
    counts = Counter(present)
    if len(counts) == 1 and len(present) == len(cells):
        return f" {_short(present[0])} in all"
    numbers = numbers_of(present)
    if len(counts) <= _FEW or (counts.most_common(1)[0][1] > len(present) / 2 and numbers is None):
        top = counts.most_common(_MAX_CATEGORIES)
        shown = ", ".join(f"{_short(text)} ×{count}" for text, count in top)
        return f" {shown}{_rest(len(counts) - len(top))}"
    if numbers is not None:
        known = [(number, text) for number, text in zip(numbers, present, strict=True) if number is not None]
        low, high = min(known)[1], max(known)[1]
        middle = median(number for number, _ in known)
        return f" {low.strip(chr(34))}..{high.strip(chr(34))} (median {middle:.6g})"
    return f": {len(counts)} different" if len(counts) > 1 else f" {_short(present[0])} ×{len(present)}"


def _rest(count: int) -> str:
    return f", {count} other values" if count > 0 else ""


def _short(text: str) -> str:
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"
