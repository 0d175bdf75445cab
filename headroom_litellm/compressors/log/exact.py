"""A log said in fewer words, with nothing lost: lines that repeat or count, times said once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from operator import eq
from typing import Final

from ..base import Rendition
from .shape import without_digits
from .stamps import NOTE as STAMP_NOTE
from .stamps import unstamped

__all__ = ["exact"]

_NUMBER: Final = re.compile(r"[0-9]+")
_NOTE: Final = re.compile(
    rf"^(?:\[the line above [0-9]+ more times\]|\[[0-9]+ more lines, counting evenly up to:\]|{STAMP_NOTE})",
    re.MULTILINE,
)
_FEWEST: Final = 4
"""Lines that count up: fewer are shown."""
_MAX_NUMBERS: Final = 40


def exact(text: str) -> Rendition | None:
    """Lines that repeat the one above are counted; of lines that differ only in numbers which grow evenly the first and
    the last are shown; the date and time that many lines begin with is said once. None where none of it pays, or where
    a line reads like one of the notes."""
    if "[" in text and _NOTE.search(text):
        return None
    lines = text.split("\n")
    keys = without_digits(text)
    short = _folded(lines, keys) if any(map(eq, keys, keys[1:])) else lines
    result = "\n".join(unstamped(short))
    return Rendition(result, len(lines), len(lines), "lines") if len(result) < len(text) else None


def _folded(lines: Sequence[str], keys: Sequence[bytes]) -> list[str]:
    out: list[str] = []
    start = 0
    for _, same in groupby(keys):
        end = start + sum(1 for _ in same)
        while start < end:
            stop = start + 1
            while stop < end and lines[stop] == lines[start]:
                stop += 1
            more = stop - start - 1
            if more:
                note = f"[the line above {more} more times]"
                pays = len(note) < more * (len(lines[start]) + 1) - 1
                out += [lines[start], note] if pays else lines[start:stop]
            else:
                stop = _counted_to(lines, start, end) if end - start >= _FEWEST else stop
                hidden = stop - start - 2
                note = f"[{hidden} more lines, counting evenly up to:]"
                pays = hidden > 1 and len(note) < hidden * (len(lines[start]) + 1) - 1
                out += [lines[start], note, lines[stop - 1]] if pays else lines[start:stop]
            start = stop
    return out


def _counted_to(lines: Sequence[str], start: int, end: int) -> int:
    """The end of the lines from `start` on in which each number grows by the same from line to line."""
    first, second = _NUMBER.findall(lines[start]), _NUMBER.findall(lines[start + 1])
    if len(first) != len(second) or len(first) > _MAX_NUMBERS or _words(lines[start]) != _words(lines[start + 1]):
        return start + 1
    if any(map(_padded, (*first, *second))):
        return start + 1
    steps = [int(b) - int(a) for a, b in zip(first, second, strict=True)]
    values = [int(each) for each in second]
    words = _words(lines[start])
    stop = start + 2
    while stop < end:
        values = [value + step for value, step in zip(values, steps, strict=True)]
        if _NUMBER.findall(lines[stop]) != [str(value) for value in values] or _words(lines[stop]) != words:
            break
        stop += 1
    return stop if stop - start >= _FEWEST else start + 1


def _words(line: str) -> list[str]:
    return _NUMBER.split(line)


def _padded(number: str) -> bool:
    """Is it written otherwise than a number is, or longer than one that counts?"""
    return (number[0] == "0" and number != "0") or len(number) > 15
