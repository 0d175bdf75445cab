"""Which words a text holds: a small index to rule texts out by, and the places of one word in a text."""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from ...relevance import in_lower_case
from ..key import encode

__all__ = ["TIME", "Words", "atoms", "has_no_spaces", "places", "stem"]

TIME: Final = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
"""A time of day."""

_ATOM: Final = re.compile(r"\d+(?=t\d\d:)|(?<=\d)t(?=\d\d:)|[^\W_]+")
"""The `T` between a date and a time stands alone."""
_NO_SPACES: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SHORT: Final = 200
"""Characters of a term: what it consists of is asked for every original."""
_PLURAL: Final = 4
"""Letters of a word from which on its last `s` is left away."""


def atoms(text: str) -> frozenset[str]:
    """The runs of letters and digits in the text, in lower case and without the `s` of a plural."""
    return _atoms(text) if len(text) > _SHORT else _atoms_remembered(text)


def _atoms(text: str) -> frozenset[str]:
    return frozenset({stem(atom) for atom in set(_ATOM.findall(in_lower_case(text)))})


_atoms_remembered = lru_cache(maxsize=4096)(_atoms)


def stem(word: str) -> str:
    return word[:-1] if len(word) >= _PLURAL and word[-1] == "s" and word[-2] != "s" else word


def has_no_spaces(term: str) -> bool:
    """Whether it is of a script in which words are not told apart by spaces, so that no index by words has it."""
    return _NO_SPACES.search(term) is not None


class Words:
    """The words of a text, four bytes each. One in a million of other words is taken for one of them, everywhere the
    same."""

    def __init__(self, words: Iterable[str]) -> None:
        self._sums = array("I", sorted({zlib.crc32(encode(word)) for word in words}))

    def __len__(self) -> int:
        return len(self._sums)

    def __contains__(self, word: str) -> bool:
        wanted = zlib.crc32(encode(word))
        at = bisect_left(self._sums, wanted)
        return at < len(self._sums) and self._sums[at] == wanted

    def has_all_of(self, term: str) -> bool:
        """Whether a text with these words may hold the term."""
        return has_no_spaces(term) or all(atom in self for atom in atoms(term))


def places(lowered: str, term: str) -> Iterator[int]:
    """Where a term stands in a text, both in lower case, as a word of its own or as its plural."""
    needle = stem(term)
    free = has_no_spaces(term)
    also = "tz" if TIME.fullmatch(term) else ""
    at = lowered.find(needle)
    while at >= 0:
        before, end = lowered[at - 1 : at] if at else "", at + len(needle)
        if lowered[end : end + 1] == "s" and len(needle) >= _PLURAL - 1:
            end += 1
        after = lowered[end : end + 1]
        if free or not ((before.isalnum() and before not in also) or (after.isalnum() and after not in also)):
            yield at
        at = lowered.find(needle, at + len(needle))
