"""In which order matches of a file are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...relevance import NAMED

__all__ = ["Ordering", "tier_of"]

_RELATED: Final = 0.4
_DEFINES: Final = frozenset(
    ["def", "class", "func", "fn", "function", "interface", "struct", "enum", "trait", "impl", "type", "module"]
)
_BEFORE: Final = frozenset(
    ["export", "default", "public", "private", "protected", "internal", "static", "async", "abstract", "final", "pub"]
)
_FIRST_WORDS: Final = _DEFINES | _BEFORE
_BITS: Final = 40


class Ordering:
    """A number for each match, the lower the sooner: what the query is after, definitions, what reads unlike the ones
    before, and at even distances within its file."""

    def __init__(self, scores: Sequence[float]) -> None:
        self._related = _RELATED * max([score % NAMED for score in scores], default=0.0) or NAMED
        self._seen: set[bytes] = set()
        self._spread: list[int] = []

    def number(self, score: float, text: str, shape: bytes, place: int) -> int:
        """`place`: how many of its file come before it; `shape`: the text without its digits."""
        if place == len(self._spread):
            self._spread.append(int(f"{place:0{_BITS}b}"[::-1], 2))
        seen = shape in self._seen
        if not seen:
            self._seen.add(shape)
        words = text.split(None, 3)
        defines = bool(words) and words[0] in _FIRST_WORDS and not _DEFINES.isdisjoint(words[:3])
        tier = 2 - 2 * (score > self._related) - defines
        return ((tier << 1 | seen) << _BITS) + self._spread[place]


def tier_of(number: int) -> int:
    return number >> _BITS + 1
