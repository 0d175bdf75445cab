"""What texts have in common where they differ in numbers, identifiers and the like only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["few_kinds", "shapes_of"]

_MAX_SHAPE: Final = 200
_DIGITS: Final = str.maketrans("123456789", "000000000")
_WITH_DIGITS: Final = re.compile(r"\b[^\W0-9]*[0-9]\w*")


def shapes_of(texts: Sequence[str]) -> list[str]:
    """The texts with what usually changes from one to the next, words with digits, as `#`; line breaks as spaces."""
    masks = "\0".join([text[:_MAX_SHAPE] for text in texts]).translate(_DIGITS)
    while "00" in masks:
        masks = masks.replace("00", "0")
    found = masks.replace("\n", " ").split("\0")
    if len(found) != len(texts):
        return shapes_of([text.replace("\0", " ") for text in texts]) if texts else []
    # The words of few masks instead of those of many texts: searching for them is what takes long.
    different = list(dict.fromkeys(found))
    shape_of = dict(zip(different, _WITH_DIGITS.sub("#", "\0".join(different)).split("\0"), strict=True))
    return [shape_of[mask] for mask in found]


def few_kinds(texts: Sequence[str], most: int) -> bool:
    """Are there at most `most` different texts?"""
    if len(texts) > 4 * most and len(set(texts[: 2 * most])) > most:
        return False
    return len(set(texts)) <= most
