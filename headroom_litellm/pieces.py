"""Say it once inside long lines: what one shares with a line shown earlier becomes a reference.

Many outputs are one long line: JSON of a call that is made again after an update, a page in a failed assertion. What
they share with an earlier line begins it, ends it, or stands between what has changed.

Loses nothing: a reference names the line, counts the characters and quotes where they begin and end in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import tokens
from .ccr import marker
from .cuts import Stretch, borders, cut, sampled
from .gutter import Lines, Partly
from .places import Places, all_places, remember

__all__ = ["LONG", "Pieces", "Row", "Teller"]

LONG: Final = 200
"""Characters of a long line: a shorter one that is shared in part is not worth a reference."""
_LEAST: Final = 100
"""Characters of a piece: with fewer, no reference to it would be short enough."""
_LEAST_GAIN: Final = 60
"""Characters that a reference must save: a reader has to look elsewhere for the piece."""
_CHUNK: Final = 64
"""Characters by which a piece is found."""
_CANDIDATES: Final = 3
"""Places remembered for a chunk: one that stands at more of them is a phrase of which little more is shared."""
_BACK: Final = 8192
"""Characters that a piece may begin before the place by which it is found."""
_COUNTED: Final = 4000
"""Characters of a piece of which the tokens are counted."""
_WIDTH: Final = 32
_MASK: Final = (1 << _WIDTH) - 1
"""A place is the number of a row, and in so many bits the place in it."""
_ROW_WEIGHT: Final = 250
_PLACE_WEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A long line as it is shown.

    source:  the name of what it stands in, "" for the output that refers to it
    place:   at which place in that, from 1; 0 where it is the only line
    text:    the line, with references in it
    literal: from where to where it is none of them, but what it says
    """

    source: str
    place: int
    text: str
    literal: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Piece:
    row: Row
    stretch: Stretch


@dataclass(slots=True)
class Pieces:
    """The long lines that are in view, found by what stands in them."""

    weight: int = 0
    """Bytes that they take up beside their texts, roughly."""
    chunks: Places[int] = field(default_factory=dict)
    """Where chunks of them stand, by their hashes."""
    _rows: list[Row] = field(default_factory=list)

    def add(self, source: str, lines: Lines) -> None:
        """The lines are in view from now on, under this name."""
        if max(map(len, lines.raw), default=0) < LONG:
            return
        alone = lines.place(len(lines.raw) - 1) == 1
        for at, text in enumerate(lines.texts):
            shown = lines.partly.get(at)
            if shown is None and text is not None and len(text) >= LONG and not lines.groups[at]:
                shown = text, ((0, len(text)),)
            if shown is not None:
                self.show(Row(source, 0 if alone else lines.place(at), *shown))

    def show(self, row: Row) -> None:
        """The row is in view from now on."""
        if marker.carries_marker(row.text):
            return
        number = len(self._rows) << _WIDTH
        self._rows.append(row)
        for start, end in row.literal:
            for at in sampled(row.text, start, end - _CHUNK + 1):
                remember(self.chunks, hash(row.text[at : at + _CHUNK]), number + at, most=_CANDIDATES)
                self.weight += _PLACE_WEIGHT
        self.weight += _ROW_WEIGHT

    def found(self, chunk: int) -> Iterator[tuple[Row, int]]:
        """Where a chunk of this hash stands."""
        for place in all_places(self.chunks.get(chunk)):
            yield self._rows[place >> _WIDTH], place & _MASK


