"""Very long lines, as of minified files, cut to where the match is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ...ccr import marker

__all__ = ["LONG", "Cutter"]

LONG: Final = 480
_BEGINNING: Final = 120
_AROUND: Final = 90
_MOST: Final = 3
_NUMBER: Final = re.compile(r"[0-9]{0,8}[:=-]?[0-9]{0,8}[:=-]?")


class Cutter:
    """Cuts entries, and keeps the originals of what its markers stand for, in order."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._terms = terms
        self.spans: list[str] = []

    def __call__(self, entry: str) -> str:
        """The beginning of a long line and some places that hold what was searched for; `…` where text is left out,
        and a marker for the whole line at the end."""
        if len(entry) <= LONG:
            return entry
        parts = [(0, _BEGINNING)]
        lowered = entry.lower()
        lowered = lowered if len(lowered) == len(entry) else entry
        for term in self._terms:
            at = lowered.find(term)
            if at >= 0 and not any(start <= at and at + len(term) <= end for start, end in parts):
                parts.append((max(0, at - _AROUND), min(len(entry), at + len(term) + _AROUND)))
            if len(parts) > _MOST:
                break
        parts.sort()
        out: list[str] = []
        end = 0
        for start, stop in parts:
            if start > end:
                out.append("…")
            out.append(entry[max(start, end) : stop])
            end = max(end, stop)
        number = _NUMBER.match(entry)
        whole = entry[number.end() :] if number else entry
        self.spans.append(whole)
        return f"{''.join(out)}…{marker.opaque(whole, 'whole line')}"
