"""Where the columns of a table stand whose cells are under each other: from which character of a line to which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["Span", "ruled_spans", "seen_spans"]

Span = tuple[int, int]

_MAX_LINE: Final = 600
_PROBE: Final = 50
_CROSSED: Final = 0.04
"""A position is between columns where at most so many of the lines have something there."""
_TOKEN: Final = re.compile(r"\S+")
_DASHES: Final = re.compile(r"-+|=+")
_PACKAGES: Final = re.compile(r"\++|=+")


def ruled_spans(ruler: str) -> list[Span]:
    """By the line of dashes under the names."""
    return [match.span() for match in (_PACKAGES if ruler[0] == "+" else _DASHES).finditer(ruler)]


def seen_spans(header: str, rows: Sequence[str]) -> list[Span] | None:
    """By what the names and nearly all of the probed rows leave blank; None where it is not clear."""
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
            if i + 1 < len(runs) and _one_blank(header, end, runs[i + 1][0]):
                pending = start, end
            elif _one_blank(header, runs[i - 1][1], start):
                spans[-1] = spans[-1][0], end
            else:
                spans.append((start, end))
        else:
            left = start - runs[i - 1][1]
            right = runs[i + 1][0] - end if i + 1 < len(runs) else left + 1
            if left < right:
                spans[-1] = spans[-1][0], end
            elif right < left or _ends_with_name(header, runs[i + 1]):
                pending = start, end
            else:
                return None
    return spans


def _ends_with_name(header: str, run: Span) -> bool:
    """Is the name of these cells to their right, as that of numbers is?"""
    start, end = run
    return header[start].isspace() and not header[end - 1 : end].isspace()


def _one_blank(header: str, end: int, start: int) -> bool:
    """Is there just one blank between the names to the left and to the right of here?"""
    return start - end == 1 and not header[end - 1].isspace() and not header[start : start + 1].isspace()
