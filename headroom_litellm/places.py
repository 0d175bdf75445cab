"""Where something was shown: at one place, as nearly all is, or at several, of which some are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

__all__ = ["Places", "all_places", "remember"]

_MOST: Final = 8

Thing = TypeVar("Thing", str, int)
Places = dict[Thing, int | list[int]]
"""Places are mere numbers, since they are kept for long, and the garbage collector would look at objects again and
again."""


def remember(places: Places[Thing], thing: Thing, place: int, *, most: int = _MOST) -> None:
    """Remember one more place of the thing: of all, at most so many are, the first third and the latest ones."""
    known = places.get(thing)
    if known is None:
        places[thing] = place
    elif isinstance(known, int):
        places[thing] = [known, place]
    else:
        if len(known) >= most:
            del known[most // 3]
        known.append(place)


def all_places(known: int | list[int] | None) -> Sequence[int]:
    if known is None:
        return ()
    return (known,) if isinstance(known, int) else known
