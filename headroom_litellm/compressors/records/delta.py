"""A record by what sets it apart from one that is shown whole.

    1|  Speed: 1000
    2|  Duplex: full
    Port: b
    [=1-2]

The lines that others refer to have numbers, each its own in the whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["LEGEND", "Piece", "References"]

LEGEND: Final = '"2|" is the number of a line; [=2-9] stands for lines 2 to 9'

_MOST: Final = 8
"""Records that others are compared with."""
_ALIKE: Final = 0.4
_WORTH: Final = 40
"""Characters that a reference stands for at least: it costs its own length, the lines' numbers and a look back."""

Piece = str | tuple[int, str] | range
"""A line, a line with its number, or the numbers of the lines that say the same."""


class References:
    """The records that later ones are compared with; the numbers of their lines begin at 1."""

    def __init__(self) -> None:
        self.used: set[int] = set()
        """The numbers of the lines that are referred to."""
        self._records: list[tuple[int, Sequence[str]]] = []
        self._places: list[dict[str, list[int]]] = []
        self._next = 1

    def pieces(self, record: Sequence[str]) -> list[Piece]:
        """The record's first line, and the others, those that an earlier record has by their numbers; all of them with
        numbers if later ones are compared with it."""
        lines = set(record)
        sizes = [len(lines.intersection(places)) for places in self._places]
        most = max(sizes, default=0)
        if most >= _ALIKE * len(lines):
            return self._against(record, sizes.index(most))
        if len(self._records) >= _MOST:
            return list(record)
        first = self._next
        self._next += len(record)
        places: dict[str, list[int]] = {}
        for at, line in enumerate(record):
            places.setdefault(line, []).append(at)
        self._records.append((first, record))
        self._places.append(places)
        return list(enumerate(record, first))

    def _against(self, record: Sequence[str], which: int) -> list[Piece]:
        (number, reference), places = self._records[which], self._places[which]
        out: list[Piece] = [record[0]]
        at = cursor = 1
        while at < len(record):
            start = next((place for place in places.get(record[at], ()) if place >= cursor), None)
            if start is None:
                out.append(record[at])
                at += 1
                continue
            end, stop = at + 1, start + 1
            while end < len(record) and stop < len(reference) and record[end] == reference[stop]:
                end, stop = end + 1, stop + 1
            same = record[at:end]
            if sum(map(len, same)) + len(same) > _WORTH:
                out.append(range(number + start, number + stop))
                self.used.update(range(number + start, number + stop))
            else:
                out += same
            at, cursor = end, stop
        return out

    def written(self, piece: Piece) -> str:
        """The piece as it is shown; only a line that is referred to has its number."""
        if isinstance(piece, str):
            return piece
        if isinstance(piece, tuple):
            return f"{piece[0]}|{piece[1]}" if piece[0] in self.used else piece[1]
        return f"[={piece[0]}-{piece[-1]}]" if len(piece) > 1 else f"[={piece[0]}]"
