"""Lines and their gutters: the line numbers that tools print before each line (`  12→`, `12:`, `12` + tab).

The gutter is the tool's, what stands behind it is the file's: only the former is ever made lighter. An arrow is a
gutter wherever it counts up; any other separator only in the output of a command that is known to number lines, for
rows, settings and log lines count up too.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

__all__ = ["Lines", "lighten", "read_lines"]

_GUTTER = re.compile(r"[ ]*(\d{1,7})(→|\t|:|\||-)(.*)", re.DOTALL)
_ARROW = re.compile(r"[ ]*(\d{1,7})(→)(.*)", re.DOTALL)
_PADDED = re.compile(r" +\d+[→\t]")
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Lines:
    """A text's lines.

    `raw[i]` is line i whole. `texts[i]` is what stands on it, without its gutter; None for a line that is not to be
    compared. `numbers[i]` is the number in its gutter or None. `groups[i]` is equal for neighbouring lines whose
    gutters count up by one in the same style, and 0 for lines without a gutter: inside a group, the first number
    tells all the others.
    """

    raw: list[str]
    texts: list[str | None]
    numbers: list[int | None]
    groups: list[int]

    def among(self, known: Collection[str]) -> Lines:
        """With only the lines in `known` to be compared."""
        return replace(self, texts=[text if text in known else None for text in self.texts])

    def without(self, left_out: Collection[int]) -> Lines:
        """With the lines of these indexes not to be compared."""
        return replace(self, texts=[None if at in left_out else text for at, text in enumerate(self.texts)])


def read_lines(text: str, *, numbered: bool) -> Lines:
    """The lines of a text; `numbered` says that the command that printed it numbers lines."""
    raw = text.split("\n")
    texts: list[str | None] = list(raw)
    numbers: list[int | None] = [None] * len(raw)
    groups = [0] * len(raw)
    gutter_of = _GUTTER if numbered else _ARROW
    found = [gutter_of.fullmatch(line) if line[:8].strip()[:1].isdigit() else None for line in raw]
    start, group = 0, 0
    while start < len(raw):
        match = found[start]
        end = start + 1
        if match is None:
            start = end
            continue
        number, style = int(match.group(1)), match.group(2)
        while end < len(raw):
            following = found[end]
            if following is None or following.group(2) != style or int(following.group(1)) != number + end - start:
                break
            end += 1
        if end - start >= _LEAST:
            group += 1
            for at in range(start, end):
                gutter = found[at]
                if gutter is not None:
                    texts[at], numbers[at], groups[at] = gutter.group(3), number + at - start, group
        start = end
    return Lines(raw, texts, numbers, groups)


def lighten(lines: Lines) -> Lines:
    """The lines with their gutters' padding left out: `     12→x` becomes `12→x`. Every number and separator stays,
    and everything behind them. Padding is as many tokens as the number itself.

    Only before an arrow or a tab, as `cat -n` and agents' read tools print them.
    """
    raw = [
        line.lstrip(" ") if group and _PADDED.match(line) else line
        for line, group in zip(lines.raw, lines.groups, strict=True)
    ]
    return replace(lines, raw=raw)
