"""What is cleared, and what stands in its place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..ccr import marker
from ..ccr.key import key_of
from ..conversation import Segment
from .held import Held
from .sizes import size_of

__all__ = ["NOTHING", "Cleared", "stub_of", "stubs_of"]

_LEAST: Final = 160
"""Characters of what is worth clearing."""
_SHORT: Final = 120
"""Characters of an argument that stays: it tells what the call was about."""
_NAMED: Final = {"result": "Output", "text": "Text"}


@dataclass(frozen=True, slots=True)
class Cleared:
    """stubs: what stands in the place of segments, by their numbers
    until: the turn up to which the rounds behind the task are left out as a whole; 0 for none
    words: the turn of those that stays, with what the user said last; 0 for none
    gain:  tokens that this spares
    """

    stubs: Mapping[int, str]
    until: int = 0
    words: int = 0
    gain: int = 0

    def and_also(self, other: Cleared) -> Cleared:
        later = other if other.until else self
        return Cleared({**self.stubs, **other.stubs}, later.until, later.words, self.gain + other.gain)


NOTHING: Final = Cleared({})


def stubs_of(candidates: Iterable[Held], sizes: Sequence[int], excess: int) -> tuple[Cleared, list[int]]:
    """Stubs for the first of these that make so much room, and the sizes of all segments with them."""
    stubs: dict[int, str] = {}
    gained, after = 0, list(sizes)
    for one in candidates:
        if gained >= excess:
            break
        stub = stub_of(one.segment)
        size = size_of(one.segment, stub)
        if stub and size < sizes[one.number]:
            stubs[one.number], after[one.number] = stub, size
            gained += sizes[one.number] - size
    return Cleared(stubs, gain=gained), after


def stub_of(segment: Segment) -> str:
    """One line by which the model knows what was there and how to get it; a call's arguments are JSON as before, with
    such a line in the place of each long text. "" where that is no shorter."""
    if len(segment.text) < _LEAST:
        return ""
    key = key_of(segment.text)
    if segment.kind in _NAMED:
        return marker.cleared(_NAMED[segment.kind], key, lines=segment.text.count("\n") + 1)
    stub = _arguments(segment.text, key)
    return stub if len(stub) < len(segment.text) and key in stub else ""


def _arguments(text: str, key: str) -> str:
    """ "" of what is no JSON object, or none that is sure to come through unchanged."""
    try:
        # Not orjson, which makes floats of integers over 64 bits.
        values = json.loads(text)
        if not isinstance(values, dict):
            return ""
        cleared = _cleared(values, key)
        stub = json.dumps(cleared, ensure_ascii=False, allow_nan=False)
        # Half of a surrogate pair can be sent as an escape only.
        return stub if _is_whole(stub) else json.dumps(cleared, allow_nan=False)
    except (ValueError, RecursionError):
        return ""


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleared(value: Any, key: str) -> Any:
    if isinstance(value, str) and len(value) > _SHORT:
        return marker.cleared_argument(key, characters=len(value))
    if isinstance(value, dict):
        return {name: _cleared(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [_cleared(item, key) for item in value]
    return value
