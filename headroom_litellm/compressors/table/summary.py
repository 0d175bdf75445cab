"""What the rows that are not shown hold, a few words a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median_low
from typing import Final

from ..shared.rows import few_kinds, numbers_of

__all__ = ["summarise"]

_DATE: Final = re.compile(r"\"?[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T \"]|$)")
_MAX_CATEGORIES: Final = 4
_MAX_VALUE: Final = 40
_FEW: Final = 12
_LISTED: Final = 200
_MAX_SORTED: Final = 2_000


def summarise(cells: Sequence[str]) -> str:
    """`3..998 (median 500)`, `ok ×930, slow ×20`, `950 different`, of one column."""
    if not few_kinds(cells, _FEW):
        filled = [cell for cell in cells if cell]
        empty = f", {len(cells) - len(filled)} empty" if len(filled) < len(cells) else ""
        if all(map(_DATE.match, filled)):
            return f"{min(filled)}..{max(filled)}{empty}"
        spread = _numbers(filled)
        if spread:
            return spread + empty
    counts = Counter(cells)
    if len(counts) == 1:
        return f"{_shown(cells[0])} in all"
    if len(counts) <= _FEW or counts.most_common(1)[0][1] > len(cells) / 4:
        top = counts.most_common(_MAX_CATEGORIES)
        shown = ", ".join(f"{_shown(text)} ×{count}" for text, count in top)
        return f"{shown}, {len(counts) - len(top)} other values" if len(counts) > len(top) else shown
    if len(counts) == len(cells) and sum(map(len, cells)) <= _LISTED and not any("\n" in cell for cell in cells):
        return ", ".join(cells)
    return f"{len(counts)} different"


def _numbers(cells: Sequence[str]) -> str:
    """Their range and their (lower) median in the source's own digits; empty if they are no numbers."""
    numbers = numbers_of(cells)
    if numbers is None:
        return ""
    known = [number for number in numbers if number is not None]
    step = max(1, len(known) // _MAX_SORTED)
    low, high, middle = (
        cells[numbers.index(edge)].strip('"') for edge in (min(known), max(known), median_low(known[::step]))
    )
    rest = f", {len(cells) - len(known)} others" if len(known) < len(cells) else ""
    return f"{low}..{high} (median {'about ' if step > 1 else ''}{middle}){rest}"


def _shown(text: str) -> str:
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    return (text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…") or "empty"
