"""Lines and their gutters: the line numbers that tools print before each line (`  12→`, `12:`, `12` + tab).

The gutter is the tool's, what stands behind it is the file's: only the former is ever made lighter. An arrow is a
gutter wherever it counts up; a tab behind a number padded to six places in what a tool for reading files prints; any
other separator only in the output of a command that is known to number lines, for rows, settings and log lines count up
too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

__all__ = ["EVERY", "NOTE", "Lines", "Partly", "lighten", "read_lines"]

_GUTTER = re.compile(r"[ ]*(\d{1,7})(→|\t|:|\||-)(.*)", re.DOTALL)
_ARROW_SIGN: Final = "→"
_ARROW = re.compile(rf"[ ]*(\d{{1,7}})({_ARROW_SIGN})(.*)", re.DOTALL)
_TAB = re.compile(r"(?=[ \d]{6}\t|\d{7}\t)[ ]*(\d{1,7})(\t)(.*)", re.DOTALL)
_UNASKED = re.compile(r"[ ]*\d{1,7}→|[ \d]{6}\t|\d{7}\t")
_MISLEADING = re.compile(r"[ ]*\d{1,7}[→\t]")
_PADDED = re.compile(r" +\d+[→\t]")
_LEAST = 3
_LEAST_SPARSE: Final = 20
"""Lines from which on a group is sparse."""
EVERY: Final = 10
"""In a sparse group, a line with a number that this divides is shown with it."""
NOTE: Final = f"[only every {EVERY}th line is numbered]"
"""Stands above an output with sparse groups."""

Partly = tuple[str, Sequence[tuple[int, int]]]
"""A line as it is shown, with references in the place of pieces of it, and from where to where it is literal."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A text's lines, and where a reader finds them.

    `raw[i]` is line i whole. `texts[i]` is what stands on it, without its gutter; None for a line that is not to be
    compared. `numbers[i]` is the number in its gutter or None. `groups[i]` is equal for neighbouring lines whose
    gutters count up by one in the same style, and 0 for lines without a gutter: inside a group, the first number
    tells all the others. `sparse` are the groups of which only some lines are to be shown with their numbers, and
    `doubled` those whose numbers other lines have too. `partly` are the lines of which only pieces are shown.
    `places[i]` is the place at which line i is shown, from 1; where there are none, the text is shown as it is.
    """

    raw: list[str]
    texts: list[str | None]
    numbers: list[int | None]
    groups: list[int]
    sparse: frozenset[int] = frozenset()
    doubled: frozenset[int] = frozenset()
    partly: Mapping[int, Partly] = field(default_factory=dict)
    places: Sequence[int] = ()

    def number(self, at: int) -> int | None:
        """The number by which line `at` is found, even where it is only referred to."""
        return None if self.groups[at] in self.doubled else self.numbers[at]

    def place(self, at: int) -> int:
        return self.places[at] if self.places else at + 1

    def shown(self, start: int, end: int) -> list[str]:
        """Lines `start` to `end` (exclusive, from 0) as they stand in the output: those of a sparse group bare but for
        the first and the last of them and every tenth."""
        if not self.sparse:
            return self.raw[start:end]
        return [self._bare(at) if self._is_inner(at, start, end) else self.raw[at] for at in range(start, end)]

    def _is_inner(self, at: int, start: int, end: int) -> bool:
        group, number = self.groups[at], self.numbers[at]
        if group not in self.sparse or number is None or number % EVERY == 0:
            return False
        return start < at < end - 1 and self.groups[at - 1] == group == self.groups[at + 1]

    def _bare(self, at: int) -> str:
        gutter = _GUTTER.fullmatch(self.raw[at])
        return gutter[3] if gutter is not None else self.raw[at]

    def among(self, known: Collection[str]) -> Lines:
        """With only the lines in `known` to be compared."""
        return replace(self, texts=[text if text in known else None for text in self.texts])

    def below(self, above: int) -> Lines:
        """With so many more lines shown above them."""
        return replace(self, places=range(1 + above, 1 + above + len(self.raw)))


def read_lines(text: str, *, numbered: bool, reads: bool = False) -> Lines:
    """The lines of a text; `numbered` says that the command that printed it numbers lines, `reads` that it is of a tool
    for reading files."""
    raw = text.split("\n")
    texts: list[str | None] = list(raw)
    numbers: list[int | None] = [None] * len(raw)
    groups = [0] * len(raw)
    if not numbered and _ARROW_SIGN not in text and not (reads and "\t" in text):
        return Lines(raw, texts, numbers, groups)
    gutters = (_GUTTER,) if numbered else (_ARROW, _TAB) if reads else (_ARROW,)
    found = [_gutter(gutters, line) if line[:8].strip()[:1].isdigit() else None for line in raw]
    spans: list[tuple[int, int, int]] = []
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
        grouped = end - start >= _LEAST
        group += grouped
        spans.append((number, number + end - start, group if grouped else 0))
        if grouped:
            for at in range(start, end):
                gutter = found[at]
                if gutter is not None:
                    texts[at], numbers[at], groups[at] = gutter.group(3), number + at - start, group
        start = end
    return Lines(raw, texts, numbers, groups, doubled=_doubled(spans))


def _gutter(gutters: Sequence[re.Pattern[str]], line: str) -> re.Match[str] | None:
    return next((match for gutter in gutters if (match := gutter.fullmatch(line))), None)


def _doubled(spans: list[tuple[int, int, int]]) -> frozenset[int]:
    """The groups, of lines given by first number, end and group, that share a number with other lines."""
    doubled: set[int] = set()
    last, reach = 0, -1
    for first, end, group in sorted(spans):
        if first < reach:
            doubled |= {last, group}
        if end > reach:
            last, reach = group, end
    return frozenset(doubled - {0})


def lighten(lines: Lines, *, asked: bool) -> Lines:
    """The lines with their gutters' padding left out, `     12→x` as `12→x`, and long groups sparse.

    Padding is as many tokens as the number itself; it goes before an arrow or a tab, as `cat -n` and agents' read
    tools print them. Numbers can be counted on from the one above; before a tab they stay where they were `asked` for:
    who runs `cat -n` wants to see them.
    """
    if not any(lines.groups):
        return lines
    raw = [
        line.lstrip(" ") if group and _PADDED.match(line) else line
        for line, group in zip(lines.raw, lines.groups, strict=True)
    ]
    return replace(lines, raw=raw, sparse=_sparse_groups(lines, _ARROW if asked else _UNASKED))


def _sparse_groups(lines: Lines, gutter: re.Pattern[str]) -> frozenset[int]:
    """Long groups with this gutter, unless what stands on one of their lines reads as one that has it as well."""
    numbered = ((group, line) for group, line in zip(lines.groups, lines.raw, strict=True) if group)
    groups = Counter(group for group, line in numbered if gutter.match(line))
    misleading = {
        group
        for group, text in zip(lines.groups, lines.texts, strict=True)
        if group and text is not None and _MISLEADING.match(text)
    }
    return frozenset(group for group, count in groups.items() if count >= _LEAST_SPARSE and group not in misleading)
