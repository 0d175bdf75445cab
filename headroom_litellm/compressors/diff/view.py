"""The files of a diff as they are shown: a title each, and its hunks shortened, told in a note or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from .alike import change_keys
from .classes import rank_of, unread
from .hunks import Shown, counts_of, render, signs_of
from .keep import LONG_RUN, only_spaces, some_lines
from .parse import File, Hunk
from .titles import title

__all__ = ["LEFT_OUT", "UNREAD", "Item", "View", "cut", "cut_short", "views"]

LEFT_OUT: Final = "left out"
UNREAD: Final = 3
"""The rank of files that nobody reads."""

_MIN_ALIKE: Final = 4
"""Fewer times the same change are all shown, unless it is a long one."""
_LONG_CHANGE: Final = 400
_SHOWN_ALIKE: Final = 2
_MAX_PLACES: Final = 12
_MIN_SPACES: Final = 2
_NOTE: Final = 40
"""A note is about this long, besides its reason."""


@dataclass(slots=True)
class Item:
    """A hunk of a view.

    line:   the number of its first change on the new side
    added, removed: how many lines, 0 where that is not known
    shown:  its lines as shown
    note:   why a note stands for it instead, "" where none does
    anchor: the item with the same change, which the note names
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

    @property
    def in_place_of(self) -> int:
        """Where the change that the note names is found, 0 where it names none."""
        return self.anchor.hunk.at if self.anchor is not None and self.reason != LEFT_OUT else 0


@dataclass(slots=True)
class View:
    """rank: the lower, the more its lines matter; listed: whether there is room for it where it has no hunks."""

    file: File
    rank: int
    title: str = ""
    title_lines: int = 0
    added: int = 0
    removed: int = 0
    items: list[Item] = field(default_factory=list)
    listed: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether any of its hunks is shown or told of, or it has none and is named."""
        return any(item.reason != LEFT_OUT for item in self.items) if self.items else self.listed

    def written(self) -> Shown:
        out = [self.title]
        shown = self.title_lines
        for (reason, _), group in groupby(self.items, key=lambda item: (item.reason, item.in_place_of)):
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
    return f"[… {many}{f' ({counts})' if counts else ''} at {places}: {reason}]"


def _numbers(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - _MAX_PLACES} more" if len(lines) > _MAX_PLACES else ""
    return f"{'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines[:_MAX_PLACES]))}{more}"


class _Repeats:
    """The changes shown so far, and which of those to come make the same change."""

    def __init__(self, lines: Sequence[str], files: Sequence[File]) -> None:
        self._keys = {hunk.at: change_keys(lines, hunk) for file in files for hunk in file.hunks}
        self._times = Counter(key for keys in self._keys.values() for key in keys)
        self._seen: Counter[str] = Counter()
        self._first: dict[str, Item] = {}
        self._paths: set[str] = set()
        self._end = -1

    def begin(self, file: File) -> None:
        """Forget all changes where a path and a line would not say which is meant: in another commit, or where the
        file comes again."""
        if file.start != self._end or file.path in self._paths:
            self._seen.clear()
            self._first.clear()
            self._paths.clear()
        self._paths.add(file.path)
        self._end = file.end

    def note(self, item: Item) -> None:
        """Have a note stand for the item if its change is shown elsewhere, else keep it in mind."""
        same, words = self._keys[item.hunk.at]
        often = self._times[same] >= _MIN_ALIKE or len(item.shown.text) > _LONG_CHANGE
        known = self._first.get(same) if same and often else None
        what = "the same change as"
        if known is None and words and self._times[words] >= _MIN_ALIKE:
            self._seen[words] += 1
            if self._seen[words] > _SHOWN_ALIKE:
                known = self._first[words]
                what = f"nothing but {words}, as"
            self._first.setdefault(words, item)
        if known is None:
            if same:
                self._first[same] = item
            return
        where = "of this file" if known.path == item.path else f"of {known.path}"
        note = f"{what} at line {known.line} {where}"
        if len(item.shown.text) > _NOTE + len(note):
            item.anchor, item.note = known, note


def views(lines: Sequence[str], files: Sequence[File], named: Collection[int], *, in_full: bool) -> list[View]:
    """One view a file. `in_full`: changes of white space, and such as are made again and again, are shown as well."""
    reasons = [unread(lines, file) for file in files]
    repeats = _Repeats(lines, [file for file, reason in zip(files, reasons, strict=True) if not reason])
    found: list[View] = []
    for file, reason in zip(files, reasons, strict=True):
        view = View(file, UNREAD if reason else rank_of(file.path))
        repeats.begin(file)
        for hunk in file.hunks:
            signs = signs_of(lines, hunk)
            is_named = bool(named) and any(i in named for i in range(hunk.at, hunk.end))
            note = "" if is_named else reason
            if not note and not is_named and not in_full:
                note = _spaces(lines, hunk, signs, file.path)
            shown = Shown("", 0)
            if not note:
                shown = render(lines, hunk, signs, some_lines(lines, hunk, signs, named, cut=False))
            line = hunk.new + len(signs) - len(signs.lstrip(" "))
            added, removed = (signs.count("+"), signs.count("-")) if hunk.exact else (0, 0)
            item = Item(hunk, file.path, line, added, removed, shown, note)
            if not note and not is_named and not in_full:
                repeats.note(item)
            view.items.append(item)
            view.added += item.added
            view.removed += item.removed
        counted = all(hunk.exact for hunk in file.hunks)
        view.title, view.title_lines = title(lines, file, counts_of(view.added, view.removed) if counted else "")
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


def cut_short(lines: Sequence[str], item: Item, named: Collection[int], size: int) -> None:
    """Keep of the hunk what fits into `size` characters: its beginning, and the lines that are named."""
    signs = signs_of(lines, item.hunk)
    keep = some_lines(lines, item.hunk, signs, named, cut=True)
    if not item.hunk.exact:
        return
    for k in range(len(signs)):
        if keep[k]:
            size -= len(lines[item.hunk.start + k]) + 1
            keep[k] = size > 0 or item.hunk.start + k in named
    item.shown = render(lines, item.hunk, signs, keep)


def _spaces(lines: Sequence[str], hunk: Hunk, signs: str, path: str) -> str:
    many = signs.count("+") + signs.count("-") >= _MIN_SPACES
    return "only white space" if many and only_spaces(lines, hunk, signs, path) else ""
