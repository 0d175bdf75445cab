"""The lines of a text that plainly report a failure, found without looking at every line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from .signs import plainly_fails

__all__ = ["failing_lines"]

_MAX_LINE: Final = 2_000
_TRIES: Final = 4
"""Lines that are looked at for each that is wanted."""

_HINT: Final = re.compile(
    r"[EFCSAPTO:\[(=x*✗✖✘❌\n]"
    r"(?:RROR|ATAL|RIT|EVERE|MERG|LERT|ANIC|AIL|RR!|rror[:(\]\[\n]|xception[:(\n]|ailure[:(\n]"
    r"|raceback \(|egmentation f|aused by:|ut of memory|(?<=rror[:\[])|(?<=atal:)|(?<=anic:)|(?<=ption:)"
    r"|(?:error|fatal|crit|alert|emerg|panic)[a-z]{0,4}\]|\"?(?:err|fatal|crit|alert|emerg|panic|severe)"
    r"|ception (?:in|occurred|while|raised|thrown)|E   |[EF][0-9]{4} |\*\* |\* \(|(?<=[✗✖✘❌]))"
)
"""First a set of characters that prose has few of, then what stands before or after one of them: far faster than words
side by side. What it finds is only looked at more closely."""
_RARE: Final = ("core dumped", "panicked at", "out of memory", "oom-kill", "oomkill", "OOMKill", "npm error")
"""Words that begin with letters which prose is full of."""


def failing_lines(text: str, starts: Sequence[int], *, most: int) -> list[int]:
    """The numbers of the first `most` lines that fail by their level or form; `starts`: where each line begins, and
    the end of the text plus one."""
    found: set[int] = set()
    ends = [at for word in _RARE if (at := text.find(word)) >= 0]
    tries = most * _TRIES
    position = 0
    while len(found) < most and tries:
        hit = _HINT.search(text, position)
        if hit is None:
            break
        tries -= 1
        line = bisect_right(starts, hit.end() - 1) - 1
        if _fails(text, starts, line, hit.start(), found):
            position = starts[line + 1] - 1
        else:
            position = max(hit.end(), min(starts[line + 1] - 1, hit.start() + _MAX_LINE // 2))
    for at in ends:
        _fails(text, starts, bisect_right(starts, at) - 1, at, found)
    return sorted(found)


def _fails(text: str, starts: Sequence[int], line: int, hit: int, found: set[int]) -> bool:
    """Whether the line does, looked at around the hit."""
    if line >= len(starts) - 1:
        return False
    begin = max(starts[line], hit - _MAX_LINE // 2)
    if not plainly_fails(text[begin : min(starts[line + 1] - 1, begin + _MAX_LINE)]):
        return False
    found.add(line)
    return True
