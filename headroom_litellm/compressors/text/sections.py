"""More of each section, where the outline and what the query is after leave room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

__all__ = ["fill_sections"]

_FEW_TITLES: Final = 3
_LEAST_SHARE: Final = 300
"""Characters: with less to each, a few sections are shown further rather than all of them by a line."""


def fill_sections(lines: Sequence[str], titles: Sequence[int], keep: set[int], budget: int) -> set[int]:
    """`keep` and, within the budget of characters for all, the lines with which the sections go on from their titles,
    as much of each. Where that is too little, or there are hardly any titles, the first sections go on."""
    room = budget - sum([len(lines[i]) + 1 for i in keep])
    starts = [0, *titles] if len(titles) >= _FEW_TITLES else [0]
    open_lines = [
        [i for i in range(start, end) if i not in keep]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    sizes = [sum([len(lines[i]) + 1 for i in section]) for section in open_lines]
    share = max(_LEAST_SHARE, _level(sizes, room))
    found = set(keep)
    for section in open_lines:
        taken = list(accumulate((len(lines[i]) + 1 for i in section), initial=0))
        most = min(room, share if len(starts) > 1 else room)
        count = next((k for k, used in enumerate(taken) if used > most), len(taken)) - 1
        found.update(section[:count])
        room -= taken[count]
    return found


def _level(sizes: Sequence[int], room: int) -> int:
    """How much each may have so that all have as much, or all they want, and together fill the room."""
    level = 0
    for k, size in enumerate(sorted(sizes)):
        share = room // (len(sizes) - k)
        if size > share:
            return max(0, share)
        level = size
        room -= size
    return level
