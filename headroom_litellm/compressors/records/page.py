"""The forms in which records are shown."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from operator import ne

from ..base import Rendition
from ..shared.long_lines import shortened
from .delta import LEGEND, Piece, References
from .dumps import without_bytes
from .names import Names
from .thin import Thinner

__all__ = ["Page"]

_Record = Sequence[str]


class Page:
    """Records, and the lines before the first of them."""

    def __init__(self, preamble: _Record, records: Sequence[_Record]) -> None:
        self._preamble = preamble
        self._records = records

    def exact(self, most: int) -> Rendition | None:
        """All records, unless that takes more than `most` characters."""
        total = len(self._records)
        references = References()
        pieces = _pieces(references, self._records, most)
        if pieces is None:
            return None
        text = "\n".join([*self._preamble, f"[{total} records; {LEGEND}]", *_together(references, pieces)])
        return Rendition(text, total, total, "records") if len(text) <= most else None

    def lossy(
        self,
        chosen: Sequence[int],
        names: Names,
        left_out: str,
        terms: Collection[str],
        thinner: Thinner | None = None,
    ) -> Rendition:
        """What the thinner, if any, leaves of the chosen records, without dumps of bytes and the middle of long lines;
        the counts are of records or, if any is not whole, of lines. `names`: what each record is called, `left_out`:
        what the others hold, `terms`: around which of its words a long line stays."""
        references = References()
        readable = [without_bytes(self._records[at]) for at in chosen]
        gone = sum(missing for _, missing in readable)
        records = [record for record, _ in readable]
        if thinner is not None:
            thinned = [thinner.thin(record) for record in records]
            gone += sum(missing for _, missing in thinned)
            records = [record for record, _ in thinned]
        whole, records = records, [[shortened(line, terms) for line in record] for record in records]
        gone += sum(map(ne, chain.from_iterable(whole), chain.from_iterable(records)))
        pieces = _pieces(references, records) or []
        text = "\n".join([*self._preamble, *self._with_gaps(chosen, pieces, references, names, left_out, gone > 0)])
        total = len(self._records)
        if not gone:
            return Rendition(text, len(chosen), total, "records")
        lines = sum(map(len, self._records))
        return Rendition(text, sum(len(self._records[at]) for at in chosen) - gone, lines, "lines")

    def _with_gaps(
        self,
        chosen: Sequence[int],
        pieces: Sequence[list[Piece]],
        references: References,
        names: Names,
        left_out: str,
        counted: bool,
    ) -> Iterator[str]:
        """The chosen records under a legend; `counted`: the gaps tell how many lines they hold."""
        total = len(self._records)
        told = f". The {total - len(chosen)} left out: {left_out}" if left_out else ""
        legend = f"; {LEGEND}" if references.used else ""
        yield f"[{len(chosen)} of {total} records shown{legend}{told}]"
        run: list[list[Piece]] = []
        for before, at, each in zip(chain((-1,), chosen), chain(chosen, (total,)), chain(pieces, ([],)), strict=True):
            if at > before + 1:
                yield from _together(references, run)
                run = []
                yield names.gap(before + 1, at, sum(map(len, self._records[before + 1 : at])) if counted else 0)
            run.append(each)
        yield from _together(references, run)


def _pieces(references: References, records: Sequence[_Record], most: int = sys.maxsize) -> list[list[Piece]] | None:
    """Each record by what sets it apart; None if that takes more than `most` characters."""
    found: list[list[Piece]] = []
    size = 0
    for record in records:
        found.append(references.pieces(record))
        size += sum([len(references.written(piece)) + 1 for piece in found[-1]])
        if size > most + 1:
            return None
    return found


def _together(references: References, records: Sequence[list[Piece]]) -> Iterator[str]:
    """The records' lines; of those one after the other that differ in their first line only, what they have in common
    once."""
    heads: list[str] = []
    same: Piece = ""
    for pieces in [*records, []]:
        common = pieces[1] if len(pieces) == 2 and isinstance(pieces[1], range) else ""
        if heads and common != same:
            yield from heads
            told = references.written(same)
            yield told if len(heads) == 1 else f"{told[:-1]} under each of these {len(heads)}]"
            heads = []
        if common:
            heads.append(references.written(pieces[0]))
            same = common
        else:
            yield from map(references.written, pieces)
