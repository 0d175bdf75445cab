"""Records of labelled lines, as `lsusb -v`, `dpkg -s`, `/proc/cpuinfo` and the show commands of switches print them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import ClassVar, Final

from ..base import Document, Rendition
from ..sample import Sample
from ..shared.named import named_lines
from ..shared.rows import Choice, numbers_of
from ..shared.signs import plainly_fails, suspects
from .delta import LEGEND, References
from .detect import is_records
from .split import labels_of, split
from .thin import thin

__all__ = ["Records"]

_ENOUGH: Final = 6_000
"""A lossless form of this length is shown whole: a retrieval would cost more than the rest of it."""
_LONG: Final = 12_000
"""From this length on, the records that are shown are themselves shortened."""
_WORTH: Final = 0.8
_MAX_COLUMNS: Final = 200
_MAX_LINE: Final = 2_000
_MAX_NAMED: Final = 60
_NAME: Final = 60

_Record = Sequence[str]


class Records:
    """The first record stays whole, later ones say what sets them apart. Of many, those stay that matter as rows of a
    table do; each gap says how many records it holds, and from which to which."""

    kind: ClassVar[str] = "records"

    def fits(self, sample: Sample) -> bool:
        return is_records(sample)

    def compress(self, document: Document) -> Rendition | None:
        lines = document.text.split("\n")
        starts = split(lines)
        if starts is None:
            return None
        preamble = lines[: starts[0]]
        records = [lines[first:last] for first, last in pairwise([*starts, len(lines)])]
        if document.lossless:
            return _exact(preamble, records, len(document.text) - 1)
        exact = _exact(preamble, records, min(_ENOUGH, len(document.text) - 1))
        if exact is not None:
            return exact
        failing = _failing(lines)
        chosen = _choose(records, document.query, failing)
        short, kept = "\n".join(_compare(preamble, records, chosen)), len(chosen)
        if len(short) > _LONG:
            named = named_lines(lines, document.query, limit=_MAX_NAMED, context=1)
            short, kept = _thin(preamble, records, chosen, failing | {lines[at] for at in named})
        if kept == len(records) or len(short) > _WORTH * len(document.text):
            return _exact(preamble, records, len(document.text) - 1)
        return _exact(preamble, records, int(len(short) / _WORTH)) or Rendition(short, kept, len(records), "records")


def _exact(preamble: _Record, records: Sequence[_Record], most: int) -> Rendition | None:
    """All records, unless that takes more than `most` characters."""
    out: list[str] = []
    size = -1
    for line in _compare(preamble, records, range(len(records))):
        size += len(line) + 1
        if size > most:
            return None
        out.append(line)
    return Rendition("\n".join(out), len(records), len(records), "records")


def _failing(lines: _Record) -> set[str]:
    known = list(dict.fromkeys(line[:_MAX_LINE] for line in lines))
    return {known[at] for at in suspects(known) if plainly_fails(known[at])}


def _compare(preamble: _Record, records: Sequence[_Record], chosen: Sequence[int]) -> Iterator[str]:
    yield from preamble
    yield f"[{len(records)} records; {LEGEND}]"
    references = References()
    same = ""
    for before, at in pairwise(chain((-1,), chosen, (len(records),))):
        shown = references.shown(records[at]) if at < len(records) else []
        reference = shown[1] if len(shown) == 2 and shown[1] in references.notes else ""
        if same and (at > before + 1 or reference != same):
            yield same
        yield from _gap(records, before + 1, at)
        yield from shown[:1] if reference else shown
        same = reference


def _thin(preamble: _Record, records: Sequence[_Record], chosen: Sequence[int], wanted: set[str]) -> tuple[str, int]:
    """(the text, the number of records in it that are whole)"""
    counts = Counter(line for record in records for line in record)
    out = [*preamble, f"[{len(records)} records; lines that many of them have in common are left out]"]
    whole = 0
    for before, at in pairwise([-1, *chosen, len(records)]):
        out += _gap(records, before + 1, at)
        if at < len(records):
            shown = thin(records[at], counts, wanted)
            whole += len(shown) == len(records[at])
            out += shown
    return "\n".join(out), whole


def _gap(records: Sequence[_Record], start: int, end: int) -> list[str]:
    if start == end:
        return []
    first, last = (records[at][0].strip()[:_NAME] for at in (start, end - 1))
    return [f'[… 1 record: "{first}"]' if end == start + 1 else f'[… {end - start} records: "{first}" to "{last}"]']


def _choose(records: Sequence[_Record], query: str, failing: set[str]) -> list[int]:
    """A table with a row for each record and a column for each label: its values, where it has them."""
    label_of = labels_of(dict.fromkeys(line for record in records for line in record))
    columns: dict[tuple[str, int], tuple[list[int], list[str]]] = {}
    for number, record in enumerate(records):
        times: Counter[str] = Counter()
        for line in record:
            label = label_of[line]
            times[label] += 1
            place = label, times[label]
            if place in columns or len(columns) < _MAX_COLUMNS:
                positions, lines = columns.setdefault(place, ([], []))
                positions.append(number)
                lines.append(line)
    choice = Choice(len(records))
    while columns:
        (label, _), (positions, lines) = columns.popitem()
        cells = [line[len(label) :].strip(" :=\t") for line in lines]
        choice.add(cells, positions, numbers_of(cells))
    always = [number for number, record in enumerate(records) if not failing.isdisjoint(record)]
    return choice.rows(["\n".join(record) for record in records], query, always)
