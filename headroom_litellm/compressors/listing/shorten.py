"""A listing with most of its entries left out.

Directories are opened from the top down, those that the query names first and those that programs fill last, as far as
there is room. An opened directory shows its entries, or those that matter and a note on the others; what is below a
directory of which nothing is shown is one note, at the place where it began.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from .choice import GENERATED, SECONDARY, asked_directories, asked_entries, choose, striking
from .model import Group, Listing, Row
from .notes import closed_note, gap_note, named_note
from .page import Writer

__all__ = ["shorten"]

_BUDGET: Final = 4_200
_TOP: Final = 1_400
_ASKED: Final = 1_000
_OTHER: Final = 420
_MIN_ROOM: Final = 60
_NOTE: Final = 70
_ALIKE: Final = 3
_GENERATED: Final = 2
_INSTALLED: Final = re.compile(r"\.(?:egg|dist)-info(?:/|\Z)")
_FEW: Final = 3
"""With so few directories of its own, a listing is about those that programs fill."""
_MAX_TRIED: Final = 4_000


@dataclass(slots=True)
class _Place:
    """One directory, with all of its groups as one."""

    group: Group
    asked: frozenset[int] = frozenset()
    rows: list[Row] | None = None
    kept: list[int] | None = None
    beside: str = ""


def shorten(listing: Listing, writer: Writer, query: str) -> tuple[str, int]:
    """(the text, how many entries it shows)."""
    places = _merge(listing, query)
    _open(places, query, writer)
    shown = _ancestors(key for key, place in places.items() if place.kept)
    closed = _closed(places, shown)
    lines: list[str] = []
    first = -1
    kept = 0
    written: set[str] = set()
    for number, item in enumerate(listing.items):
        if isinstance(item, str):
            lines.append(writer.literal(item))
            continue
        first = len(lines) if first < 0 else first
        key = _key(item, number)
        if key in written:
            continue
        written.add(key)
        place = places[key]
        if place.kept:
            kept += len(place.kept)
            lines += _opened(place, writer)
            continue
        parent = place.beside
        if parent in closed:
            lines.append(closed.pop(parent).line(parent, writer))
            writer.leave()
    legend = writer.legend("\n".join(lines))
    if legend:
        lines.insert(max(0, first), legend)
    return "\n".join(lines), kept


def _merge(listing: Listing, query: str) -> dict[str, _Place]:
    """The groups of each directory as one, in the order of their first."""
    asked = asked_entries(listing.groups, query)
    nothing: frozenset[int] = frozenset()
    places: dict[str, _Place] = {}
    at = 0
    for number, item in enumerate(listing.items):
        if isinstance(item, str):
            continue
        key = _key(item, number)
        place = places.get(key)
        if place is None:
            places[key] = _Place(item, asked.get(at, nothing))
        else:
            if place.rows is None:
                group = place.group
                place.rows = [*group.rows]
                place.group = Group(group.directory, [*group.names], place.rows, group.head, group.section)
            if at in asked:
                place.asked = place.asked.union(k + len(place.group.names) for k in asked[at])
            place.group.names += item.names
            place.rows += item.rows
        at += 1
    return places


def _key(group: Group, number: int) -> str:
    """The directory; where none is said, each group is one of its own."""
    return group.key if group.directory else f"\0{number}"


def _open(places: dict[str, _Place], query: str, writer: Writer) -> None:
    """Decide for each place which of its entries stay."""
    named = asked_directories(list(places), query)
    contents = Counter(tuple(place.group.names[:9]) for place in places.values())
    depth = {key: key.count("/") for key in places}
    top = min(depth.values())
    highest = sum(each <= top for each in depth.values())
    wide = _BUDGET if len(places) == 1 else max(_OTHER, min(_TOP, _BUDGET // highest))
    common = _common([key for key in places if not key.startswith("\0")])
    inside = {_parent(key) for key in places}
    room = _BUDGET

    def rank(key: str) -> tuple[bool, float, int, int, bool]:
        alike = contents[tuple(places[key].group.names[:9])] > _ALIKE
        last = key.rpartition("/")[2].lower()
        return (
            highest > 1 or depth[key] > top,
            -asked.get(key, 0.0),
            _GENERATED * _is_generated(key[len(common) :]) or int(alike),
            depth[key],
            last in SECONDARY,
        )

    asked = {key: named.get(key, 0.0) + 2.0 * bool(place.asked) for key, place in places.items()}
    asked = {key: score for key, score in asked.items() if score}
    ranks = {key: rank(key) for key, place in places.items() if place.group.names}
    order = sorted(ranks, key=ranks.__getitem__)
    put_off = {key for key in order if key not in asked and ranks[key][2]}
    own = [key for key in order if ranks[key][2] < _GENERATED]
    later = [key for key in order if key in put_off and (ranks[key][2] < _GENERATED or len(own) < _FEW)]
    tried = [*(key for key in order if key not in put_off), *later]
    for key in tried[:_MAX_TRIED]:
        if room < (_BUDGET // 2 if key in put_off else _MIN_ROOM):
            continue
        place = places[key]
        names = place.group.names
        head = sum(map(len, place.group.head)) or len(place.group.directory)
        most = wide if depth[key] <= top else _ASKED if key in asked else _OTHER
        costs = _costs(place.group, writer)
        limit = min(most, room - head)
        if sum(costs) <= limit:
            place.kept = list(range(len(names)))
        else:
            below = [k for k, name in enumerate(names) if f"{key}/{name}" in places]
            first = [*sorted(place.asked), *striking(place.group.rows), *below]
            place.kept = choose(names, costs, limit - _NOTE, first)
        room -= sum(costs[k] for k in place.kept) + head + 3
        room -= _NOTE * ((len(place.kept) < len(names)) + (key in inside))


def _common(keys: Sequence[str]) -> str:
    """The directory that all are in, or are."""
    first, last = (min(keys).split("/"), max(keys).split("/")) if keys else ([], [])
    same = next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return "/".join(first[:same])


def _is_generated(key: str) -> bool:
    """Is the directory one that programs fill, or in one?"""
    return not GENERATED.isdisjoint(key.split("/")) or ("-info" in key and _INSTALLED.search(key) is not None)


def _costs(group: Group, writer: Writer) -> list[int]:
    if not group.rows:
        return [len(name) + 1 for name in group.names]
    return [len(writer.row(row, name)) + 1 for row, name in zip(group.rows, group.names, strict=True)]


def _opened(place: _Place, writer: Writer) -> list[str]:
    group, kept = place.group, place.kept or []
    if len(kept) == len(group.names):
        return writer.group(group)
    staying = set(kept)
    note = gap_note([name for k, name in enumerate(group.names) if k not in staying])
    return writer.group(group, kept, note)


@dataclass(slots=True)
class _Closed:
    """Directories beside one another of which nothing is shown, with all that is below them."""

    names: dict[str, None] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)
    inside: int = 0

    def line(self, parent: str, writer: Writer) -> str:
        names = list(self.names)
        if len(names) > 1 and parent.startswith("\1"):
            return named_note(parent[1:], len(names), self.entries)
        note = closed_note([name.rpartition("/")[2] or name for name in names], self.entries, self.inside)
        where = names[0] if len(names) == 1 else parent
        if where.startswith("\0") or not where:
            return note
        shown = writer.shown(where + "/")
        return f"{shown}: {note}" if shown else note


def _closed(places: dict[str, _Place], shown: set[str]) -> dict[str, _Closed]:
    found: dict[str, _Closed] = {}
    for key, place in places.items():
        if place.kept or not place.group.names:
            continue
        top = _top(key, shown)
        place.beside = _beside(key, top)
        closed = found.setdefault(place.beside, _Closed())
        closed.names[top] = None
        closed.inside += 1
        closed.entries += place.group.names
    return found


def _ancestors(keys: Iterable[str]) -> set[str]:
    """The directories and all that they are in."""
    found: set[str] = set()
    for key in keys:
        while key not in found:
            found.add(key)
            if "/" not in key:
                break
            key = _parent(key)
    return found


def _parent(key: str) -> str:
    return key.rpartition("/")[0]


def _beside(key: str, top: str) -> str:
    """What tells which directories share a note: the one that they are in, or a name that programs give."""
    parent, _, name = top.rpartition("/")
    return key if key.startswith("\0") else f"\1{name}" if name in GENERATED else parent


def _top(key: str, shown: set[str]) -> str:
    """The highest directory that holds `key` and of which nothing is shown."""
    end = key.find("/")
    while end >= 0:
        if key[:end] not in shown:
            return key[:end]
        end = key.find("/", end + 1)
    return key
