"""Where something was shown: at one place, as nearly all is, or at several, of which some are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

__all__ = ["Places", "all_places", "remember"]

_CANDIDATES: Final = 8
"""Places remembered for one thing: the first third and the latest ones."""

Thing = TypeVar("Thing", str, int)
Places = dict[Thing, int | list[int]]
"""Places are mere numbers, since they are kept for long, and the garbage collector would look at objects again and
again."""


def remember(places: Places[Thing], thing: Thing, place: int) -> None:
    known = places.get(thing)
    if known is None:
        places[thing] = place
    elif isinstance(known, int):
        places[thing] = [known, place]
    else:
        if len(known) >= _CANDIDATES:
            del known[_CANDIDATES // 3]
        known.append(place)


def all_places(known: int | list[int] | None) -> Sequence[int]:
    if known is None:
        return ()
    return (known,) if isinstance(known, int) else known
