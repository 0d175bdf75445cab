"""Which matches report a failure, where that is not just what was sought."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from ..shared.signs import plainly_fails

__all__ = ["failing"]

_WORDS: Final = (
    *("rror", "RROR", "ailed", "FAIL", "atal", "FATAL", "xception", "panic", "Traceback", "CRIT", "SEVERE", "EMERG"),
    *("ALERT", "egmentation", "core dumped", "ut of memory", "oom-kill", "Caused by", ": ***", "✗", "✖", "✘", "❌"),
)
"""One of these is in nearly every line that plainly fails; looking for them costs little."""
_FEW: Final = 6
_RARE: Final = 10
"""A word tells failures apart where at most one in so many matches fails by it."""
_TRIES: Final = 1
_MANY: Final = 200
_MAX_TEXT: Final = 2_000


def failing(texts: Sequence[str]) -> list[int]:
    """The positions of the texts that plainly fail by a word by which few of them do."""
    most = min(max(_FEW, len(texts) // _RARE), _MANY)
    joined = "\n".join(texts)
    starts: list[int] = []
    fails: dict[int, bool] = {}
    found: set[int] = set()
    for word in _WORDS:
        position = joined.find(word)
        if position < 0 or joined.count(word) > _TRIES * most:
            continue
        starts = starts or list(accumulate([len(text) + 1 for text in texts], initial=0))
        by_word: list[int] = []
        while position >= 0 and len(by_word) <= most:
            at = bisect_right(starts, position) - 1
            if at not in fails:
                fails[at] = plainly_fails(texts[at][:_MAX_TEXT])
            if fails[at]:
                by_word.append(at)
            position = joined.find(word, starts[at + 1])
        if len(by_word) <= most:
            found.update(by_word)
    return sorted(found)
