"""The date and time that the lines of a log begin with, said once while it stays the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

__all__ = ["NOTE", "unstamped"]

NOTE: Final = r"\[[|~^] (?:now )?stands for \""
"""How a note begins, as a regular expression."""

_STAMP: Final = re.compile(
    r"(([\[(<]?(?:[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[T _]|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ 0-9][0-9] |"
    r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:|[0-9]{2}[-/.][0-9]{2}(?:[-/.][0-9]{2,4})? )?)[0-9]{2}:)[0-9]{2}:(?=[0-9]{2})"
)
"""A date and time to the minute; in it, to the hour; in that, the date alone."""
_MARKS: Final = "|~^"
_FEWEST: Final = 12
_WORTH: Final = 0.1
_NOTE_LENGTH: Final = 30


def unstamped(lines: Sequence[str]) -> Sequence[str]:
    """The lines with one sign in place of the date and time (to the minute, the hour or the day, as it pays best) that
    they begin with, and a note wherever that is another one. As they are where it does not pay."""
    matches = [_STAMP.match(line) for line in lines]
    found = [match for match in matches if match is not None]
    if len(found) < _FEWEST or len({line for line, match in zip(lines, matches, strict=True) if match}) < _FEWEST:
        return lines
    mark = next((mark for mark in _MARKS if not any(line[:1] == mark for line in lines)), None)
    gain, level = max((_gain([match[level] for match in found]), level) for level in range(3))
    if mark is None or gain < _WORTH * sum(map(len, lines)):
        return lines
    out: list[str] = []
    now = None
    for line, match in zip(lines, matches, strict=True):
        stem = match[level] if match else ""
        if not match or not stem:
            out.append(line)
            continue
        if stem != now:
            told = "now stands" if now is not None else "stands"
            out.append(f'[{mark} {told} for "{stem}"' + ("]" if now is not None else " at the beginning of a line]"))
            now = stem
        out.append(mark + line[len(stem) :])
    return out


def _gain(stems: Sequence[str]) -> int:
    """The characters saved: a sign a line, a note for each change."""
    return sum(map(len, stems)) - len(stems) - sum(_NOTE_LENGTH + len(stem) for stem, _ in groupby(stems))
