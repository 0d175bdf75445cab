"""Columns that stand under each other: `kubectl get`, `docker ps`, `ps`, `df`, `top`, `netstat`, `pip list`, pandas.

A column is where, in nearly all lines, something stands under its name with blanks on both sides. Lines in which
something stands across two columns are split by their blanks where no column of the table is ever empty or holds a
blank, but for the last; otherwise they are shown as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .grid import Grid, Part
from .sliced import read_sliced
from .spans import ruled_spans, seen_spans
from .words import ends_free, is_value, read_worded

__all__ = ["read_aligned"]

_MAX_LINE: Final = 600
_PROBE: Final = 50
_PREAMBLE: Final = 8
_MIN_ROWS: Final = 2
_MIN_COLUMNS: Final = 3
_RULER: Final = re.compile(r" *-{2,}(?: +-{2,})*\s*| *={2,}(?: +={2,})*\s*|\+\+\+(?:-=+)+-?\s*")
_NAME: Final = re.compile(r"(?:[%#A-Za-z_(/|<+-]|[0-9]{1,4}[A-Z]?-blocks)[^,;={}]*\\?")
_DATA: Final = re.compile(r"[0-9](?!.*-blocks)|.*[0-9]{4}|.*[/.:@][^/.:@]*[/.:]")
_CAPITAL: Final = re.compile(r"[%#(/_+|A-Z-]*[A-Z][^a-z]*(?:\([^)]*\))?|%[A-Za-z]+|[A-Z][A-Za-z_/-]*\.?|on|by|name")


def read_aligned(text: str) -> list[Part] | None:
    """The tables of the text and the lines between them; None where there is no table."""
    lines = text.split("\n")
    parts: list[Part] = []
    loose: list[str] = []
    found = False
    for block in _blocks(lines):
        table = _table(block) if len(block) > _MIN_ROWS else None
        if table is None:
            loose.extend(block)
            continue
        found = True
        before, grid, after = table
        loose.extend(before)
        if loose:
            parts.append("\n".join(loose))
        parts.append(grid)
        loose = list(after)
    if loose:
        parts.append("\n".join(loose))
    return parts if found else None


def _blocks(lines: Sequence[str]) -> list[Sequence[str]]:
    """Lines up to a blank one, or up to what looks like the names of other columns or a title above them."""
    blocks: list[Sequence[str]] = []
    start = 0
    heads = [i for i, line in enumerate(lines) if _is_capital(line)]
    # Rows may be in capitals too: names stand first, under a title, or again as they stood before.
    first = lines[heads[0]] if heads else ""
    starts = {i for i in heads if lines[i] == first or _is_title(lines[i - 1])}
    for i, line in enumerate(lines):
        if not line.strip():
            if i > start:
                blocks.append(lines[start:i])
            blocks.append(lines[i : i + 1])
            start = i + 1
        elif i in starts and i > start and i - 1 not in starts:
            title = i - _is_title(lines[i - 1])
            if title > start:
                blocks.append(lines[start:title])
                start = title
    if start < len(lines):
        blocks.append(lines[start:])
    return blocks


def _is_title(line: str) -> bool:
    """Is this running text, and no row of columns?"""
    return "  " not in line.strip()


def _is_capital(line: str) -> bool:
    start = line.lstrip()
    if "a" <= start[:1] <= "z" or "0" <= start[:1] <= "9" or len(line) > _MAX_LINE or "  " not in start.rstrip():
        return False
    tokens = line.split()
    return len(tokens) >= _MIN_COLUMNS and all(map(_CAPITAL.fullmatch, tokens))


def _table(block: Sequence[str]) -> tuple[Sequence[str], Grid, Sequence[str]] | None:
    """(the lines before it, the table, the lines after it) of a block of lines."""
    for start in range(min(_PREAMBLE, len(block) - _MIN_ROWS)):
        header = block[start]
        if len(header) > _MAX_LINE:
            continue
        ruler = _RULER.fullmatch(block[start + 1]) is not None
        rows = block[start + 1 + ruler :]
        if len(rows) < 1 + (not ruler) or not _is_header(header, rows, ruler):
            if not (ruler or _is_title(header) or _RULER.fullmatch(header)):
                # These may be names in an unusual form: none of the rows may pass for them.
                return None
            continue
        end = len(rows)
        while end and (rows[end - 1].startswith("[") or _RULER.fullmatch(rows[end - 1])):
            end -= 1
        grid = _grid(header, block[start + 1] if ruler else "", rows[:end])
        if grid is not None:
            while end > _MIN_ROWS and _is_remark(grid, end - 1):
                end -= 1
            return block[:start], grid.until(end), rows[end:]
    return None


def _is_remark(grid: Grid, i: int) -> bool:
    """Is this no row, but what is said under the table?"""
    line = grid.lines[i]
    return _is_title(line) and " " in line.strip() and (i in grid.odd or sum(map(bool, grid.split(line))) < 2)


def _is_header(header: str, rows: Sequence[str], ruler: bool) -> bool:
    """Does the line name columns: with a ruler under it, in capitals, or in words over numbers?"""
    tokens = header.split()
    if len(tokens) < 2 or (_is_title(header) and not ruler) or header in rows[:_PROBE]:
        return False
    if ruler:
        return True
    if any(_NAME.fullmatch(token) is None or _DATA.match(token) is not None for token in tokens):
        return False
    if len(tokens) < _MIN_COLUMNS:
        return header.isupper() and not any(map(str.isupper, rows[:_PROBE]))
    if all(map(_CAPITAL.fullmatch, tokens)):
        return not all(map(_is_capital, rows[:_PROBE]))
    probe = rows[:_PROBE]
    values = [list(map(is_value, row.split())) for row in probe]
    return sum(sum(row) * 3 >= len(row) and sum(row) > 1 for row in values) >= 0.8 * len(probe)


def _grid(header: str, ruler: str, rows: Sequence[str]) -> Grid | None:
    if not rows or "\t" in header:
        return None
    free = ends_free(header)
    if ruler:
        return read_sliced(header, rows, ruled_spans(ruler), fewest=2, free=free)
    grid = read_worded(header, rows, counters=not free)
    if grid is not None:
        return grid
    spans = seen_spans(header, rows)
    if spans is not None:
        grid = read_sliced(header, rows, spans, fewest=2 if header.isupper() else _MIN_COLUMNS, free=free)
    return read_worded(header, rows, counters=False) if grid is None and not free else grid
