"""A listing with most of its entries left out.

An opened directory shows its entries, or those that matter and a note on the others. What is below a directory of which
nothing is shown is one note, at the place where it began; a few names that take no more room than their note stand
instead of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .choice import GENERATED, asked_entries
from .model import Group, Listing
from .notes import closed_note, gap_note, named_note
from .opening import Place, open_places, parent_of
from .page import Writer

__all__ = ["shorten"]


def shorten(listing: Listing, writer: Writer, query: str) -> tuple[str, int]:
    """(the text, how many entries it shows)."""
    places = _merge(listing, query)
    open_places(places, query, writer)
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
        if parent not in closed:
            continue
        few = closed.pop(parent)
        note = few.line(parent, writer)
        if len(few.inside) == 1 and sum(map(len, few.entries)) + len(few.entries) <= len(note):
            kept += len(few.entries)
            lines += writer.group(place.group)
        else:
            lines.append(note)
            writer.leave()
    legend = writer.legend("\n".join(lines))
    if legend:
        lines.insert(max(0, first), legend)
    return "\n".join(lines), kept


def _merge(listing: Listing, query: str) -> dict[str, Place]:
    """The groups of each directory as one, in the order of their first."""
    asked = asked_entries(listing.groups, query)
    nothing: frozenset[int] = frozenset()
    places: dict[str, Place] = {}
    at = 0
    for number, item in enumerate(listing.items):
        if isinstance(item, str):
            continue
        key = _key(item, number)
        place = places.get(key)
        if place is None:
            places[key] = Place(item, asked.get(at, nothing))
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


def _opened(place: Place, writer: Writer) -> list[str]:
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
    inside: list[str] = field(default_factory=list)

    def line(self, parent: str, writer: Writer) -> str:
        names = list(self.names)
        if len(names) > 1 and parent.startswith("\1"):
            return named_note(parent[1:], len(names), self.entries)
        where = names[0] if len(names) == 1 else parent
        lead = len(where) + 1 if where and not where.startswith("\0") else 0
        tops = [name[lead:] for name in names] if len(names) > 1 else []
        note = closed_note(tops, [each[lead:] or "." for each in self.inside], self.entries)
        if where.startswith("\0") or not where:
            return note
        shown = writer.shown(where + "/")
        return f"{shown}: {note}" if shown else note


def _closed(places: dict[str, Place], shown: set[str]) -> dict[str, _Closed]:
    found: dict[str, _Closed] = {}
    for key, place in places.items():
        if place.kept or not place.group.names:
            continue
        top = _top(key, shown)
        place.beside = _beside(key, top)
        closed = found.setdefault(place.beside, _Closed())
        closed.names[top] = None
        closed.inside.append(key)
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
            key = parent_of(key)
    return found


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
