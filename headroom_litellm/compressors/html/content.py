"""Which lines of a page are its content, and which surround it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from .lines import Line, Region

__all__ = ["content_of", "prose_in"]

_PROSE: Final = 80
"""Characters of a line from which on it is a paragraph, where it is not made of links."""
_WIDE_PROSE: Final = 30
"""The same in words, which are characters in scripts without spaces."""
_PART: Final = 0.25
"""A part with more of the page's prose surrounds nothing, whatever it is called."""
_PARTS: Final = 0.35
"""All parts of one sort together."""
_LITTLE_PROSE: Final = 200
"""Characters of prose that any surrounding part may have."""
_MOST_WORDS: Final = 0.5
_MOST_PROSE: Final = 0.5
"""The same where a part is made of links, or not seen at first."""
_UNSEEN: Final = ("hidden", "dialog")
_MAIN_PROSE: Final = 0.6
"""What a page calls its content is taken for it from this share of the prose that is in no surrounding part."""
_LINKED: Final = 0.6
_LITTLE: Final = 0.15
_MENUS: Final = 0.4
_LEAST_MENU: Final = 10
_ALL: Final = 0.75
_TITLE: Final = 2


def prose_in(line: Line) -> int:
    """The characters of a paragraph, 0 of any other line."""
    size = len(line.text)
    written = size >= _PROSE or line.words >= _WIDE_PROSE
    return size if written and not line.heading and 2 * line.linked < line.words else 0


def content_of(lines: Sequence[Line]) -> list[bool]:
    """Of each line, whether it is content."""
    total = sum(line.words for line in lines)
    prose = [prose_in(line) for line in lines]
    regions = _regions_of_content(lines, prose, total)
    inside = [id(line.region) in regions for line in lines]
    words = sum(line.words for line, is_in in zip(lines, inside, strict=True) if is_in)
    if words < _LITTLE * total:
        return _all_but_hidden(lines)
    _leave_menus(lines, inside, total)
    return _main_of(lines, prose, inside)


def _regions_of_content(lines: Sequence[Line], prose: Sequence[int], total: int) -> set[int]:
    """The identities of the parts that are content: names of classes lie, what is written in a part does not."""
    all_prose = sum(prose)
    by_region, by_kind, in_main = Counter[int](), Counter[str](), set[int]()
    for line, size in zip(lines, prose, strict=True):
        if size:
            by_region[id(line.region)] += size
            by_kind[line.region.kind] += size
            if line.main:
                in_main.add(id(line.region))
    found: set[int] = set()
    for key, region in {id(line.region): line.region for line in lines}.items():
        if not region.kind:
            found.add(key)
            continue
        read = by_region[key]
        if region.linked >= _LINKED * region.words:
            is_content = read > max(_LITTLE_PROSE, _MOST_PROSE * all_prose)
        elif (
            region.code
            or region.title
            or region.words > _MOST_WORDS * total
            or (key in in_main and region.kind not in _UNSEEN)
        ):
            is_content = True
        else:
            share = _MOST_PROSE if region.kind in _UNSEEN else _PART
            much = read > share * all_prose or by_kind[region.kind] > _PARTS * all_prose
            is_content = much and read > _LITTLE_PROSE
        if is_content:
            found.add(key)
    return found


def _main_of(lines: Sequence[Line], prose: Sequence[int], inside: list[bool]) -> list[bool]:
    """What the page calls its content, where that is the most of it."""
    written = sum(size for size, is_in in zip(prose, inside, strict=True) if is_in)
    main = sum(size for line, size, is_in in zip(lines, prose, inside, strict=True) if is_in and line.main)
    if main < max(1, _MAIN_PROSE * written):
        return inside
    return [is_in and (line.main or line.heading) for line, is_in in zip(lines, inside, strict=True)]


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
    seen = [line.region.kind not in _UNSEEN for line in lines]
    return seen if any(seen) else [True] * len(lines)
