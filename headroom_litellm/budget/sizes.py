"""How much of a window things take up, in tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from .. import tokens
from ..conversation import GONE, Segment
from ..fold import Became

__all__ = ["at_most", "size_of", "sizes"]

_FRAME: Final = 6
"""Tokens around a text: who says it, and where it ends."""
_CALL: Final = 40
"""Tokens around the arguments of a call: its id and name, and the quoting."""
_PICTURE: Final = 1_600
"""Tokens of a picture, of whatever size: models that see make it that small."""
_EXPANDED: Final = 3
"""How much a conversation grows at most by what is shown again in it: each output once, in a block, and escaped."""


def size_of(segment: Segment, text: str) -> int:
    """Of a segment that is shown as this text."""
    return tokens.count(text) + (_CALL if segment.kind == "call" else _FRAME)


def sizes(segments: Iterable[Segment], changes: Sequence[Became]) -> list[int]:
    """Of each segment as it is shown."""
    shown = {change.number: change.text for change in changes}
    return [_shown(segment, shown.get(number)) for number, segment in enumerate(segments)]


def at_most(segments: Iterable[Segment], declared: str, *, expands: bool) -> int:
    """An upper bound, without counting."""
    sizes = sum(_PICTURE if segment.kind == "picture" else _CALL + tokens.most(segment.text) for segment in segments)
    return sizes * (_EXPANDED if expands else 1) + tokens.most(declared)


def _shown(segment: Segment, text: str | None) -> int:
    if segment.stub == GONE:
        return 0
    if segment.kind == "picture" and text is None:
        return _PICTURE
    return size_of(segment, segment.text if text is None else text)
