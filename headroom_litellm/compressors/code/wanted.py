"""What of a source file the query names: the function around it, or a window in a long one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from ...relevance import query_terms
from ..shared.named import named_lines
from .items import Item
from .mask import WHOLE, WHOLE_ROWS
from .shown import Choice, head_of_comment

__all__ = ["take_named"]

_WINDOW: Final = 1_200
_AROUND: Final = 5
_NEAR: Final = 20
"""What is shown around a row that is named in something long: characters; rows before and behind it; rows in which a
statement next to it begins."""
_MOST_NAMED: Final = 40
_MOST_LOOKED_AT: Final = 200
_SHORTEST_WORD: Final = 5
_NAMED: Final = re.compile(r"\s{0,2}(?:[(<{:=!]|$)", re.MULTILINE)
"""What stands behind a name where it is defined."""


def take_named(choice: Choice, text: str, query: str) -> int:
    """What the query names stays, with the whole function around it or a window. Returns the characters of it."""
    wanted = named_lines(choice.rows, query, limit=_MOST_NAMED, context=0)
    wanted |= _defined(choice, text, query)
    before = choice.keep.count(1)
    for row in sorted(wanted):
        path = _path(choice.items, row)
        if not path:
            continue
        _take_around(choice, path, row)
    if choice.keep.count(1) == before:
        return 0
    return sum(choice.offsets[row + 1] - choice.offsets[row] for row, kept in enumerate(choice.keep) if kept)


def _defined(choice: Choice, text: str, query: str) -> set[int]:
    """The rows on which something is defined that the query names."""
    terms = [
        term
        for term, identifier in query_terms(query).items()
        if (identifier or len(term) >= _SHORTEST_WORD) and term.isidentifier()
    ]
    if not terms:
        return set()
    lowered = text.lower()
    if len(lowered) != len(text):
        return set()
    found: set[int] = set()
    for term in terms:
        position = lowered.find(term)
        for _ in range(_MOST_LOOKED_AT):
            if position < 0:
                break
            if _NAMED.match(text, position + len(term)) and not text[position - 1 : position].isalnum():
                row = bisect_right(choice.offsets, position) - 1
                before = text[choice.offsets[row] : position]
                path = _path(choice.items, row)
                if (
                    before.count("(") == before.count(")")
                    and "=" not in before
                    and path
                    and path[-1][0][path[-1][1]].parts
                    and all(items[k].members for items, k in path[:-1])
                    and len(found) < _MOST_NAMED
                ):
                    found.add(row)
            position = lowered.find(term, position + len(term))
    return found


def _path(items: Sequence[Item], row: int) -> list[tuple[Sequence[Item], int]]:
    """The items around a row, from the outside in, each as its list and its place in it."""
    path: list[tuple[Sequence[Item], int]] = []
    while items:
        k = bisect_right(items, row, key=lambda item: item.start) - 1
        if k < 0 or items[k].end < row:
            break
        path.append((items, k))
        items = items[k].parts
    return path


def _take_around(choice: Choice, path: Sequence[tuple[Sequence[Item], int]], row: int) -> None:
    for items, k in path:
        item = items[k]
        follows = k + 1 < len(items) and items[k + 1].start == item.end + 1
        if item.what in ("comment", "lead", "doc"):
            _take_comment(choice, item, row)
            if follows and item.what != "doc":
                choice.take(items[k + 1].own())
            return
        if not item.members and choice.size(item) <= WHOLE and item.end - item.start < WHOLE_ROWS:
            choice.take([range(item.start, item.end + 1)])
            _take_leads(choice, items, k)
            return
        if not item.parts:
            choice.take(
                [
                    range(item.start, item.start + 2),
                    range(max(item.start, row - _AROUND), min(item.end, row + _AROUND) + 1),
                ]
            )
            choice.take([range(item.end, item.end + 1)])
            return
        choice.take(item.own())
        _take_leads(choice, items, k)
        if not any(part.start <= row <= part.end for part in item.parts):
            near = [part for part in item.parts if abs(part.start - row) < _NEAR]
            room = _WINDOW
            for part in near:
                room -= choice.size(part)
                if room < 0:
                    break
                choice.take([range(part.start, part.end + 1)])
            return


def _take_comment(choice: Choice, item: Item, row: int) -> None:
    if choice.size(item) <= _WINDOW:
        choice.take([range(item.start, item.end + 1)])
        return
    choice.take(head_of_comment(item, choice.rows))
    choice.take([range(max(item.start, row - _AROUND), min(item.end, row + _AROUND) + 1)])


def _take_leads(choice: Choice, items: Sequence[Item], k: int) -> None:
    """The attributes and the beginning of the comment before an item."""
    start = items[k].start
    for lead in reversed(items[:k]):
        if lead.what not in ("comment", "lead") or lead.end + 1 != start:
            break
        choice.take(head_of_comment(lead, choice.rows) if lead.what == "comment" else [range(lead.start, lead.end + 1)])
        start = lead.start
