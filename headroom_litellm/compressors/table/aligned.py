"""Columns that stand under each other: `kubectl get`, `docker ps`, `ps`, `df`, `top`, `netstat`, `pip list`, pandas.

A column is where, in nearly all lines, something stands under its name with blanks on both sides. Lines in which
something stands across two columns are split by their blanks where no column of the table is ever empty or holds a
blank, but for the last; otherwise they are shown as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .grid import Grid, Part

__all__ = ["read_aligned"]

_MAX_LINE: Final = 600
_PROBE: Final = 50
_PREAMBLE: Final = 8
_MIN_ROWS: Final = 2
_MIN_COLUMNS: Final = 3
_MOST_ODD: Final = 0.06
_SIGN: Final = 2
_MOST_CROSSING: Final = 0.34
_CROSSED: Final = 0.04
"""A position is between columns where at most so many of the lines have something there."""
_TOKEN: Final = re.compile(r"\S+")
_RULER: Final = re.compile(r" *-{2,}(?: +-{2,})*\s*| *={2,}(?: +={2,})*\s*|\+\+\+(?:-=+)+-?\s*")
_DASHES: Final = re.compile(r"-+|=+")
_PACKAGES: Final = re.compile(r"\++|=+")
_NAME: Final = re.compile(r"(?:[%#A-Za-z_(/|<+-]|[0-9]{1,4}[A-Z]?-blocks)[^,;={}]*\\?")
_DATA: Final = re.compile(r"[0-9](?!.*-blocks)|.*[0-9]{4}|.*[/.:@][^/]*[/.:]")
_CAPITAL: Final = re.compile(r"[%#(/_+|A-Z-]*[A-Z][^a-z]*(?:\([^)]*\))?|%[A-Za-z]+|[A-Z][A-Za-z_/-]*\.?|on|by|name")
_FREE: Final = re.compile(r"(?:COMMAND|CMD|ARGS|Command)\s*$")
"""The last column of processes: any number of words, and none of the columns before it is ever empty."""
_VALUE: Final = re.compile(r"[0-9.+-]")
_LEFT_OUT: Final = "unpadded"

Span = tuple[int, int]


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
    """Lines up to a blank one, or up to what looks like the names of other columns."""
    blocks: list[Sequence[str]] = []
    start = 0
    heads = [i for i, line in enumerate(lines) if _is_capital(line)]
    # Where the rows themselves are in capitals, none of them begins another table.
    starts = set(heads) if len(heads) * 4 <= len(lines) else set()
    for i, line in enumerate(lines):
        if not line.strip():
            if i > start:
                blocks.append(lines[start:i])
            blocks.append(lines[i : i + 1])
            start = i + 1
        elif i in starts and i > start and i - 1 not in starts:
            blocks.append(lines[start:i])
            start = i
    if start < len(lines):
        blocks.append(lines[start:])
    return blocks


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
            continue
        end = len(rows)
        while end and (rows[end - 1].startswith("[") or _RULER.fullmatch(rows[end - 1])):
            end -= 1
        grid = _grid(header, block[start + 1] if ruler else "", rows[:end])
        if grid is not None:
            return block[:start], grid, rows[end:]
    return None


def _is_header(header: str, rows: Sequence[str], ruler: bool) -> bool:
    """Does the line name columns: with a ruler under it, in capitals, or in words over numbers?"""
    tokens = header.split()
    if len(tokens) < 2 or not ("  " in header.strip() or ruler):
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
    values = [[_VALUE.match(token) is not None for token in row.split()] for row in probe]
    return sum(sum(row) * 3 >= len(row) and sum(row) > 1 for row in values) >= 0.8 * len(probe)


def _grid(header: str, ruler: str, rows: Sequence[str]) -> Grid | None:
    if not rows or "\t" in header:
        return None
    spans = _ruled(ruler) if ruler else _spans(header, rows)
    if ruler and (spans is None or len(spans) < 2):
        return None
    if spans is not None:
        grid = _sliced(header, rows, spans, fewest=2 if ruler or header.isupper() else _MIN_COLUMNS)
        if grid is not None:
            return grid
    return None if ruler else _worded(header, rows)


def _ruled(ruler: str) -> list[Span]:
    """Where the columns of a table with a line of dashes under the names stand."""
    return [match.span() for match in (_PACKAGES if ruler[0] == "+" else _DASHES).finditer(ruler)]


def _spans(header: str, rows: Sequence[str]) -> list[Span] | None:
    """Where the columns stand: what the names and nearly all of the probed rows leave blank is between columns."""
    probe = [row.rstrip()[:_MAX_LINE] for row in rows[:: max(1, len(rows) // _PROBE)]]
    last = max(match.start() for match in _TOKEN.finditer(header))
    width = max(last + 1, len(header.rstrip()))
    positions = zip(*[row[:width].ljust(width) for row in probe], strict=True)
    filled = [len(probe) - column.count(" ") for column in positions]
    most = max(1, _CROSSED * len(probe)) if len(probe) > 4 else 0
    taken = [count > most or not header[k : k + 1].isspace() for k, count in enumerate(filled)]
    runs: list[Span] = []
    for k, full in enumerate(taken):
        if full and (k == 0 or not taken[k - 1]):
            runs.append((k, k + 1))
        elif full:
            runs[-1] = runs[-1][0], k + 1
    return _named(header, runs, [any(filled[k] > most for k in range(*run)) for run in runs])


def _named(header: str, runs: Sequence[Span], filled: Sequence[bool]) -> list[Span] | None:
    """The runs, those without a name joined with their neighbour; None where it is not clear which."""
    spans: list[Span] = []
    pending: Span | None = None
    for i, (start, end) in enumerate(runs):
        named = bool(header[start:end].strip())
        if pending is not None:
            start, pending = pending[0], None
        if named and filled[i]:
            spans.append((start, end))
        elif not spans:
            # Row labels and bullets have no name.
            if not named and start == 0 and i + 1 < len(runs):
                spans.append((start, end))
            elif i + 1 < len(runs) and not named:
                pending = start, end
            else:
                spans.append((start, end))
        elif named:
            # A name of several words over cells that are shorter; or a column that is empty in all rows.
            if i + 1 < len(runs) and runs[i + 1][0] - end == 1:
                pending = start, end
            elif start - runs[i - 1][1] == 1:
                spans[-1] = spans[-1][0], end
            else:
                spans.append((start, end))
        else:
            left = start - runs[i - 1][1]
            right = runs[i + 1][0] - end if i + 1 < len(runs) else left + 1
            if left < right:
                spans[-1] = spans[-1][0], end
            elif right < left:
                pending = start, end
            else:
                return None
    return spans


def _sliced(header: str, rows: Sequence[str], spans: Sequence[Span], *, fewest: int) -> Grid | None:
    """Each cell stands from the end of the column before it to the end of its own; the last takes the rest."""
    gaps = [slice(a[1], b[0]) for a, b in pairwise(spans)]
    if len(spans) < fewest or any(gap.start >= gap.stop for gap in gaps):
        return None
    edges = [end for _, end in spans[:-1]]
    slices = [slice(a, b) for a, b in zip([0, *edges], [*edges, None], strict=True)]

    def split(line: str) -> list[str]:
        return [line[part].strip() for part in slices]

    probe = [split(row) for row in rows[:_PROBE]]
    if sum(bool(cell) for cells in probe for cell in cells) < 0.4 * len(spans) * len(probe):
        return None
    if not header[slices[0]].strip() and not _labels(rows, slices[0]):
        return None
    crossing = _crossing(rows, gaps)
    if len(crossing) > _MOST_CROSSING * len(rows):
        return None
    free = _FREE.search(header) is not None
    placed: dict[int, Sequence[str]] = {}
    solid: list[bool] = []
    for i in sorted(crossing):
        cells = _placed(rows[i], spans)
        if cells is None:
            solid = solid or _solid([split(row) for k, row in enumerate(rows) if k not in crossing])
            cells = _overflowing(rows[i], spans, solid, free)
        if cells is not None:
            placed[i] = cells
    odd = frozenset(crossing.difference(placed))
    if len(odd) > max(1, _MOST_ODD * len(rows)):
        return None
    by_line = {rows[i]: cells for i, cells in placed.items()}

    def split_any(line: str) -> Sequence[str]:
        return by_line[line] if line in by_line else split(line)

    names = split(header)
    return Grid(names, len(spans), rows, split_any, odd, slices, placed, left_out=_LEFT_OUT)


def _labels(rows: Sequence[str], part: slice) -> bool:
    """Is what stands in a first column without a name a label in every row, or a sign in some?"""
    cells = [row[part].strip() for row in rows]
    return all(cells) or all(len(cell) <= _SIGN for cell in cells)


def _crossing(rows: Sequence[str], gaps: Sequence[slice]) -> set[int]:
    """The rows in which something stands between two columns."""
    crossing: set[int] = set()
    for gap in gaps:
        between = [row[gap] for row in rows]
        text = "".join(between)
        if text and not text.isspace():
            crossing.update(i for i, part in enumerate(between) if part and not part.isspace())
    return crossing


def _placed(row: str, spans: Sequence[Span]) -> list[str] | None:
    """The cells of a row by the column that each of its words stands under; None if one stands under two or none."""
    starts = [start for start, _ in spans]
    extents: list[list[int]] = [[] for _ in spans]
    last = len(spans) - 1
    for match in _TOKEN.finditer(row):
        start, end = match.span()
        k = max(0, bisect_right(starts, end - 1) - 1)
        if k < last and start >= spans[k][1]:
            return None
        if k and start < spans[k - 1][1]:
            return None
        if k < last and end > spans[k + 1][0]:
            return None
        extents[k] = [extents[k][0], end] if extents[k] else [start, end]
    if extents[last]:
        extents[last][1] = len(row)
    return [row[slice(*extent)].rstrip() if extent else "" for extent in extents]


def _solid(cells: Sequence[Sequence[str]]) -> list[bool]:
    """Which of the columns hold exactly one word in every row."""
    return [all(cell and " " not in cell for cell in column) for column in zip(*cells, strict=True)]


def _overflowing(row: str, spans: Sequence[Span], solid: Sequence[bool], free: bool) -> list[str] | None:
    """The cells of a row one of whose cells is wider than its column, so that all after it stand further right: told
    only where each of these columns holds one word in every other row. `free`: the last holds any number of words."""
    words = [match.span() for match in _TOKEN.finditer(row)]
    first = next((k for k in range(len(spans) - 1) if any(a < spans[k + 1][0] <= b for a, b in words)), None)
    if first is None or not all(solid[first : -1 if free else None]):
        return None
    lead = [row[(spans[k - 1][1] if k else 0) : spans[k][1]].strip() for k in range(first)]
    begin = spans[first - 1][1] if first else 0
    count = len(spans) - first
    rest = row[begin:].split(None, count - 1 if free else -1)
    apart = begin == 0 or row[begin - 1].isspace() or row[begin].isspace()
    return [*lead, *rest[:-1], rest[-1].rstrip()] if len(rest) == count and apart else None


def _worded(header: str, rows: Sequence[str]) -> Grid | None:
    """Cells by the blanks between them, where every row has as many as there are names and they stand under them."""
    spans = [match.span() for match in _TOKEN.finditer(header)]
    width = len(spans)
    probe = rows[:: max(1, len(rows) // _PROBE)]
    most = width - 1 if _FREE.search(header) else -1
    if width < _MIN_COLUMNS or any(len(row.split(None, most)) != width for row in rows):
        return None
    under = sum(_stands_under(row, spans) for row in probe)
    if under < 0.6 * len(probe):
        return None
    return Grid(header.split(), width, rows, lambda line: line.rstrip().split(None, most), left_out=_LEFT_OUT)


def _stands_under(row: str, spans: Sequence[Span]) -> bool:
    """Does each word but those of the last column begin and end between its name's neighbours?"""
    words = [match.span() for match in _TOKEN.finditer(row)]
    for k in range(len(spans) - 1):
        low = spans[k - 1][1] if k else 0
        if words[k][0] < low or words[k][1] > spans[k + 1][1] or words[k][0] >= spans[k + 1][0]:
            return False
    return True
