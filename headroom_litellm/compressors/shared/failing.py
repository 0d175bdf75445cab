"""Which lines of a text may fail, and which plainly do, found without looking at every line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from .line_signs import plainly_fails

__all__ = ["failing_lines", "suspects"]

_MAX_LINE: Final = 2_000
_TRIES: Final = 4
"""Lines that are looked at for each that is wanted."""

_WORDS: Final = (
    *("err", "fail", "fatal", "except", "panic", "traceback", "crit", "severe", "emerg", "alert", "abort", "crash"),
    *(
        "segmentation",
        "dumped",
        "refused",
        "denied",
        "connection reset",
        "killed",
        "memory",
        "oom",
        "cannot",
        "could not",
        "unable",
    ),
    *("unreachable", "undefined", "not found", "no such", "timed out", "caused by", "warn", "deprecat", "**", "not ok"),
)
_MARKS: Final = ("✗", "✖", "✘", "❌", "✕", "●")
"""One of these, in lower case, stands in each line that fails or warns, but for those that only begin like that."""
_BEGINS: Final = re.compile(r"[EWFewf](?:[0-9]{1,4}|#)? |\s{0,8}(?:[0-9]+|#)\) \w")
_STARTS: Final = frozenset("EWFewf# \t0123456789")

_PLAIN: Final = (
    *("ERROR", "FATAL", "CRIT", "SEVERE", "EMERG", "ALERT", "PANIC", "FAIL", "ERR!", "raceback (", "egmentation f"),
    *("rror:", "rror[", "rror]", "rror(", "rror\n", "atal:", "atal]", "anic:", "xception", "ailure:", "ailure("),
    *("ailure\n", "crit]", "critical]", "alert]", "emerg]", "panic]", "core dumped", "panicked at", "aused by:"),
    *("ut of memory", "oom-kill", "oomkill", "OOMKill", "npm error", "\nE   ", "\n** ", "** (", "***"),
    *("evel=err", 'evel="err', 'evel": "err', 'evel":"err'),
)
"""One of these stands in each line that plainly fails, but for a few forms that only logs have: words that prose is
full of would find too much there."""


def suspects(lines: Sequence[str]) -> set[int]:
    """The lines that may fail or warn: no other line does, unless by the status of a request. A number may stand as
    `#` in them."""
    lowered = "\n".join(lines).lower()
    starts = list(accumulate((len(line) + 1 for line in lowered.split("\n")), initial=0))
    found = {i for i, line in enumerate(lines) if line[:1] in _STARTS and _BEGINS.match(line)}
    found.update(_hits(lowered, starts, _WORDS if lowered.isascii() else (*_WORDS, *_MARKS), len(lines)))
    return found


def failing_lines(text: str, starts: Sequence[int], *, most: int) -> list[int]:
    """The numbers of the first `most` lines that fail by their level or form; `starts`: where each line begins, and
    the end of the text plus one."""
    found: list[int] = []
    words = _PLAIN if text.isascii() else (*_PLAIN, *_MARKS)
    for line, hits in sorted(_hits(text, starts, words, most * _TRIES).items()):
        if len(found) == most:
            break
        if any(_fails_around(text, starts, line, hit) for hit in hits):
            found.append(line)
    return found


def _hits(text: str, starts: Sequence[int], words: Sequence[str], most: int) -> dict[int, list[int]]:
    """Where the words first stand in each line that has one; of each word, no more than `most` lines."""
    found: dict[int, list[int]] = {}
    for word in words:
        at, left = text.find(word), most
        while at >= 0 and left:
            line = bisect_right(starts, at + (word[0] == "\n")) - 1
            found.setdefault(line, []).append(at)
            at, left = text.find(word, starts[line + 1] - 1), left - 1
    return found


def _fails_around(text: str, starts: Sequence[int], line: int, hit: int) -> bool:
    """Does the line, looked at around the hit?"""
    begin = max(starts[line], hit - _MAX_LINE // 2)
    return plainly_fails(text[begin : min(starts[line + 1] - 1, begin + _MAX_LINE)])
