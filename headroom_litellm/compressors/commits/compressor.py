"""Histories of commits: what was done, by whom and when, in a line a commit; messages and files as far as room is."""

from __future__ import annotations

from typing import ClassVar, Final

from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI
from .detect import form_of, is_commits
from .exact import shorten
from .history import shorten_history
from .shortlog import shorten_counts, shorten_shortlog

__all__ = ["Commits"]

_SMALL: Final = 8_000
_LEAST_SAVED: Final = 4_000
"""Each commit left out may be the one that is looked for: not for less than this."""
_HEAD, _FIRST, _WIDTH = 20_000, 60, 240
"""By how much of the text its form is told again."""
_WORTH: Final = 0.8


class Commits:
    """A commit shown is shown by its hash (to 10 digits, which git takes), author, date and subject, verbatim; of
    messages and files some lines, the others counted. Commits left out are counted where they stood, with the hashes
    of the first and the last. The unit is lines."""

    kind: ClassVar[str] = "commits"

    def fits(self, sample: Sample) -> bool:
        return is_commits(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        first = [ANSI.sub("", line[:_WIDTH]).rstrip("\r") for line in text[:_HEAD].split("\n")[:_FIRST] if line.strip()]
        form = form_of(first) or form_of(first, Sample.of(document).command)
        if not form:
            return None
        if not document.lossless and len(text) >= _SMALL:
            short = _shortened(text, form, document.query)
            if short is not None and len(short.text) <= min(_WORTH * len(text), len(text) - _LEAST_SAVED):
                return short
        exact = shorten(text) if form == "blocks" else None
        total = _count(text)
        return Rendition(exact, total, total, "lines") if exact is not None else None


def _count(text: str) -> int:
    return text.count("\n") + 1 - text.endswith("\n")


def _shortened(text: str, form: str, query: str) -> Rendition | None:
    lines = (ANSI.sub("", text) if "\x1b" in text else text).replace("\r\n", "\n").split("\n")
    if form in ("blocks", "lines"):
        return shorten_history(text, lines, query, blocks=form == "blocks")
    body, shown = (shorten_shortlog if form == "shortlog" else shorten_counts)(lines, query)
    total = _count(text)
    return Rendition(body, shown, total, "lines") if shown < total else None
