"""The lines of a search, told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .complaints import is_complaint
from .paths import is_sure_path

__all__ = ["CONTEXT", "HEADING", "MATCH", "OTHER", "SEPARATOR", "Matches", "Section", "Style"]

OTHER: Final = 0
MATCH: Final = 1
CONTEXT: Final = 2
SEPARATOR: Final = 3
HEADING: Final = 4

Style = Literal["numbered", "plain", "heading", "single"]
"""A path and a number in front of each line; a path; a path above the lines; a number only."""

_SHARE: Final = 0.4
_OFTEN_SHARE: Final = 0.5
_RISING: Final = 0.6
"""Numbers without paths may be hours or years, which stay the same for many lines."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one file that follow each other, but for separators, their numbers rising."""

    file: int
    records: Sequence[int]


@dataclass(frozen=True, slots=True)
class Matches:
    """kinds:  what each line is
    owner:   the number of each line's file in `paths`, -1 for lines of no file
    number:  each line's line number, 0 where it has none
    texts:   what each match reads in its file, "" for other lines
    """

    lines: Sequence[str]
    kinds: bytearray
    owner: list[int]
    number: list[int]
    texts: list[str]
    paths: Sequence[str]
    style: Style

    @property
    def numbered(self) -> bool:
        return self.style != "plain"

    @property
    def prefixed(self) -> bool:
        """Whether the path is in front of each line."""
        return self.style in ("numbered", "plain")

    def entry(self, i: int) -> str:
        """The line without its path: `12:text`, or `:text` where lines have no numbers."""
        if self.style == "numbered":
            return self.lines[i][len(self.paths[self.owner[i]]) + 1 :]
        return self.lines[i][len(self.paths[self.owner[i]]) :] if self.style == "plain" else self.lines[i]

    def sections(self) -> list[Section]:
        parts: list[Section] = []
        file = last = -1
        records: list[int] = []
        owner, number = self.owner, self.number
        for i, kind in enumerate(self.kinds):
            if kind in (MATCH, CONTEXT):
                if owner[i] != file or number[i] < last:
                    records = []
                    file = owner[i]
                    parts.append(Section(file, records))
                records.append(i)
                last = number[i]
            elif kind != SEPARATOR:
                file = -1
        return parts

    def convincing(self) -> bool:
        """Are most lines of files, and do numbers rise within a file as those of a search do?"""
        records = self.kinds.count(MATCH) + self.kinds.count(CONTEXT)
        others = sum(
            1
            for line, kind in zip(self.lines, self.kinds, strict=True)
            if kind == OTHER and line.strip() and not is_complaint(line)
        )
        if not records or records <= _SHARE * (records + others):
            return False
        if not self.numbered:
            return True
        if self.style == "numbered" and len(self.paths) > _OFTEN_SHARE * records:
            sure = sum(map(is_sure_path, self.paths))
            if sure < _SHARE * len(self.paths):
                return False
        rising = falling = 0
        file = last = -1
        for owner, number in zip(self.owner, self.number, strict=True):
            if owner == file:
                rising += number > last
                falling += number < last
            if number:
                file, last = owner, number
        if self.style == "single" and rising < _RISING * (records - 1):
            return False
        return falling * 10 <= rising + falling and (rising > 0 or len(self.paths) > 1 or records == 1)
