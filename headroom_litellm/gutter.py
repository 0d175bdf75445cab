"""Lines and their gutters: the line numbers that tools print before each line (`  12→`, `12:`, `12|`, `12` + tab).

The gutter is the tool's, what stands behind it is the file's: only the former is ever made lighter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Lines", "lighten", "read_lines"]

_GUTTER = re.compile(r"[ ]*(\d{1,7})(→|\t|:|\||-)(.*)", re.DOTALL)
_PADDED = re.compile(r" +\d+[→\t]")
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Lines:
    """A text's lines.

    `texts[i]` is what stands on line i, without its gutter; None for a line that is not to be
    compared. `numbers[i]` is the number in the gutter or None.
    `groups[i]` is equal for neighbouring lines whose gutters count up by one in the same style, and 0 for lines
    without a gutter: inside a group, the first number tells all the others. `raw[i]` is the whole line.
    """

    raw: list[str]
    texts: list[str | None]
    numbers: list[int | None]
    groups: list[int]


def read_lines(text: str) -> Lines:
    raw = text.split("\n")
    texts: list[str | None] = list(raw)
    numbers: list[int | None] = [None] * len(raw)
    groups = [0] * len(raw)
    found = [_GUTTER.fullmatch(line) if line[:8].strip()[:1].isdigit() else None for line in raw]
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


def lighten(text: str) -> str:
    """The text with its gutters' padding left out: `     12→x` becomes `12→x`. Every number and separator stays, and
    everything behind them. Padding is as many tokens as the number itself.

    Only gutters behind which an arrow or a tab stands, as `cat -n` and agents' read tools print them: `    1: x` may
    just as well be the line of a program.
    """
    lines = read_lines(text)
    return "\n".join(
        raw.lstrip(" ") if group and _PADDED.match(raw) else raw
        for raw, group in zip(lines.raw, lines.groups, strict=True)
    )
