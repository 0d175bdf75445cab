"""Changes that are made again and again: the same lines, or the same word put for another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .parse import Hunk

__all__ = ["change_keys"]

_TOKEN: Final = re.compile(r"\w+|\W")
_MAX_PAIRS: Final = 6
_MAX_LINE: Final = 400
_MIN_WORD: Final = 5
_MAX_WORDS: Final = 90
_MIN_SAME: Final = 40


def change_keys(lines: Sequence[str], hunk: Hunk) -> tuple[str, str]:
    """(what the hunk changes, the words that it puts for others); each "" where that is too little to speak of, or
    not so. Hunks with the same key make the same change."""
    if len(hunk.old) > 1 or not hunk.exact:
        return "", ""
    changed = [line for line in lines[hunk.start : hunk.end] if line[:1] in "+-" and line]
    same = "\n".join(changed)
    words = _substitution(changed) if len(changed) <= 2 * _MAX_PAIRS else ""
    return same if len(same) >= _MIN_SAME else "", words


def _substitution(changed: Sequence[str]) -> str:
    removed = [line for line in changed if line[0] == "-"]
    added = [line for line in changed if line[0] == "+"]
    if not removed or len(removed) != len(added) or max(map(len, changed)) > _MAX_LINE:
        return ""
    found: dict[str, None] = {}
    for old, new in zip(removed, added, strict=True):
        for pair in _differing(_TOKEN.findall(old[1:]), _TOKEN.findall(new[1:])):
            found.setdefault(pair)
    told = ", ".join(found)
    words = sum(map(len, found)) - len('"" → ""') * len(found)
    return told if words >= _MIN_WORD and len(told) <= _MAX_WORDS else ""


def _differing(old: Sequence[str], new: Sequence[str]) -> list[str]:
    if len(old) == len(new):
        return [f'"{a}" → "{b}"' for a, b in zip(old, new, strict=True) if a != b]
    most = min(len(old), len(new))
    start = 0
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    before, after = "".join(old[start : len(old) - end]), "".join(new[start : len(new) - end])
    return [f'"{before}" → "{after}"']
