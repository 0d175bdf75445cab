"""Which directories of a listing are opened, and how far.

The names of directories come first: those in which others lie show at least them, from the top down. Then directories
are opened, those that the query names first and those that programs fill last, as far as there is room.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .choice import GENERATED, SECONDARY, asked_directories, choose, striking
from .model import Group, Row
from .page import Writer
from .rows import MODE, is_directory

__all__ = ["Place", "open_places", "parent_of"]

_BUDGET: Final = 5_000
_OUTLINE: Final = 0.6
"""So much of the budget may go to the names of directories alone."""
_TOP: Final = 1_400
_ASKED: Final = 1_000
_OTHER: Final = 420
_MIN_ROOM: Final = 60
_NOTE: Final = 70
_SHORT_NOTE: Final = 30
"""What takes no more room than a note on it is shown."""
_ALIKE: Final = 3
_GENERATED: Final = 2
_INSTALLED: Final = re.compile(r"\.(?:egg|dist)-info(?:/|\Z)")
_FEW: Final = 3
"""With so few directories of its own, a listing is about those that programs fill."""
_MAX_TRIED: Final = 4_000


@dataclass(slots=True)
class Place:
    """One directory, with all of its groups as one.

    asked: the entries that the query names, by position; kept: those that are shown, None or empty for none
    rows:  the rows of all of its groups where it has several, which may be added to
    beside: what tells which directories share a note, for one of which nothing is shown
    """

    group: Group
    asked: frozenset[int] = frozenset()
    rows: list[Row] | None = None
    kept: list[int] | None = None
    beside: str = ""


def open_places(places: Mapping[str, Place], query: str, writer: Writer) -> None:
    """Decide for each place which of its entries stay."""
    _Opening(places, query, writer).run()


def parent_of(key: str) -> str:
    return key.rpartition("/")[0]


class _Opening:
    def __init__(self, places: Mapping[str, Place], query: str, writer: Writer) -> None:
        self._places, self._writer = places, writer
        self._room = _BUDGET
        self._inside = {parent_of(key) for key in places}
        self._depth = {key: key.count("/") for key in places}
        self._top = min(self._depth.values())
        self._highest = sum(each <= self._top for each in self._depth.values())
        named = asked_directories(list(places), query)
        asked = {key: named.get(key, 0.0) + 2.0 * bool(place.asked) for key, place in places.items()}
        self._asked = {key: score for key, score in asked.items() if score}

    def run(self) -> None:
        tried, put_off = self._order()
        outlined = self._outline([key for key in tried if key not in put_off])
        for key in tried:
            if self._room >= (_BUDGET // 2 if key in put_off else _MIN_ROOM) or key in outlined:
                self._open(key, outlined.get(key, 0))

    def _order(self) -> tuple[list[str], Collection[str]]:
        """(the directories in the order in which they are opened, those of them that are put off to the last)."""
        places, asked = self._places, self._asked
        contents = Counter(tuple(place.group.names[:9]) for place in places.values())
        common = _common([key for key in places if not key.startswith("\0")])

        def rank(key: str) -> tuple[bool, float, int, int, bool]:
            alike = contents[tuple(places[key].group.names[:9])] > _ALIKE
            return (
                self._highest > 1 or self._depth[key] > self._top,
                -asked.get(key, 0.0),
                _GENERATED * _is_generated(key[len(common) :]) or int(alike),
                self._depth[key],
                key.rpartition("/")[2].lower() in SECONDARY,
            )

        ranks = {key: rank(key) for key, place in places.items() if place.group.names}
        order = sorted(ranks, key=ranks.__getitem__)
        put_off = {key for key in order if key not in asked and ranks[key][2]}
        own = [key for key in order if ranks[key][2] < _GENERATED]
        later = [key for key in order if key in put_off and (ranks[key][2] < _GENERATED or len(own) < _FEW)]
        return [*(key for key in order if key not in put_off), *later][:_MAX_TRIED], put_off

    def _outline(self, keys: Sequence[str]) -> dict[str, int]:
        """Set room aside for the names of directories: how much for which."""
        outlined: dict[str, int] = {}
        left = int(_OUTLINE * self._room)
        for key in sorted(keys, key=self._depth.__getitem__):
            if key not in self._inside:
                continue
            group = self._places[key].group
            below = self._below(key)
            if not below:
                continue
            size = sum(self._costs(group, below)) + _head(group) + _NOTE
            if size <= left:
                outlined[key] = size
                left -= size
        self._room -= sum(outlined.values())
        return outlined

    def _open(self, key: str, reserved: int) -> None:
        place = self._places[key]
        group = place.group
        names, head = group.names, _head(group)
        self._room += reserved
        asked = key in self._asked
        top = self._depth[key] <= self._top
        wide = _BUDGET if len(self._places) == 1 else max(_OTHER, min(_TOP, _BUDGET // self._highest))
        most = wide if top else _ASKED if asked else _OTHER
        costs = self._costs(group, range(len(names)))
        limit = max(min(most, self._room - head), reserved - head)
        if sum(costs) <= limit:
            place.kept = list(range(len(names)))
        else:
            first = [*sorted(place.asked), *self._below(key), *striking(group.rows)]
            place.kept = choose(names, costs, limit - _NOTE, first)
            if sum(costs) - sum([costs[k] for k in place.kept]) <= _SHORT_NOTE:
                place.kept = list(range(len(names)))
        self._room -= sum([costs[k] for k in place.kept]) + head + 3
        self._room -= _NOTE * ((len(place.kept) < len(names)) + (key in self._inside))

    def _below(self, key: str) -> list[int]:
        """The entries of a directory that are directories themselves."""
        group = self._places[key].group
        if group.rows and group.rows[0][MODE] is not None:
            return [
                k for k, (row, name) in enumerate(zip(group.rows, group.names, strict=True)) if is_directory(row, name)
            ]
        return [k for k, name in enumerate(group.names) if name.endswith("/") or f"{key}/{name}" in self._places]

    def _costs(self, group: Group, places: Sequence[int]) -> list[int]:
        names = group.names
        if not group.rows:
            return [len(names[k]) + 1 for k in places]
        row = self._writer.row
        return [len(row(group.rows[k], names[k])) + 1 for k in places]


def _head(group: Group) -> int:
    return sum(map(len, group.head)) or len(group.directory)


def _common(keys: Sequence[str]) -> str:
    """The directory that all are in, or are."""
    first, last = (min(keys).split("/"), max(keys).split("/")) if keys else ([], [])
    same = next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return "/".join(first[:same])


def _is_generated(key: str) -> bool:
    """Is the directory one that programs fill, or in one?"""
    return not GENERATED.isdisjoint(key.split("/")) or ("-info" in key and _INSTALLED.search(key) is not None)
