"""What is cleared, and what stands in its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..ccr.key import key_of
from ..conversation import Segment

__all__ = ["NOTHING", "STUB_TOKENS", "Cleared", "stub_of"]

STUB_TOKENS: Final = 30
"""What a stub takes up."""
_LEAST: Final = 160
"""Characters of what is worth clearing."""
_SHORT: Final = 120
"""Characters of an argument that stays: it tells what the call was about."""
_NAMED: Final = {"result": "Output", "text": "Text"}


@dataclass(frozen=True, slots=True)
class Cleared:
    """stubs: what stands in the place of segments, by their numbers
    until: the turn up to which the rounds behind the task are left out as a whole; 0 for none
    gain:  tokens that this spares
    """

    stubs: Mapping[int, str]
    until: int = 0
    gain: int = 0

    def and_also(self, other: Cleared) -> Cleared:
        return Cleared({**self.stubs, **other.stubs}, max(self.until, other.until), self.gain + other.gain)

    def over(self, sizes: Sequence[int]) -> list[int]:
        """The sizes of all segments with these stubs."""
        return [min(size, STUB_TOKENS) if number in self.stubs else size for number, size in enumerate(sizes)]


NOTHING: Final = Cleared({})


def stub_of(segment: Segment) -> str:
    """One line by which the model knows what was there and how to get it; a call's arguments are JSON as before, with
    such a line in the place of each long text. "" where that is no shorter."""
    if len(segment.text) < _LEAST:
        return ""
    key = key_of(segment.text)
    if segment.kind in _NAMED:
        lines = segment.text.count("\n") + 1
        return f"[{_NAMED[segment.kind]} cleared to make room, {lines} line{'s' * (lines > 1)}: hash={key}]"
    try:
        # Not orjson, which makes floats of integers over 64 bits.
        values = json.loads(segment.text)
    except (ValueError, RecursionError):
        return ""
    cleared = json.dumps(_cleared(values, key), ensure_ascii=False) if isinstance(values, dict) else ""
    return cleared if len(cleared) < len(segment.text) else ""


def _cleared(value: Any, key: str) -> Any:
    if isinstance(value, str) and len(value) > _SHORT:
        return f"[cleared after the call, {len(value)} characters: hash={key}]"
    if isinstance(value, dict):
        return {name: _cleared(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [_cleared(item, key) for item in value]
    return value
