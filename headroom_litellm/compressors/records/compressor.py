"""Records of labelled lines, as `lsusb -v`, `dpkg -s`, `/proc/cpuinfo` and the show commands of switches print them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import ClassVar, Final

from ...relevance import query_terms
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.named import named_lines
from ..shared.signs import plainly_fails, suspects
from .columns import chosen_of
from .detect import is_records
from .names import names_of
from .page import Page
from .split import split
from .thin import Thinner

__all__ = ["Records"]

_ENOUGH: Final = 6_000
"""A lossless form of this length is shown whole: a retrieval would cost more than the rest of it."""
_FEW_LINES: Final = 200
"""Of so few lines, all records are shown where those that are very long ones, shortened, leave them room."""
_LONG: Final = 16_000
"""From this length on, the records that are shown are themselves shortened."""
_GAIN: Final = 0.85
"""A form with references is harder to read: it must be at most this share of the text."""
_WORTH: Final = 0.8
_MAX_LINE: Final = 2_000
_MAX_NAMED: Final = 60
_OURS: Final = re.compile(r"^(?:[0-9]+\||\[=[0-9]|\[… )", re.MULTILINE)
"""What our own notes look like."""


class Records:
    """Lines that an earlier record has are said by their numbers. Of many records, those stay that matter as rows of a
    table do; each gap says how many records it holds, and which."""

    kind: ClassVar[str] = "records"

    def fits(self, sample: Sample) -> bool:
        return is_records(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        lines = text.split("\n")
        found = split(lines)
        if found is None or _OURS.search(text):
            return None
        starts, labels = found
        records = [lines[first:last] for first, last in pairwise([*starts, len(lines)])]
        page = Page(lines[: starts[0]], records)
        most = int(_GAIN * len(text))
        exact = page.exact(most if document.lossless else min(_ENOUGH, most))
        if exact is not None or document.lossless:
            return exact
        names = names_of(records, labels)
        terms = [term for term, identifier in query_terms(document.query).items() if identifier]
        if len(lines) <= _FEW_LINES:
            every = page.lossy(range(len(records)), names, "", terms)
            if len(every.text) <= min(_ENOUGH, _WORTH * len(text)):
                return every
        failing = _failing(lines)
        always = [number for number, record in enumerate(records) if not failing.isdisjoint(record)]
        chosen, left_out = chosen_of(records, labels, document.query, always)
        short = page.lossy(chosen, names, left_out, terms)
        if len(short.text) > _LONG:
            named = named_lines(lines, document.query, limit=_MAX_NAMED, context=1)
            counts = Counter(chain.from_iterable(records))
            wanted = failing | {lines[at] for at in named}
            short = page.lossy(chosen, names, left_out, terms, Thinner(counts, wanted))
            if len(short.text) > 2 * _LONG:
                short = page.lossy(chosen, names, left_out, terms, Thinner(counts, wanted, common=False))
        if short.kept == short.total or len(short.text) > _WORTH * len(text):
            return page.exact(most)
        return page.exact(min(most, int(len(short.text) / _WORTH))) or short


def _failing(lines: Sequence[str]) -> set[str]:
    known = list(dict.fromkeys(line[:_MAX_LINE] for line in lines))
    return {known[at] for at in suspects(known) if plainly_fails(known[at])}
