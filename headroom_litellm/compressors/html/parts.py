"""A large page in parts that are parsed one by one: a tree takes many times the memory of its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["parts_of"]

_PART: Final = 300_000
"""Characters of a part; a page that is not longer than two of them is one part."""
_MOST: Final = 4
"""Times that a part may be longer where no place to divide it is found."""
_MAX_OPEN: Final = 60

_STRUCTURE: Final = re.compile(
    r"<(/?)(main|article|nav|aside|footer|header|section|div|ul|blockquote|table|ol|dl|pre|script|style|svg|select)"
    r"(?=[\s>])(?:[^<>]{0,4000}>)?",
    re.IGNORECASE,
)
_WHOLE: Final = frozenset(["table", "ol", "pre", "script", "style", "svg", "select", "dl"])
"""A part never ends within one of these: columns, numbers and code belong together."""


def parts_of(source: str) -> Iterator[str]:
    """The parts, each with the tags before it that are open where it begins."""
    if len(source) <= 2 * _PART:
        yield source
        return
    start, prefix = 0, ""
    stack: list[tuple[str, str]] = []
    for tag in _STRUCTURE.finditer(source):
        long = tag.start() - start
        if long >= _PART and not tag[1] and (long >= _MOST * _PART or not any(name in _WHOLE for name, _ in stack)):
            yield prefix + source[start : tag.start()]
            start, prefix = tag.start(), "".join([text for _, text in stack])
        name = tag[2].lower()
        if not tag[1]:
            if len(stack) < _MAX_OPEN:
                stack.append((name, tag[0]))
        else:
            at = next((k for k in range(len(stack) - 1, -1, -1) if stack[k][0] == name), None)
            if at is not None:
                del stack[at:]
    yield prefix + source[start:]
