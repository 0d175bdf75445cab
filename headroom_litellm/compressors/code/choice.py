"""Which rows of a source file stay: what the query names, then definitions from the outside in, then bodies."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...relevance import query_terms, rank
from ..shared.named import named_lines
from .items import Item

__all__ = ["Choice", "choose"]

_SHARE: Final = 0.24
_LEAST: Final = 1_600
_MOST: Final = 22_000
"""Characters that are shown: a base and a share of the file, and at most so many."""

_NOTE: Final = 70
"""Characters that the note of a gap takes."""
_SHORT_BODY: Final = 180
"""Characters of a body that is not worth a note."""
_LONG_BODY: Final = 1_500
"""Characters from which on a body is shown in parts too."""
_WHOLE: Final = 6_000
_WHOLE_ROWS: Final = 150
"""A function of this size that the query names is shown whole."""
_WINDOW: Final = 1_200
_MOST_NAMED: Final = 40
_MOST_LOOKED_AT: Final = 200
_NAMED: Final = re.compile(r"\s{0,2}(?:[(<{:=!]|$)", re.MULTILINE)
"""What stands behind a name where it is defined."""
_TOP: Final = 12
"""Rows of a file where its licence may begin."""
_HEAD_OF_COMMENT: Final = 3
_HEAD_OF_DATA: Final = 3
_MANY_IMPORTS: Final = 700

_MATTERS: Final = ("TODO", "FIXME", "raise ", "throw ", "except", "catch", "panic")
_GENERATED: Final = re.compile(
    r"(?i)\b(?:code|file|auto(?:matically)?[- ]?)\s?generated\b|@generated\b|\bdo not edit\b"
)
_LICENCE: Final = re.compile(r"(?i)copyright|licen[cs]e|spdx")
_WORD: Final = re.compile(r"\w+")

_FILE, _MEMBER, _WORDS, _DATA, _BODY, _INNER, _STATEMENT = range(7)


@dataclass(slots=True)
class _Piece:
    """Rows that are shown together, and below what; how many characters of notes they bring, or spare."""

    order: tuple[float, ...]
    rows: Sequence[range]
    up: _Piece | None
    note: int = 0
    taken: bool = False


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


def choose(items: Sequence[Item], rows: Sequence[str], offsets: Sequence[int], text: str, query: str) -> bytearray:
    """1 for each row that stays, 0 for the others. An item of which anything stays keeps its own rows too."""
    choice = Choice(items, rows, offsets)
    at = 0
    for item in items:
        choice.take([range(at, item.start)])
        at = item.end + 1
    choice.take([range(at, len(rows))])
    named = _take_named(choice, text, query)
    budget = min(_LEAST + int(_SHARE * offsets[-1]), _MOST)
    if _GENERATED.search(text[:1_000]) is not None:
        budget //= 2
    budget -= min(named, budget // 2)
    pieces = _Planner(choice, text, query).pieces()
    for piece in sorted(pieces, key=lambda piece: piece.order):
        budget -= _take_piece(choice, piece, budget)
        if budget < _NOTE:
            break
    _take_imports(choice, text)
    return choice.keep


def _take_piece(choice: Choice, piece: _Piece, budget: int) -> int:
    """Take a piece and what it stands below, if there is room; returns the characters used."""
    wanted: list[_Piece] = []
    here: _Piece | None = piece
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


class _Planner:
    """What may be shown, in the order of what matters most."""

    def __init__(self, choice: Choice, text: str, query: str) -> None:
        self._choice = choice
        self._text = text
        self._pieces: list[_Piece] = []
        self._units: list[tuple[Item, _Piece, int]] = []
        self._query = query

    def pieces(self) -> list[_Piece]:
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

    def _add(self, rank: int, order: tuple[float, ...], rows: Sequence[range], up: _Piece | None) -> _Piece:
        piece = _Piece((rank, *order), rows, up)
        self._pieces.append(piece)
        return piece

    def _list(self, items: Sequence[Item], up: _Piece | None, depth: int) -> None:
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
                head.note = _NOTE if item.parts and len(head.rows) > 1 else 0
                if not item.parts and item.end - item.start >= 3:
                    head.order = (_DATA, self._choice.size(item), item.start)
        self._words(before, up)

    def _own(self, item: Item) -> list[range]:
        """The rows of an item that are always shown when anything of it is."""
        size = self._choice.size(item)
        own = item.own()
        parts = sum(self._choice.size(part) for part in item.parts)
        return [range(item.start, item.end + 1)] if parts <= _SHORT_BODY and size < _LONG_BODY else own

    def _bodies(self, item: Item, head: _Piece, depth: int, score: float, text: str) -> None:
        choice = self._choice
        size = choice.size(item)
        weight = size / (2 if any(sign in text for sign in _MATTERS) else 1)
        if size <= _WHOLE * 2:
            self._add(_BODY, (-score, weight, item.start), [range(item.start, item.end + 1)], head).note = -head.note
        if item.parts[0].what == "doc":
            self._words(item.parts[:1], head)
        if size > _LONG_BODY:
            self._inner(item.parts, head, 0, -score)

    def _inner(self, parts: Sequence[Item], up: _Piece, depth: int, order: float) -> None:
        """The statements of a long body: first those that hold others, from the outside in."""
        data = all(not part.parts and part.end == part.start for part in parts)
        for n, part in enumerate(parts):
            if part.parts:
                head = self._add(_INNER, (depth, order, part.start), self._own(part), up)
                if depth < 8:
                    self._inner(part.parts, head, depth + 1, order)
            elif data and n < _HEAD_OF_DATA:
                self._add(_DATA, (depth, part.start), [range(part.start, part.end + 1)], up)
            else:
                self._add(_STATEMENT, (order, depth, part.start), [range(part.start, part.end + 1)], up)

    def _words(self, comments: Sequence[Item], up: _Piece | None) -> None:
        """The beginnings of comments."""
        for comment in comments:
            rows = _head_of_comment(comment, self._choice.rows)
            self._add(_WORDS, (0.0 if up is None else 1.0, comment.start), rows, up)


def _head_of_comment(comment: Item, rows: Sequence[str]) -> list[range]:
    """Its first sentence, as far as it goes over few rows, and the row that closes it."""
    start, end = comment.start, comment.end
    if end - start < _HEAD_OF_COMMENT:
        return [range(start, end + 1)]
    stop = start
    words = 0
    licence = start < _TOP and _LICENCE.search("\n".join(rows[start : min(end, start + 8)])) is not None
    most = 2 if licence else _HEAD_OF_COMMENT + 1
    while stop < end and stop - start < most:
        has = _WORD.search(rows[stop]) is not None
        if words and (not has or rows[stop - 1].rstrip().endswith((".", ":"))):
            break
        words += has
        stop += 1
    first = rows[start].lstrip()
    closes = comment.what == "doc" or first.startswith(("/*", "=begin"))
    return [range(start, stop), *([range(end, end + 1)] if closes else [])]


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


_IMPORTING: Final = frozenset(["import", "from", "use", "using", "include", "as", "h", "hpp", "js", "type", "static"])


def _take_named(choice: Choice, text: str, query: str) -> int:
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
        if (identifier or len(term) >= 5) and term.isidentifier()
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
        if not item.members and choice.size(item) <= _WHOLE and item.end - item.start <= _WHOLE_ROWS:
            choice.take([range(item.start, item.end + 1)])
            _take_leads(choice, items, k)
            return
        if not item.parts:
            choice.take(
                [range(item.start, item.start + 2), range(max(item.start, row - 5), min(item.end, row + 5) + 1)]
            )
            choice.take([range(item.end, item.end + 1)])
            return
        choice.take(item.own())
        _take_leads(choice, items, k)
        if not any(part.start <= row <= part.end for part in item.parts):
            near = [part for part in item.parts if abs(part.start - row) < 20]
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
    choice.take(_head_of_comment(item, choice.rows))
    choice.take([range(max(item.start, row - 5), min(item.end, row + 5) + 1)])


def _take_leads(choice: Choice, items: Sequence[Item], k: int) -> None:
    """The attributes and the beginning of the comment before an item."""
    start = items[k].start
    for lead in reversed(items[:k]):
        if lead.what not in ("comment", "lead") or lead.end + 1 != start:
            break
        choice.take(
            _head_of_comment(lead, choice.rows) if lead.what == "comment" else [range(lead.start, lead.end + 1)]
        )
        start = lead.start
