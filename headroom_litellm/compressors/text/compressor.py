"""Long text of no other kind: its outline, its beginning and end, and the passages that matter."""

from __future__ import annotations

from typing import ClassVar, Final

from ..base import Document, Rendition
from ..sample import Sample
from ..shared.gaps import fill_gaps, repeated_lines
from ..shared.passages import Limits, choose
from .detect import is_text
from .outline import headings
from .sections import fill_sections
from .sentences import shorten_paragraphs

__all__ = ["Text"]

_MIN_TEXT: Final = 12_000
"""Shorter texts are left as they are: what an agent is told to do is to be followed to the letter."""

_HEAD, _TAIL = 1_500, 800
_SHARE: Final = 0.45
_MIN_BUDGET, _MAX_BUDGET = 6_000, 16_000
_SMALLEST_GAP: Final = 3
_LONG_LINES: Final = 400
"""Characters of the mean line from which on a line is a paragraph, of which sentences stay or go."""
_WORTH: Final = 0.8


class Text:
    """Whole lines stay or go, in order; each gap says which lines it holds. Headings, the beginning of each section and
    of the text, its end, failures and what the query is after stay, within a budget of nearly half of a text of usual
    length. Where a line is a whole paragraph, its sentences stay or go."""

    kind: ClassVar[str] = "text"

    def fits(self, sample: Sample) -> bool:
        return len(sample.document.text) >= _MIN_TEXT and is_text(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        if document.lossless:
            return repeated_lines(text)
        if len(text) < _MIN_TEXT:
            return None
        limits = Limits(_HEAD, _TAIL, int(max(_MIN_BUDGET, min(_MAX_BUDGET, len(text) * _SHARE))))
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        if len(text) > _LONG_LINES * len(lines):
            shorter = shorten_paragraphs(text, document.query, limits)
        else:
            titles = headings(lines)
            keep = choose(lines, titles, document.query, limits)
            keep = fill_sections(lines, titles, keep, limits.budget)
            kept, short = fill_gaps(lines, keep, smallest=_SMALLEST_GAP)
            shorter = Rendition(short, kept, len(lines), "lines")
        if shorter is None or len(shorter.text) > _WORTH * len(text):
            return repeated_lines(text)
        return shorter
