"""Where a piece of a long line may begin and end, and the quotes by which a reader finds it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

__all__ = ["Stretch", "borders", "cut", "sampled"]

_EDGE: Final = 200
"""Characters of a piece that may be shown with what stands beside it, for the sake of a border."""
_TRIES: Final = 4
"""Borders that are tried for each end of a piece."""
_SCAN: Final = 50
"""Times its own length that a piece may stand away from the beginning of its line: a quote is looked for on the way."""
_QUOTES: Final = (12, 24, 48)
"""Characters of a quote, about: the first of these with which it is read at one place first."""
_WORD: Final = 30
"""Characters by which a quote gets longer, so that it begins or ends with a word."""
_DELIMITERS: Final = '`"'
_BORDER: Final = re.compile(r"[,}\])>\s](?=[^,}\])>\s])")
_RARE: Final = re.compile(r"[,}\])>\s](?=[^,}\])>\s]..[0-2a-e])")
"""Few of the borders, and the same ones wherever the same text stands."""
_HUGE: Final = 100_000
"""Characters from which on a text is looked at in few places only."""
_APART: Final = 80
_MOST: Final = 1024
_ENDS: Final = frozenset(",}])> \t")
_ESCAPES: Final = "\\\x1b"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters `start` to `end` (exclusive) of a line stand in another from character `at` on. `first` and `last` are
    quotes of where they begin and end; "" where both lines do so."""

    start: int
    end: int
    at: int
    first: str = ""
    last: str = ""

    @property
    def length(self) -> int:
        return self.end - self.start


def borders(text: str, end: int) -> Iterator[int]:
    """The borders before `end` at which pieces are looked for, and the beginning."""
    yield 0
    for border in (_RARE if len(text) > _HUGE else _BORDER).finditer(text, 0, end):
        yield border.end()


def sampled(text: str, start: int, end: int) -> Iterator[int]:
    """`start`, and of the borders before `end` some by which pieces are found: one in each stretch of a piece's length,
    or of a longer one where the text is huge."""
    apart, pattern = max(_APART, len(text) // _MOST), _RARE if len(text) > _HUGE else _BORDER
    at = start
    while at < end:
        yield at
        border = pattern.search(text, at + apart - 1, end)
        if border is None:
            return
        at = border.end()


def cut(mine: str, theirs: str, found: Stretch, *, named: bool) -> Stretch | None:
    """What of the stretch lies between two borders by which a reader finds it; None where there are none.

    Each quote stands first where it is meant, in their line from its beginning, or the first quote, on. `named`: the
    first one is wanted in any case.
    """
    shift = found.at - found.start
    if found.at > _SCAN * found.length:
        return None
    for start in islice(_starts(mine, theirs, found), _TRIES):
        at = start + shift
        first = _quote_from(theirs, at, found.end + shift) if start or at or named else ""
        if first is None:
            continue
        for end in islice(_stops(mine, theirs, found, start), _TRIES):
            both = end == len(mine) and end + shift == len(theirs)
            last = "" if both else _quote_to(theirs, at, end + shift)
            if last is not None:
                return Stretch(start, end, at, first, last)
        return None
    return None


def _starts(mine: str, theirs: str, found: Stretch) -> Iterator[int]:
    """Where a piece of the stretch may begin, best first."""
    shift = found.at - found.start
    for start in range(found.start, min(found.start + _EDGE, found.end)):
        # Not between closing brackets, or blanks: what is shown before a reference is to end with all of them.
        inner = start > 0 and (mine[start] in _ENDS or not _is_border(mine, start))
        if not inner and (start + shift == 0 or _is_border(theirs, start + shift)):
            yield start


def _stops(mine: str, theirs: str, found: Stretch, least: int) -> Iterator[int]:
    """Where it may end, best first."""
    shift = found.at - found.start
    for end in range(found.end, max(found.end - _EDGE, least), -1):
        over = end + shift
        if (end == len(mine) or _is_border(mine, end)) and (over == len(theirs) or _is_border(theirs, over)):
            yield end


def _is_border(text: str, at: int) -> bool:
    """Whether the text may be cut before character `at`: behind a comma, a closing bracket or a blank, in no number,
    escape sequence or character of several code points."""
    before, behind = text[at - 1], text[at]
    if before not in _ENDS or (at > 1 and text[at - 2] in _ESCAPES):
        return False
    if before == "," and behind.isdigit() and at > 1 and text[at - 2].isdigit():
        return False
    return behind.isascii() or unicodedata.category(behind)[0] not in "MC"


def _quote_from(text: str, at: int, end: int) -> str | None:
    """With what the characters from `at` on begin, if it stands nowhere before them."""
    for size in _QUOTES:
        stop = min(at + size, end)
        while stop < end and _goes_on(text, stop) and stop < at + size + _WORD:
            stop += 1
        if text.find(text[at:stop], 0, stop) == at:
            return _delimited(text[at:stop])
    return None


def _quote_to(text: str, at: int, end: int) -> str | None:
    """With what the characters from `at` to `end` end, if it stands nowhere else among them."""
    for size in _QUOTES:
        start = max(end - size, at)
        while start > at and _goes_on(text, start) and start > end - size - _WORD:
            start -= 1
        if text.find(text[start:end], at, end) == start:
            return _delimited(text[start:end])
    return None


def _goes_on(text: str, at: int) -> bool:
    """Whether a word, an escape sequence or a character of several code points goes on at character `at`."""
    return (text[at - 1].isalnum() and text[at].isalnum()) or text[at - 1] in _ESCAPES or not text[at].isascii()


def _delimited(quote: str) -> str | None:
    sign = next((sign for sign in _DELIMITERS if sign not in quote), None)
    return f"{sign}{quote}{sign}" if sign is not None and quote.isprintable() else None
