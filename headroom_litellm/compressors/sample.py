"""The part of a tool output by which its kind is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Final

from ..conversation import ToolCall
from ..shell import command_line
from .base import Document
from .shared.ansi import ANSI, ESCAPE

__all__ = ["Sample", "told_once"]

_LINES: Final = 120
_PART: Final = 60_000
_LINE: Final = 240


@dataclass(frozen=True, slots=True)
class Sample:
    """Bounded, so that telling the kind costs the same for any size of text.

    document: the whole output
    lines:    lines that are not blank from the beginning, the middle and the end, without colours, cut to 240
              characters
    command:  the shell command line that printed it, "" where none is known
    told:     what `told_once` remembers
    """

    document: Document
    lines: Sequence[str]
    command: str
    told: dict[Callable[[Sample], bool], bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, document: Document) -> Sample:
        command = command_line(ToolCall("", document.tool, document.arguments))
        return cls(document, _lines(document.text), command)

    @property
    def head(self) -> str:
        """The beginning of the text."""
        return self.document.text[:_PART]

    def count(self, shape: re.Pattern[str]) -> int:
        """How many of the lines begin like that."""
        match = shape.match
        return sum([match(line) is not None for line in self.lines])

    def share(self, shape: re.Pattern[str]) -> float:
        """How many of the lines begin like that, from 0 to 1; 0 where there are none."""
        return self.count(shape) / len(self.lines) if self.lines else 0.0

    def exceeds(self, shape: re.Pattern[str], share: float) -> bool:
        """Do more than this share of the lines begin like that? No more of them are looked at than decide it."""
        total = len(self.lines)
        needed = int(share * total)
        while needed <= total and (needed == 0 or needed / total <= share):
            needed += 1
        return self.has(shape, needed)

    def has(self, shape: re.Pattern[str], needed: int) -> bool:
        """Do at least so many of the lines, one or more, begin like that?"""
        match = shape.match
        spare = len(self.lines) - needed
        for line in self.lines if spare >= 0 else ():
            if match(line) is None:
                spare -= 1
                if spare < 0:
                    break
            else:
                needed -= 1
                if not needed:
                    return True
        return False


def told_once(tells: Callable[[Sample], bool]) -> Callable[[Sample], bool]:
    """Remembers the answer with the sample: each kind asks whether an output is not rather of another."""

    @wraps(tells)
    def told(sample: Sample) -> bool:
        known = sample.told.get(tells)
        if known is None:
            known = sample.told[tells] = tells(sample)
        return known

    return told


def _lines(text: str) -> list[str]:
    if len(text) <= 3 * _PART:
        parts = [text]
    else:
        middle = len(text) // 2
        parts = [text[:_PART], text[middle : middle + _PART], text[-_PART:]]
    lines = [line for part in parts for line in part.split("\n") if line.strip()]
    if len(lines) > 3 * _LINES:
        step = len(lines) / (2 * _LINES)
        lines = lines[:_LINES] + [lines[int(k * step)] for k in range(2 * _LINES)]
    if ESCAPE in text:
        lines = [ANSI.sub("", line[: 4 * _LINE]) for line in lines]
    return [line[:_LINE].rstrip("\r") for line in lines]
