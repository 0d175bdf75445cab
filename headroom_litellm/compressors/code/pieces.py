"""What of a source file may be shown, in the order of what matters most: definitions from the outside in, beginnings of
comments, bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...relevance import rank
from .items import Item
from .mask import WHOLE
from .shown import Choice, head_of_comment

__all__ = ["NOTE", "Piece", "pieces_of"]

NOTE: Final = 70
"""Characters that the note of a gap takes."""
_SHORT_BODY: Final = 180
"""Characters of a body that is not worth a note."""
_LONG_BODY: Final = 1_500
"""Characters from which on a body is shown in parts too."""
_DEEPEST: Final = 8
"""Statements in statements in a body: what is deeper stays or goes with what it is in."""
_HEAD_OF_DATA: Final = 3
_DATA_ROWS: Final = 3
"""Rows from which on a definition without parts is data, the smallest of which come first."""

_MATTERS: Final = ("TODO", "FIXME", "raise ", "throw ", "except", "catch", "panic")
_FILE, _MEMBER, _WORDS, _DATA, _BODY, _INNER, _STATEMENT = range(7)


@dataclass(slots=True)
class Piece:
    """Rows that are shown together, and below what; how many characters of notes they bring, or spare."""

    order: tuple[float, ...]
    rows: Sequence[range]
    up: Piece | None
    note: int = 0
    taken: bool = False


def pieces_of(choice: Choice, text: str, query: str) -> list[Piece]:
    """The pieces of a file, the first first."""
    return sorted(_Planner(choice, text, query).pieces(), key=lambda piece: piece.order)


class _Planner:
    """Lists the pieces of one file."""

    def __init__(self, choice: Choice, text: str, query: str) -> None:
        self._choice = choice
        self._text = text
        self._pieces: list[Piece] = []
        self._units: list[tuple[Item, Piece, int]] = []
        self._query = query

    def pieces(self) -> list[Piece]:
        self._list(self._choice.items, None, 0)
        offsets = self._choice.offsets
        texts = [self._text[offsets[item.start] : offsets[item.end + 1]] for item, _, _ in self._units]
        scores = rank(self._query, texts)
        best = max(scores, default=0.0)
        for (item, head, depth), score, text in zip(self._units, scores, texts, strict=True):
            score = score if score > best / 3 else 0.0
            head.order = (*head.order[:1], -score, *head.order[1:])
            if item.parts:
                self._bodies(item, head, depth, score, text)
        return self._pieces

    def _add(self, rank: int, order: tuple[float, ...], rows: Sequence[range], up: Piece | None) -> Piece:
        piece = Piece((rank, *order), rows, up)
        self._pieces.append(piece)
        return piece

    def _list(self, items: Sequence[Item], up: Piece | None, depth: int) -> None:
        """Definitions and members, with the comments that stand right before them."""
        rank = _FILE if depth == 0 else _MEMBER
        before: list[Item] = []
        for item in items:
            if item.what in ("comment", "lead"):
                if before and before[-1].end + 1 != item.start:
                    self._words(before, up)
                    before = []
                before.append(item)
                continue
            if before and before[-1].end + 1 != item.start:
                self._words(before, up)
                before = []
            if item.what == "import":
                continue
            if item.what == "doc":
                self._words([item], up)
                continue
            head = self._add(rank, (depth, item.start), self._own(item), up)
            head.rows = [*(range(lead.start, lead.end + 1) for lead in before if lead.what == "lead"), *head.rows]
            self._words([comment for comment in before if comment.what == "comment"], head)
            before = []
            if item.members and item.parts:
                self._list(item.parts, head, depth + 1)
            else:
                self._units.append((item, head, depth))
                head.note = NOTE if item.parts and len(head.rows) > 1 else 0
                if not item.parts and item.end - item.start >= _DATA_ROWS:
                    head.order = (_DATA, self._choice.size(item), item.start)
        self._words(before, up)

    def _own(self, item: Item) -> list[range]:
        """The rows of an item that are always shown when anything of it is."""
        size = self._choice.size(item)
        own = item.own()
        parts = sum(self._choice.size(part) for part in item.parts)
        return [range(item.start, item.end + 1)] if parts <= _SHORT_BODY and size < _LONG_BODY else own

    def _bodies(self, item: Item, head: Piece, depth: int, score: float, text: str) -> None:
        choice = self._choice
        size = choice.size(item)
        weight = size / (2 if any(sign in text for sign in _MATTERS) else 1)
        if size <= WHOLE * 2:
            self._add(_BODY, (-score, weight, item.start), [range(item.start, item.end + 1)], head).note = -head.note
        if item.parts[0].what == "doc":
            self._words(item.parts[:1], head)
        if size > _LONG_BODY:
            self._inner(item.parts, head, 0, -score)

    def _inner(self, parts: Sequence[Item], up: Piece, depth: int, order: float) -> None:
        """The statements of a long body: first those that hold others, from the outside in."""
        data = all(not part.parts and part.end == part.start for part in parts)
        leads: list[range] = []
        for n, part in enumerate(parts):
            whole = range(part.start, part.end + 1)
            if part.what == "lead":
                leads.append(whole)
            elif part.parts:
                head = self._add(_INNER, (depth, order, part.start), [*leads, *self._own(part)], up)
                if depth < _DEEPEST:
                    self._inner(part.parts, head, depth + 1, order)
            elif data and n < _HEAD_OF_DATA:
                self._add(_DATA, (depth, part.start), [*leads, whole], up)
            else:
                self._add(_STATEMENT, (order, depth, part.start), [*leads, whole], up)
            if part.what not in ("lead", "comment"):
                leads = []

    def _words(self, comments: Sequence[Item], up: Piece | None) -> None:
        """The beginnings of comments."""
        for comment in comments:
            whole = comment.what == "lead"
            rows = [range(comment.start, comment.end + 1)] if whole else head_of_comment(comment, self._choice.rows)
            self._add(_WORDS, (0.0 if up is None else 1.0, comment.start), rows, up)
