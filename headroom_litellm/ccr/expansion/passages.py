"""Where in an original something stands that is not in view."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from ...relevance import in_lower_case
from .words import places

__all__ = ["Passages"]

_LINES: Final = 5
_CHARACTERS: Final = 500
"""Of half a passage; a longer line is cut."""
_SEARCHED: Final = 1_000_000
"""Characters of an original that are looked at."""
_PLACES: Final = 5_000
"""Places of one term that are looked at."""
_RARE: Final = 20
"""A term that one of so many passages holds is as good as one that only one holds."""


class Passages:
    """Passages overlap by half, so that what stands close together is together in one of them."""

    def __init__(self, original: str, shown: str) -> None:
        self._original = original[:_SEARCHED]
        self._lowered = in_lower_case(self._original)
        if len(self._lowered) != len(self._original):
            self._lowered = "".join(map(_lower, self._original))
        self._shown = in_lower_case(shown)
        self._shown_lines = {line.strip() for line in self._shown.split("\n")}
        self._starts = list(self._halves())
        self._found: dict[int, dict[str, float]] = {}
        self.rarity: dict[str, float] = {}
        """Of each term that stands out of view: 1 where few passages have it, less the more have it."""

    def _halves(self) -> Iterator[int]:
        """Where each half begins."""
        start = at = lines = 0
        size = len(self._lowered)
        while at < size:
            end = self._lowered.find("\n", at, at + _CHARACTERS) + 1 or min(at + _CHARACTERS, size)
            if at > start and (lines == _LINES or end - start > _CHARACTERS):
                yield start
                start, lines = at, 0
            at, lines = end, lines + 1
        yield start

    def look_for(self, term: str) -> None:
        """Note in which halves the term stands out of view."""
        total, at = 0, set()
        for place in islice(places(self._lowered, term), _PLACES):
            total += 1
            if self._hidden(place):
                at.add(bisect_right(self._starts, place) - 1)
        if not at:
            return
        in_view = sum(1 for _ in islice(places(self._shown, term), _PLACES))
        # Rendered anew, a line that is in view reads differently: then only the numbers tell.
        out_of_view = max(0.0, 1 - in_view / total)
        rarity = math.log(1 + max(len(self._starts), _RARE) / len(at)) / math.log(1 + _RARE)
        self.rarity[term] = min(1.0, rarity)
        for half in at:
            self._found.setdefault(half, {})[term] = out_of_view * self.rarity[term]

    def evidence(self, terms: Mapping[str, float]) -> float:
        """How much of the terms, each with what it counts, stands together in a passage that is not in view."""
        found = {half: told for half, told in self._found.items() if not terms.keys().isdisjoint(told)}
        both = (found[half] | found.get(half + 1, {}) for half in found)
        return max((_sum(told, terms) for told in both), default=0.0)

    def _hidden(self, place: int) -> bool:
        """Whether the line there is not in view. A long one is taken for hidden."""
        start = self._lowered.rfind("\n", max(0, place - _CHARACTERS), place) + 1
        end = self._lowered.find("\n", place, place + _CHARACTERS)
        if (not start and place > _CHARACTERS) or (end < 0 and place + _CHARACTERS < len(self._lowered)):
            return True
        line = self._lowered[start : end if end >= 0 else len(self._lowered)]
        return line.strip() not in self._shown_lines

    def extract(self, terms: Mapping[str, float], most: int) -> str:
        """The passages with most of the terms while there is room, in the order of the text, each under the numbers of
        its lines; those with less than half of what the best one has are left out."""
        gains = {half: _sum(told, terms) for half, told in self._found.items()}
        least = max(gains.values(), default=0.0) / 2
        chosen: set[int] = set()
        for half in sorted(gains, key=lambda half: (-gains[half], half)):
            more = {at for at in (half - 1, half, half + 1) if 0 <= at < len(self._starts)} - chosen
            most -= sum(self._end(at) - self._starts[at] for at in more)
            if gains[half] <= 0 or gains[half] < least or most < 0:
                break
            chosen |= more
        return "\n".join(self._stretch(first, last) for first, last in _runs(sorted(chosen)))

    def beginning(self, most: int) -> str:
        """As much as there is room for, under the numbers of its lines."""
        return self._stretch(0, max(0, bisect_right(self._starts, most) - 2))

    def _end(self, half: int) -> int:
        return self._starts[half + 1] if half + 1 < len(self._starts) else len(self._original)

    def _stretch(self, first: int, last: int) -> str:
        start, end = self._starts[first], self._end(last)
        text = self._original[start:end]
        before = self._original.count("\n", 0, start) + 1
        return f"[lines {before}-{before + text.rstrip(chr(10)).count(chr(10))}]\n{text.rstrip(chr(10))}"


def _sum(told: Mapping[str, float], terms: Mapping[str, float]) -> float:
    return sum(share * terms[term] for term, share in told.items() if term in terms)


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first = None
    for at, number in enumerate(numbers):
        first = number if first is None else first
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield first, number
            first = None


def _lower(character: str) -> str:
    """In lower case where that is one character, too."""
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character