class Teller:
    """Tells lines of one output, first to last, of at least so many characters, by what is in view above them: in
    `known`, and in the output `itself`."""

    def __init__(self, known: Pieces, *, least: int, itself: bool) -> None:
        self.least = least
        self._known = known
        self._own = Pieces()
        self._itself = itself

    def tell(self, line: str, place: int) -> Partly | None:
        """The line, which is to stand at this place, with references in it; None where it shares nothing."""
        pieces = [] if marker.carries_marker(line) else list(self._pieces(line))
        shown = _shown(line, pieces) if pieces else None
        if self._itself:
            self._own.show(Row("", place, *(shown or (line, ((0, len(line)),)))))
        return shown

    def _pieces(self, line: str) -> Iterator[_Piece]:
        known, own = self._known.chunks, self._own.chunks
        if not known and not own:
            return
        previous: _Piece | None = None
        done = looked = 0
        for at in borders(line, len(line) - _CHUNK + 1):
            if at < looked:
                continue
            chunk = hash(line[at : at + _CHUNK])
            if chunk not in known and chunk not in own:
                continue
            places = (*self._known.found(chunk), *self._own.found(chunk))
            found = [_reach(line, at, done, *place) for place in places]
            piece = max(found, key=lambda piece: piece.stretch.length)
            looked = piece.stretch.end
            if piece.stretch.length < _LEAST:
                continue
            stretch = cut(line, piece.row.text, piece.stretch, named=bool(piece.row.place))
            if stretch is not None and _pays(line, _Piece(piece.row, stretch), previous):
                previous = _Piece(piece.row, stretch)
                done = looked = stretch.end
                yield previous


def _reach(line: str, at: int, done: int, row: Row, there: int) -> _Piece:
    """The piece through both places, as long as it gets without going back before `done`."""
    start, end = row.literal[bisect_right(row.literal, (there, len(row.text))) - 1]
    length = _common(line, at, row.text, there, min(len(line) - at, end - there))
    most = min(at - done, there - start, _BACK)
    back = _common(line[at - most : at][::-1], 0, row.text[there - most : there][::-1], 0, most)
    return _Piece(row, Stretch(at - back, at + length, there - back))


def _common(mine: str, at: int, theirs: str, there: int, most: int) -> int:
    """How many characters, up to `most`, are the same from both places on."""
    same, step, grows = 0, _CHUNK, True
    while same < most and step:
        step = min(step, most - same)
        if mine[at + same : at + same + step] == theirs[there + same : there + same + step]:
            same += step
            step = step * 2 if grows else step
        else:
            step, grows = step // 2, False
    return same


def _pays(line: str, piece: _Piece, previous: _Piece | None) -> bool:
    reference, stretch = _reference(line, piece, previous), piece.stretch
    counted = line[stretch.start : min(stretch.end, stretch.start + _COUNTED)]
    return stretch.length - len(reference) >= _LEAST_GAIN and tokens.shorter(reference, counted)


def _shown(line: str, pieces: Sequence[_Piece]) -> Partly:
    parts: list[str] = []
    literal: list[tuple[int, int]] = []
    size = done = 0
    previous: _Piece | None = None
    for piece in pieces:
        between, reference = line[done : piece.stretch.start], _reference(line, piece, previous)
        parts += [between, reference]
        literal.append((size, size + len(between)))
        size += len(between) + len(reference)
        previous, done = piece, piece.stretch.end
    literal.append((size, size + len(line) - done))
    return "".join([*parts, line[done:]]), tuple(literal)


def _reference(line: str, piece: _Piece, previous: _Piece | None) -> str:
    """Says which characters are left out and where they stand. Behind a reference to the same row that is `there`."""
    row, stretch = piece.row, piece.stretch
    begins, ends = stretch.start == stretch.at == 0, not stretch.last
    what = "this line" if begins and ends else f"{'first ' * begins}{'last ' * ends}{stretch.length} characters"
    if previous is not None and previous.row is row:
        where = "there"
    else:
        where = f"in {row.source} above" if row.source else "above in this output"
        where += f", its line {row.place}" if row.place else ""
    quotes = [f"from {stretch.first}"] * bool(stretch.first) + [f"to {stretch.last}"] * bool(stretch.last)
    return f"[{what} as {where}{', ' * bool(quotes)}{' '.join(quotes)}]"
