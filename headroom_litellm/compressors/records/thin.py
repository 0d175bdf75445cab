"""A long record by the lines that say something of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

from ..shared.indentation import indentation

__all__ = ["Thinner"]

_COMMON: Final = 3
"""A line that stands so often in the whole text is none of a record's own."""
_HEAD: Final = 3
_LEAST: Final = 3
"""Lines of a gap."""
_BEGINNING: Final = 40


class Thinner:
    """What is left of records, one after the other, where each line stands so often in the text as `counts` says; the
    lines in `wanted` always stay, and those that are `common` where they stand for the first time."""

    def __init__(self, counts: Mapping[str, int], wanted: Collection[str], *, common: bool = True) -> None:
        self._counts = counts
        self._wanted = wanted
        self._common = common
        self._seen: set[str] = set()

    def thin(self, record: Sequence[str]) -> tuple[list[str], int]:
        """(what is left, how many lines are not there): its first lines, those of the outermost level, those that stand
        seldom, and common ones the first time; notes stand in the gaps."""
        outermost = min((indentation(line) for line in record[1:] if line.strip()), default=0)
        kept = [at for at, line in enumerate(record) if self._stays(line, outermost) or at < _HEAD]
        out: list[str] = []
        gone = 0
        for before, at in pairwise([-1, *kept, len(record)]):
            gap = record[before + 1 : at]
            if len(gap) >= _LEAST:
                gone += len(gap)
                out.append(_note(gap))
            else:
                out += gap
            out += record[at : at + 1]
        return out, gone

    def _stays(self, line: str, outermost: int) -> bool:
        new = self._common and line not in self._seen
        self._seen.add(line)
        if new or line in self._wanted or self._counts.get(line, 0) < _COMMON:
            return True
        return line.strip() != "" and indentation(line) <= outermost


def _note(gap: Sequence[str]) -> str:
    """How many lines are not there, and how the first and the last of them begin."""
    first, last = (_beginning(line.strip()) for line in (gap[0], gap[-1]))
    return f'[… {len(gap)} lines, "{first}" to "{last}"]'


def _beginning(text: str) -> str:
    return text if len(text) <= _BEGINNING else f"{text[:_BEGINNING]}…"
