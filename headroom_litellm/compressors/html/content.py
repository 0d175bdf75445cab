"""Which lines of a page are its content, and which surround it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .lines import Line, Region

__all__ = ["content_of"]

_MAIN_SHARE: Final = 0.3
"""What a page calls its content is taken for it from this share of the words that are in no surrounding part."""
_MOST_SHARE: Final = 0.5
"""A part with more of the page's words surrounds nothing, unless they are links."""
_LINKED: Final = 0.6
_LITTLE: Final = 0.15
_MENUS: Final = 0.4
_LEAST_MENU: Final = 10
_ALL: Final = 0.75
_TITLE: Final = 2


def content_of(lines: Sequence[Line]) -> list[bool]:
    """Of each line, whether it is content."""
    total = sum(line.words for line in lines)
    inside = [_is_content(line, total) for line in lines]
    words = sum(line.words for line, is_in in zip(lines, inside, strict=True) if is_in)
    if words < _LITTLE * total:
        return _all_but_hidden(lines)
    _leave_menus(lines, inside, total)
    main = sum(line.words for line, is_in in zip(lines, inside, strict=True) if is_in and line.main)
    if main >= _MAIN_SHARE * words:
        return [is_in and (line.main or line.heading) for line, is_in in zip(lines, inside, strict=True)]
    return inside


def _is_content(line: Line, total: int) -> bool:
    region = line.region
    if not region.kind:
        return True
    if region.kind in ("hidden", "dialog"):
        return False
    return region.words > _MOST_SHARE * total and region.linked < _LINKED * region.words


def _leave_menus(lines: Sequence[Line], inside: list[bool], total: int) -> None:
    """Long runs of nothing but links, in a page that is not made of links, are menus that no tag tells."""
    if sum(line.linked for line in lines) > _MENUS * total:
        return
    start = 0
    for i in range(len(lines) + 1):
        if i < len(lines) and inside[i] and _is_link(lines[i]):
            continue
        if i - start >= _LEAST_MENU and sum(line.linked > 0 for line in lines[start:i]) >= _ALL * (i - start):
            region = Region("menu")
            for k in range(start, i):
                inside[k] = False
                lines[k].region = region
        start = i + 1


def _is_link(line: Line) -> bool:
    """Is it a link, or a word or two over some?"""
    if line.main or line.heading:
        return False
    return line.linked >= _ALL * line.words if line.linked else 0 < line.words <= _TITLE


def _all_but_hidden(lines: Sequence[Line]) -> list[bool]:
    """A page of hardly anything but navigation: then that is what it is for."""
    seen = [line.region.kind not in ("hidden", "dialog") for line in lines]
    return seen if any(seen) else [True] * len(lines)
