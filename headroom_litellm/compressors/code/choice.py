"""Which rows of a source file stay: what the query names, then the pieces that matter most, as far as there is room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .items import Item
from .languages import names
from .pieces import NOTE, Piece, pieces_of
from .shown import Choice
from .wanted import take_named

__all__ = ["choose"]

_SHARE: Final = 0.24
_LEAST: Final = 1_600
_MOST: Final = 22_000
"""Characters that are shown: a base and a share of the file, and at most so many."""

_MANY_IMPORTS: Final = 700
"""Characters of imports of which only those are shown that something shown uses."""
_GENERATED: Final = re.compile(
    r"(?i)\b(?:code|file|auto(?:matically)?[- ]?)\s?generated\b|@generated\b|\bdo not edit\b"
)
_WORD: Final = re.compile(r"\w+")
_IMPORTING: Final = names("import from use using include as h hpp js type static")


def choose(items: Sequence[Item], rows: Sequence[str], offsets: Sequence[int], text: str, query: str) -> bytearray:
    """1 for each row that stays, 0 for the others. An item of which anything stays keeps its own rows too."""
    choice = Choice(items, rows, offsets)
    at = 0
    for item in items:
        choice.take([range(at, item.start)])
        at = item.end + 1
    choice.take([range(at, len(rows))])
    named = take_named(choice, text, query)
    budget = min(_LEAST + int(_SHARE * offsets[-1]), _MOST)
    if _GENERATED.search(text[:1_000]) is not None:
        budget //= 2
    budget -= min(named, budget // 2)
    for piece in pieces_of(choice, text, query):
        budget -= _take_piece(choice, piece, budget)
        if budget < NOTE:
            break
    _take_imports(choice, text)
    return choice.keep


def _take_piece(choice: Choice, piece: Piece, budget: int) -> int:
    """Take a piece and what it stands below, if there is room; returns the characters used."""
    wanted: list[Piece] = []
    here: Piece | None = piece
    while here is not None and not here.taken:
        wanted.append(here)
        here = here.up
    cost = sum(choice.cost(each.rows) + each.note for each in wanted)
    if cost > budget:
        return 0
    for each in wanted:
        choice.take(each.rows)
        each.taken = True
    return cost


def _take_imports(choice: Choice, text: str) -> None:
    """All imports where they are few, else those of which a name is used in what stays."""
    imports = [item for item in choice.items if item.what == "import"]
    if not imports:
        return
    if sum(map(choice.size, imports)) <= _MANY_IMPORTS:
        choice.take([range(item.start, item.end + 1) for item in imports])
        return
    used: set[str] = set()
    for row, kept in enumerate(choice.keep):
        if kept:
            used.update(_WORD.findall(choice.rows[row]))
    room = 2 * _MANY_IMPORTS
    for item in imports:
        words = _WORD.findall("\n".join(choice.rows[item.start : item.end + 1]))
        if choice.size(item) <= room and any(word in used for word in words[-8:] if word not in _IMPORTING):
            room -= choice.size(item)
            choice.take([range(item.start, item.end + 1)])
