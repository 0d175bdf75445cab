"""Say it once in a column: a prefix that most cells begin with, and cells that repeat the one above."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

__all__ = ["ABOVE", "PREFIX", "common_prefix", "repeats_above"]

ABOVE: Final = "^"
"""Stands for the same as in the row above."""
PREFIX: Final = "~"
"""Stands for what most cells of a column begin with."""

_MIN_PREFIX: Final = 8
_LEAST: Final = 4
"""Words, numbers and signs in what is said once: the sign in its place is one of them too."""
_MIN_GAIN: Final = 60
_LEGEND: Final = 15
_PIECE: Final = re.compile(r"[^\W\d_]{1,9}|[0-9]{1,3}|[^\sA-Za-z0-9]")


def common_prefix(cells: Sequence[str]) -> str:
    """What most of the cells begin with, up to a place where words end, if leaving it out pays; else empty."""
    heads = Counter([cell[:_MIN_PREFIX] for cell in cells])
    head, times = heads.most_common(1)[0]
    if len(head) < _MIN_PREFIX or times * 2 < len(cells) or '"' in head or any(h[:1] == PREFIX for h in heads):
        return ""
    ours = [cell for cell in cells if cell.startswith(head)]
    first, last = min(ours), max(ours)
    if first == last:
        return ""
    size = next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    cut = max(first.rfind(mark, 0, size) for mark in "/\\.:@T -_") + 1
    prefix = first[:cut]
    pieces = _pieces(prefix)
    gain = times * (pieces - 1) - pieces - _LEGEND
    return prefix if len(prefix) >= _MIN_PREFIX and pieces >= _LEAST and gain >= _MIN_GAIN else ""


def repeats_above(cells: Sequence[str]) -> bool:
    """Do so many cells repeat the one above that a sign for it pays?"""
    same = [cell for above, cell in pairwise(cells) if cell == above and len(cell) > 2]
    gain = sum(map(_pieces, same)) - len(same)
    return gain >= max(_MIN_GAIN, (_LEAST - 1) * len(same))


def _pieces(text: str) -> int:
    return len(_PIECE.findall(text))
