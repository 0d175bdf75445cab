"""A record by what sets it apart from one that is shown whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

__all__ = ["LEGEND", "References"]

LEGEND: Final = (
    "[=2-9] stands for lines 2 to 9 of the first record, [=2-9 of x] for those of record x; "
    "under several first lines it stands for the rest of each"
)

_MOST: Final = 6
"""Records that others are compared with."""
_ALIKE: Final = 0.4
_WORTH: Final = 12
"""Characters that a reference stands for at least."""
_NAME: Final = 60


class References:
    """The records shown whole so far."""

    def __init__(self) -> None:
        self._records: list[Sequence[str]] = []
        self._places: list[dict[str, list[int]]] = []
        self.notes: set[str] = set()
        """Every reference given so far."""

    def shown(self, record: Sequence[str]) -> list[str]:
        """The record's lines, those that stand in an earlier one as references to them; all of them, and then later
        ones may refer to them, where it is like no other."""
        lines = set(record)
        sizes = [len(lines & places.keys()) for places in self._places]
        best = max(range(len(sizes)), key=lambda k: (sizes[k], -k), default=-1)
        if best < 0 or sizes[best] < _ALIKE * len(lines):
            if len(self._records) < _MOST and self._is_new(record):
                self._add(record)
            return list(record)
        return self._against(record, best)

    def _is_new(self, record: Sequence[str]) -> bool:
        """A name stands for one record only."""
        return record[0] not in {each[0] for each in self._records}

    def _add(self, record: Sequence[str]) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for at, line in enumerate(record):
            places[line].append(at)
        self._records.append(record)
        self._places.append(dict(places))

    def _against(self, record: Sequence[str], which: int) -> list[str]:
        reference, places = self._records[which], self._places[which]
        out: list[str] = []
        at = cursor = 0
        while at < len(record):
            start = next((place for place in places.get(record[at], ()) if place >= cursor), None)
            if start is None:
                out.append(record[at])
                at += 1
                continue
            length = 1
            while record[at + length : at + length + 1] == reference[start + length : start + length + 1] != []:
                length += 1
            note = self._note(start, length, which)
            if sum(len(line) + 1 for line in record[at : at + length]) > len(note) + _WORTH:
                self.notes.add(note)
                out.append(note)
            else:
                out += record[at : at + length]
            at, cursor = at + length, start + length
        return out

    def _note(self, start: int, length: int, which: int) -> str:
        span = f"{start + 1}-{start + length}" if length > 1 else str(start + 1)
        return f"[={span}]" if which == 0 else f"[={span} of {self._records[which][0].strip()[:_NAME]}]"
