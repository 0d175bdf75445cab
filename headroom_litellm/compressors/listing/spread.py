"""Some of many lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["spread"]

_GOLDEN: Final = 0.6180339887498949


def spread(lines: Sequence[str], count: int) -> Sequence[str]:
    """About `count` of the lines, at uneven distances: even ones may meet the same line of each section."""
    size = len(lines)
    return lines if size <= count else [lines[int(k * _GOLDEN % 1.0 * size)] for k in range(count)]
