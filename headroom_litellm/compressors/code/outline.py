"""The rows that stay, with a note in the language's own comments for every run of rows that does not."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from .choice import choose
from .items import Item
from .languages import Language
from .notes import Names
from .source import Source

__all__ = ["outline"]

_MIN_GAIN: Final = 60
"""Characters that a note must save."""

_TELLING: Final = 5
"""Rows of statements from which on a note says what they call."""

_INDENT: Final = re.compile(r"[ \t]*")
_STAR: Final = re.compile(r"[ \t]*\*(?= |$)")


def outline(
    source: Source, items: Sequence[Item], language: Language, query: str, where: str, emptied: str
) -> tuple[int, list[str], str]:
    """(how many rows are shown, the rows as they came and the notes, what to parse in order to check them).

    where:   what the notes say behind line numbers that are not those of the file
    emptied: the text that the items are of, in which the rows of some blocks are empty
    """
    offsets = source.offsets()
    keep = choose(items, source.rows, offsets, source.text, query)
    return _Writer(source, items, language, keep, offsets, where).write(emptied)


class _Writer:
    def __init__(
        self,
        source: Source,
        items: Sequence[Item],
        language: Language,
        keep: bytearray,
        offsets: Sequence[int],
        where: str,
    ) -> None:
        self._source = source
        self._language = language
        self._keep = keep
        self._offsets = offsets
        self._where = where
        self._names = Names(source.rows, name_first=language.name == "go")
        self._group = array("l", [0]) * len(keep)
        self._lists: list[tuple[str, list[Item]]] = [("", [])]
        self._cuts = False
        self._assign(items, members=True)
        self._blanks()

    def _blanks(self) -> None:
        """An empty row stays where the rows before and behind it do."""
        keep = self._keep
        total = len(keep)
        empty = [at for at, row in enumerate(self._source.rows) if not row or row.isspace()]
        n = 0
        while n < len(empty):
            at, first = empty[n], n
            while n + 1 < len(empty) and empty[n + 1] == empty[n] + 1:
                n += 1
            end = empty[n] + 1
            stays = (at == 0 or keep[at - 1]) and (end == total or keep[end])
            keep[at:end] = (b"\1" if stays else b"\0") * (n + 1 - first)
            n += 1

    def _assign(self, items: Sequence[Item], *, members: bool) -> None:
        """Give the rows that go the number of the list that they stand in: no note stands for rows of two lists."""
        keep, group = self._keep, self._group
        number = len(self._lists)
        gone: list[Item] = []
        self._lists.append(("members" if members else "statements", gone))
        for item in items:
            if keep.find(1, item.start, item.end + 1) < 0:
                gone.append(item)
                group[item.start : item.end + 1] = array("l", [number]) * (item.end + 1 - item.start)
            elif item.parts:
                self._assign(item.parts, members=item.members)
            elif keep.find(0, item.start, item.end + 1) >= 0:
                group[item.start : item.end + 1] = array("l", [len(self._lists)]) * (item.end + 1 - item.start)
                self._lists.append((item.what, [item]))
                self._cuts = self._cuts or item.what == "code"

    def write(self, emptied: str) -> tuple[int, list[str], str]:
        """What `outline` promises. Blocks that are shown whole are as good as they are in the source: they stay empty
        in what is to be parsed, unless a statement is cut."""
        source, keep, group = self._source, self._keep, self._group
        rows = source.rows if self._cuts else emptied.split("\n")
        out: list[str] = []
        bare: list[str] = []
        shown = at = 0
        total = len(keep)
        while at < total:
            end = at + 1
            if keep[at]:
                stop = keep.find(0, at)
                end = total if stop < 0 else stop
            else:
                number = group[at]
                while end < total and not keep[end] and (group[end] in (0, number) or not number):
                    number = number or group[end]
                    end += 1
                note = self._note(at, end, number)
                if self._offsets[end] - self._offsets[at] >= len(note) + _MIN_GAIN and end - at > 1:
                    bare.append(note)
                    out.append(" " * source.gutter + note)
                    at = end
                    continue
            out += source.raw[at:end]
            bare += rows[at:end]
            shown += end - at
            at = end
        return shown, out, "\n".join(bare) + "\n"

    def _note(self, start: int, end: int, number: int) -> str:
        rows, numbers = self._source.rows, self._source.numbers
        what, gone = self._lists[number]
        first = next((row for row in range(start, end) if rows[row].strip()), start)
        indent = _INDENT.match(rows[first])
        lead = f"{indent[0] if indent else ''}{self._language.comment} "
        if what in ("doc", "comment") and gone and self._is_inside(gone[0], first):
            star = _STAR.match(rows[first])
            lead = f"{star[0]} " if star else (indent[0] if indent else "")
        count = end - start
        note = f"{lead}[… {count} line{'s' * (count > 1)} left out ({numbers[start]}-{numbers[end - 1]}{self._where})"
        told = ""
        if what in ("members", "statements"):
            at = bisect_left(gone, start, key=lambda item: item.start)
            inside = [item for item in gone[at : at + count] if item.start < end]
            if what == "members":
                told = self._names.of_definitions(inside)
                if not told and inside and all(item.what == "comment" for item in inside):
                    told = "comment"
            elif count >= _TELLING:
                told = self._names.of_statements(rows[start:end])
        return f"{note}: {told}]" if told else f"{note}]"

    def _is_inside(self, item: Item, row: int) -> bool:
        """Is that row inside a comment of several rows, or a docstring?"""
        first = self._source.rows[item.start].lstrip()
        return item.what == "doc" or first.startswith(("/*", "=begin"))
