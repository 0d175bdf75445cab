"""Which rows of a source file stay, while that is being chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .items import Item

__all__ = ["Choice", "head_of_comment"]

_TOP: Final = 12
"""Rows of a file where its licence may begin."""
_HEAD_OF_COMMENT: Final = 3
_HEAD_OF_LICENCE: Final = 2
"""Rows of a comment that are shown of it."""

_LICENCE: Final = re.compile(r"(?i)copyright|licen[cs]e|spdx")
_WORD: Final = re.compile(r"\w+")


class Choice:
    """`keep[row]` is 1 for the rows of a file that stay."""

    def __init__(self, items: Sequence[Item], rows: Sequence[str], offsets: Sequence[int]) -> None:
        self.items = items
        self.rows = rows
        self.offsets = offsets
        self.keep = bytearray(len(rows))

    def cost(self, rows: Sequence[range]) -> int:
        """Characters of those of the rows that do not stay yet."""
        keep, offsets = self.keep, self.offsets
        total = 0
        for span in rows:
            if keep.find(1, span.start, span.stop) < 0:
                total += offsets[span.stop] - offsets[span.start]
            else:
                total += sum(offsets[row + 1] - offsets[row] for row in span if not keep[row])
        return total

    def take(self, rows: Sequence[range]) -> None:
        for span in rows:
            self.keep[span.start : span.stop] = b"\1" * len(span)

    def size(self, item: Item) -> int:
        return self.offsets[item.end + 1] - self.offsets[item.start]


def head_of_comment(comment: Item, rows: Sequence[str]) -> list[range]:
    """Its first sentence, as far as it goes over few rows, and the row that closes it."""
    start, end = comment.start, comment.end
    if end - start < _HEAD_OF_COMMENT:
        return [range(start, end + 1)]
    stop = start
    words = 0
    licence = start < _TOP and _LICENCE.search("\n".join(rows[start : min(end, start + 8)])) is not None
    most = _HEAD_OF_LICENCE if licence else _HEAD_OF_COMMENT + 1
    while stop < end and stop - start < most:
        has = _WORD.search(rows[stop]) is not None
        if words and (not has or rows[stop - 1].rstrip().endswith((".", ":"))):
            break
        words += has
        stop += 1
    first = rows[start].lstrip()
    closes = comment.what == "doc" or first.startswith(("/*", "=begin"))
    return [range(start, stop), *([range(end, end + 1)] if closes else [])]
