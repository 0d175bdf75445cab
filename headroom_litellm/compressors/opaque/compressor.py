"""Base64, tokens, checksums and endless lines in text of no other kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Final

from ...ccr import marker
from ...relevance import in_lower_case, query_terms
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.opaque import opaque_label
from ..shared.signs import HINT, plainly_fails
from .digests import shorten_digests

__all__ = ["Opaque"]

_LEAST: Final = 400
"""Characters of a span that is put away."""
_SPAN: Final = re.compile(rf"(?<![^\s\"'<>()\[\]{{}}])[^\s\"'<>()\[\]{{}}]{{{_LEAST},}}")
_ENDLESS: Final = 4_000
"""Characters of a line from which on its middle is put away, whatever it says."""
_HEAD, _TAIL = 600, 300
_AROUND: Final = 150
"""Characters around what the query names, or what reports a failure, in the middle of a line."""
_MAX_WANTED: Final = 12
_PIECE: Final = 2_000


class Opaque:
    """Every line stays, but for long encoded spans, each put away by itself, and the ends of checksums. Of an endless
    line the beginning and the end stay, and the neighbourhood of what the query names and of what reports a failure."""

    kind: ClassVar[str] = "opaque"

    def fits(self, sample: Sample) -> bool:
        text = sample.document.text
        if _SPAN.search(text) is not None or next(_endless_lines(text, 0, len(text)), None) is not None:
            return True
        return shorten_digests(sample.head, sample.document) != sample.head

    def compress(self, document: Document) -> Rendition | None:
        if document.lossless:
            return None
        text = document.text
        spans = list(_spans(text, document.query))
        if not spans:
            short = shorten_digests(text, document)
            return Rendition(short, len(short), len(text), "characters") if len(short) < len(text) else None
        originals = [text[start:end] for start, end, _ in spans]
        out, at = [], 0
        for (start, end, label), original in zip(spans, originals, strict=True):
            out += [text[at:start], marker.opaque(original, label)]
            at = end
        short = "".join([*out, text[at:]])
        total = text.count("\n") + 1
        return Rendition(short, total, total, "lines", tuple(originals)) if len(short) < len(text) else None


def _spans(text: str, query: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what it is) of everything to put away."""
    at = 0
    for match in _SPAN.finditer(text):
        label = opaque_label(match[0])
        if label:
            yield from _endless(text, at, match.start(), query)
            yield match.start(), match.end(), label
            at = match.end()
    yield from _endless(text, at, len(text), query)


def _endless(text: str, start: int, end: int, query: str) -> Iterator[tuple[int, int, str]]:
    for line_start, line_end in _endless_lines(text, start, end):
        for first, last in _middle(text, line_start, line_end, query):
            yield first, last, "text"


def _endless_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start + _ENDLESS <= end:
        last = text.rfind("\n", start, start + _ENDLESS)
        if last >= 0:
            start = last + 1
            continue
        stop = text.find("\n", start, end)
        stop = stop if stop >= 0 else end
        yield start, stop
        start = stop + 1


def _middle(text: str, start: int, end: int, query: str) -> Iterator[tuple[int, int]]:
    """The stretches of a line to put away."""
    line = text[start:end]
    wanted = sorted({*_named(line, query), *_failing(line)})[:_MAX_WANTED]
    shown = [(0, _HEAD), *((max(0, at - _AROUND), at + _AROUND) for at in wanted), (len(line) - _TAIL, len(line))]
    reach = 0
    for (_, before), (first, _) in pairwise(shown):
        reach = max(reach, before)
        if first - reach >= _LEAST:
            yield start + reach, start + first


def _named(line: str, query: str) -> Iterator[int]:
    lowered = in_lower_case(line)
    if len(lowered) != len(line):
        return
    for term, identifier in query_terms(query).items():
        at = lowered.find(term) if identifier else -1
        if at >= 0:
            yield at


def _failing(line: str) -> Iterator[int]:
    for start in range(0, len(line), _PIECE):
        piece = line[start : start + _PIECE]
        match = HINT.search(piece)
        if match is not None and plainly_fails(piece):
            yield start + match.start()
