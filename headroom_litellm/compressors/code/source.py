"""The rows of a source file, as they came and as they are parsed."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

__all__ = ["Source", "is_numbered", "without_numbers"]

_NUMBER: Final = r"^( {0,10}([0-9]{1,7})(?:→|\t| ?[|│] ?|[:)] ?))"
_GUTTER: Final = re.compile(_NUMBER, re.MULTILINE)
_ROW: Final = re.compile(_NUMBER + "(.*)", re.DOTALL)
_BEGINNING: Final = 2_000


def is_numbered(text: str) -> bool:
    """Do the first rows count up?"""
    numbers = [int(match[2]) for match in map(_GUTTER.match, text[:_BEGINNING].split("\n")[:8]) if match]
    return len(numbers) >= 3 and numbers == sorted(set(numbers))


def without_numbers(text: str) -> str:
    """The rows without the numbers before them."""
    return _GUTTER.sub("", text)


@dataclass(frozen=True, slots=True)
class Source:
    """raw: the rows as they came, without the empty one behind the last line feed; rows: without line numbers before
    them; text: what is parsed; numbers: the number of each row in its file; gutter: how wide the numbers are, 0 where
    there are none; ends: the last row ends with a line feed
    """

    raw: list[str]
    rows: list[str]
    text: str
    numbers: Sequence[int]
    gutter: int
    ends: bool

    @classmethod
    def of(cls, text: str, *, numbered: bool, offset: int = 0) -> Source | None:
        """`numbered`: each row has its number before it; None where some have none. `offset`: how many lines of the
        file stand before the first row."""
        raw = text.split("\n")
        ends = raw[-1] == ""
        if ends:
            raw.pop()
        if numbered:
            return _without_gutter(raw, ends)
        return cls(raw, raw, text if ends else text + "\n", range(1 + offset, len(raw) + 1 + offset), 0, ends)

    def offsets(self) -> array[int]:
        """Where each row begins in `text`, and where the last one ends."""
        return array("q", accumulate(map((1).__add__, map(len, self.rows)), initial=0))


def _without_gutter(raw: list[str], ends: bool) -> Source | None:
    found = [_ROW.fullmatch(row) for row in raw]
    rows: list[str] = []
    numbers: list[int] = []
    last = 0
    for row, match in zip(raw, found, strict=True):
        if match is None:
            if row.strip():
                return None
            rows.append("")
            last += 1
        else:
            number = int(match[2])
            if number <= last and numbers:
                return None
            rows.append(match[3])
            last = number
        numbers.append(last)
    return Source(
        raw, rows, "\n".join(rows) + "\n", numbers, max((len(match[1]) for match in found if match), default=0), ends
    )
