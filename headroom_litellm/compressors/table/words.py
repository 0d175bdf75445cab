"""Rows with one word for each of the names: processes, counters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .grid import Grid
from .spans import Span

__all__ = ["ends_free", "is_value", "read_worded"]

_PROBE: Final = 50
_MIN_COLUMNS: Final = 3
_LEAST_UNDER: Final = 0.6
_MOST_WORDS: Final = 2
"""So many words in a row of counters that are no numbers."""
_TOKEN: Final = re.compile(r"\S+")
_FREE: Final = re.compile(r"(?:COMMAND|CMD|ARGS|Command)\s*$")
"""The last column of processes: any number of words, and none of the columns before it is ever empty."""
_VALUE: Final = re.compile(r"[0-9.+-]")


def ends_free(header: str) -> bool:
    """Does the last column hold any number of words?"""
    return _FREE.search(header) is not None


def is_value(word: str) -> bool:
    return _VALUE.match(word) is not None


def read_worded(header: str, rows: Sequence[str], *, counters: bool) -> Grid | None:
    """Cells by the blanks between them, where every row has as many as there are names, and they stand under them.
    `counters`: only rows of numbers, which may have outgrown their columns and stand further right."""
    spans = [match.span() for match in _TOKEN.finditer(header)]
    width = len(spans)
    most = width - 1 if ends_free(header) else -1
    if width < _MIN_COLUMNS or any(len(row.split(None, most)) != width for row in rows):
        return None
    probe = rows[:: max(1, len(rows) // _PROBE)]
    if counters:
        fits = most < 0 and width > _MIN_COLUMNS + _MOST_WORDS and all(map(_counts, probe))
    else:
        fits = sum(_stands_under(row, spans) for row in probe) >= _LEAST_UNDER * len(probe)
    if not fits:
        return None
    return Grid(header.split(), width, rows, lambda line: line.rstrip().split(None, most), left_out="unpadded")


def _counts(row: str) -> bool:
    words = row.split()
    return sum(map(is_value, words)) >= len(words) - _MOST_WORDS


def _stands_under(row: str, spans: Sequence[Span]) -> bool:
    """Does each word but those of the last column begin and end between its name's neighbours?"""
    words = [match.span() for match in _TOKEN.finditer(row)]
    for k in range(len(spans) - 1):
        low = spans[k - 1][1] if k else 0
        if words[k][0] < low or words[k][1] > spans[k + 1][1] or words[k][0] >= spans[k + 1][0]:
            return False
    return True
