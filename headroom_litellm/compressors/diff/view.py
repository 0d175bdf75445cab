"""The files of a diff as they are shown: a title each, and its hunks shortened, told in a note or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from .alike import change_keys
from .classes import rank_of, unread
from .hunks import Shown, render, signs_of
from .keep import LONG_RUN, only_spaces, some_lines
from .parse import File, Hunk
from .titles import counts_of, title

__all__ = ["LEFT_OUT", "UNREAD", "Item", "View", "cut", "views"]

LEFT_OUT: Final = "left out"
UNREAD: Final = 3
"""The rank of files that nobody reads."""

_MIN_ALIKE: Final = 4
_SHOWN_ALIKE: Final = 2
_MAX_PLACES: Final = 12
_MIN_SPACES: Final = 2
_NOTE: Final = 60
"""A note is about this long, besides the path that it names."""


@dataclass(slots=True)
class Item:
    """A hunk of a view.

    line:   the number of its first change on the new side
    shown:  its lines as shown
    note:   why a note stands for it instead, "" where none does
    anchor: the item with the same change, which the note speaks of
    chosen: whether there is room for it
    """

    hunk: Hunk
    path: str
    line: int
    added: int
    removed: int
    shown: Shown
    note: str = ""
    anchor: Item | None = None
    chosen: bool = True

    @property
    def reason(self) -> str:
        """Why its lines are not shown; empty where they are."""
        if not self.chosen or (self.anchor is not None and not self.anchor.chosen):
            return LEFT_OUT
        return self.note


@dataclass(slots=True)
class View:
    """rank: the lower, the more its lines matter."""

    file: File
    rank: int
    title: str = ""
    title_lines: int = 0
    added: int = 0
    removed: int = 0
    items: list[Item] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        """Whether any of its hunks is shown or told of."""
        return any(item.reason != LEFT_OUT for item in self.items)

    def written(self) -> Shown:
        out = [self.title]
        shown = self.title_lines
        for reason, group in groupby(self.items, key=lambda item: item.reason):
            items = list(group)
            if reason:
                out.append(_note(reason, items))
                continue
            for item in items:
                out.append(item.shown.text)
                shown += item.shown.lines
        return Shown("\n".join(out), shown)


def _note(reason: str, items: Sequence[Item]) -> str:
    counts = counts_of(sum(item.added for item in items), sum(item.removed for item in items))
    many = f"{len(items)} hunks" if len(items) > 1 else "1 hunk"
    places = _numbers([item.line for item in items])
    anchors = [item.anchor.line for item in items if item.anchor is not None] if reason != LEFT_OUT else []
    there = f" {_numbers(anchors if len(set(anchors)) > 1 else anchors[:1])}" if anchors else ""
    return f"[… {many}{f' ({counts})' if counts else ''} at {places}: {reason}{there}]"


def _numbers(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - _MAX_PLACES} more" if len(lines) > _MAX_PLACES else ""
    return f"{'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines[:_MAX_PLACES]))}{more}"


class _Repeats:
    """The changes shown so far, and which of those to come make the same change."""

    def __init__(self, lines: Sequence[str], files: Sequence[File]) -> None:
        self._keys = {hunk.at: change_keys(lines, hunk) for file in files for hunk in file.hunks}
        self._times = Counter(words for _, words in self._keys.values())
        self._seen: Counter[str] = Counter()
        self._first: dict[str, Item] = {}

    def note(self, item: Item) -> None:
        """Have a note stand for the item if its change is shown elsewhere, else keep it in mind."""
        same, words = self._keys[item.hunk.at]
        known = self._first.get(same) if same else None
        what = "the same change as"
        if known is None and words and self._times[words] >= _MIN_ALIKE:
            self._seen[words] += 1
            if self._seen[words] > _SHOWN_ALIKE:
                known = self._first[words]
                what = f"only {words}, as"
            self._first.setdefault(words, item)
        if known is None:
            if same:
                self._first[same] = item
            return
        where = "at" if known.path == item.path else f"in {known.path} at"
        if len(item.shown.text) > _NOTE + len(what) + len(where):
            item.anchor, item.note = known, f"{what} {where}"


def views(lines: Sequence[str], files: Sequence[File], named: Collection[int]) -> list[View]:
    """One view a file."""
    reasons = [unread(lines, file) for file in files]
    repeats = _Repeats(lines, [file for file, reason in zip(files, reasons, strict=True) if not reason])
    found: list[View] = []
    for file, reason in zip(files, reasons, strict=True):
        view = View(file, UNREAD if reason else rank_of(file.path))
        for hunk in file.hunks:
            signs = signs_of(lines, hunk)
            is_named = bool(named) and any(i in named for i in range(hunk.at, hunk.end))
            note = "" if is_named else reason or _spaces(lines, hunk, signs, file.path)
            shown = Shown("", 0)
            if not note:
                shown = render(lines, hunk, signs, some_lines(lines, hunk, signs, named, cut=False))
            line = hunk.new + len(signs) - len(signs.lstrip(" "))
            item = Item(hunk, file.path, line, signs.count("+"), signs.count("-"), shown, note)
            if not note and not is_named:
                repeats.note(item)
            view.items.append(item)
            view.added += item.added
            view.removed += item.removed
        view.title, view.title_lines = title(lines, file, view.added, view.removed)
        found.append(view)
    return found


def cut(lines: Sequence[str], found: Sequence[View], named: Collection[int], rank: int) -> None:
    """Cut the long runs of lines added or removed in files of this rank."""
    for view in found:
        for item in view.items if view.rank == rank else ():
            if not item.note and max(item.added, item.removed) > LONG_RUN:
                signs = signs_of(lines, item.hunk)
                keep = some_lines(lines, item.hunk, signs, named, cut=True)
                item.shown = render(lines, item.hunk, signs, keep)


def _spaces(lines: Sequence[str], hunk: Hunk, signs: str, path: str) -> str:
    many = signs.count("+") + signs.count("-") >= _MIN_SPACES
    return "only white space" if many and only_spaces(lines, hunk, signs, path) else ""
