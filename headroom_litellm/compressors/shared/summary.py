"""What the cells of a column hold that are not shown, in a few words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median_low
from typing import Final

from .series import numbers_of
from .shapes import few_kinds, shapes_of

__all__ = ["summary_of"]

_DATE: Final = re.compile(r"\"?[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T \"]|$)")
_BLANK: Final = {"": "empty", '""': '""', "null": "null"}
"""What a range leaves out, and how it is told."""
_MAX_CATEGORIES: Final = 4
_MAX_VALUE: Final = 48
_MAX_SHAPED: Final = 5_000
_FEW: Final = 12
_LISTED: Final = 400
"""Characters of the values that are given one by one."""
_MAX_SORTED: Final = 10_000


def summary_of(cells: Sequence[str], total: int = 0) -> str:
    """What to say behind a column's name: ` 3..998 (median 500)`, ` ok ×930, slow ×20`, `: 950 different`; ` in 40`
    where `total` are more than its cells."""
    among = f" in {len(cells)}" if len(cells) < total else ""
    if not few_kinds(cells, _FEW):
        spread = _range(cells)
        if spread:
            return f" {spread}{among}"
    counts = Counter(cells)
    if len(counts) == 1:
        return f" {_shown(cells[0])}{among or ' in all'}"
    if len(counts) == len(cells) and sum(map(len, cells)) <= _LISTED and not any("\n" in cell for cell in cells):
        return f" {', '.join(cells)}"
    if len(counts) <= _FEW or counts.most_common(1)[0][1] > len(cells) / 4:
        top = counts.most_common(_MAX_CATEGORIES)
        shown = ", ".join(f"{_shown(text)} ×{count}" for text, count in top)
        others = f", {len(counts) - len(top)} other values" if len(counts) > len(top) else ""
        return f" {shown}{others}{among}"
    return f": {len(counts)} different{among}{_most_like(cells)}"


def _range(cells: Sequence[str]) -> str:
    """The least and the greatest of dates or numbers, and how many hold nothing; empty if they are neither."""
    filled = [cell for cell in cells if cell not in _BLANK]
    spread = f"{min(filled)}..{max(filled)}" if all(map(_DATE.match, filled)) else _numbers(filled)
    if not spread or len(filled) == len(cells):
        return spread
    blanks = Counter(cell for cell in cells if cell in _BLANK)
    return spread + "".join(f", {count} {_BLANK[cell]}" for cell, count in blanks.items())


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


def _most_like(cells: Sequence[str]) -> str:
    """How most of them read but for words with digits, where that says more than the beginning of a name does."""
    if len(cells) > _MAX_SHAPED or " " not in cells[0]:
        return ""
    shapes = Counter(shapes_of(cells))
    common = [(shape, count) for shape, count in shapes.most_common(_MAX_CATEGORIES) if " " in shape]
    if not common or common[0][1] < max(3, len(cells) // 20):
        return ""
    return ", most often like " + ", ".join(f"{_shown(shape)} ×{count}" for shape, count in common if count > 1)


def _shown(text: str) -> str:
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    return (text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…") or "empty"
