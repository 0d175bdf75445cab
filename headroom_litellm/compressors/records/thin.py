"""A long record by the lines that say something of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

__all__ = ["thin"]

_COMMON: Final = 3
"""A line that stands so often in the whole text is none of a record's own."""
_HEAD: Final = 3
_LEAST: Final = 3
"""Lines of a gap."""


def thin(record: Sequence[str], counts: Counter[str], wanted: Collection[str]) -> list[str]:
    """Its first lines, those of the outermost level, those in `wanted`, and those that the text seldom has, by its
    `counts`; a note in the place of each gap."""
    outermost = min((_indent(line) for line in record[1:] if line.strip()), default=0)
    kept = [
        at
        for at, line in enumerate(record)
        if at < _HEAD or line in wanted or counts[line] < _COMMON or (line.strip() and _indent(line) <= outermost)
    ]
    out: list[str] = []
    for before, at in pairwise([-1, *kept, len(record)]):
        gap = at - before - 1
        out += [f"[… {gap} lines]"] if gap >= _LEAST else record[before + 1 : at]
        out += record[at : at + 1]
    return out


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
