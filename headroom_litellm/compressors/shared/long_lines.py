"""Very long lines, cut to what tells what they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

__all__ = ["shortened"]

_LONG: Final = 320
_BEGINNING, _END = 170, 80
_AROUND: Final = 80
_PLACES: Final = 3
_WORTH: Final = 40
"""Characters that are left out at one place, at least."""
_WORD: Final = 40
"""Characters of a word that is not cut in two."""


def shortened(line: str, terms: Collection[str] = ()) -> str:
    """The beginning and the end of a long line, and what stands around the first few of the terms (in lower case) that
    it holds; `[… 700 characters]` where something is left out. The line itself where it is not long."""
    if len(line) <= _LONG:
        return line
    parts = [(0, _BEGINNING), (len(line) - _END, len(line))]
    lowered = line.lower() if terms else ""
    found = [at for at in map(lowered.find, terms) if at >= 0] if len(lowered) == len(line) else []
    parts += [(max(0, at - _AROUND), min(len(line), at + _AROUND)) for at in found[:_PLACES]]
    out: list[str] = []
    shown = 0
    for start, end in sorted(parts):
        begin = _back(line, start)
        if begin - shown < _WORTH:
            begin = shown
        elif begin > shown:
            out.append(f"[… {begin - shown} characters]")
        stop = max(begin, len(line) if end == len(line) else _back(line, end))
        out.append(line[begin:stop])
        shown = max(shown, stop)
    return "".join(out)


def _back(line: str, at: int) -> int:
    """The end of the last space before `at`, if there is one near."""
    return line.rfind(" ", max(0, at - _WORD), at) + 1 or at
