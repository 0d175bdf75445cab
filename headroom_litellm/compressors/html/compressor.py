"""Pages of markup: what is to be read of them, as Markdown."""

from __future__ import annotations

from typing import ClassVar, Final

from ..base import Document, Rendition
from ..sample import Sample
from ..shared.gaps import repeated_lines
from .detect import is_feed, is_html
from .feed import feed_text
from .page import page_text

__all__ = ["Html"]

_LEAST: Final = 6_000
"""Characters from which on a page is read for what it says. A smaller one is often a fragment, or a page that was just
built, and looked at for its markup."""


class Html:
    """The content of a page: headings, paragraphs, lists, tables, code as it stands, links that lead somewhere. What
    surrounds it is named with its words; of much content, what the query is after and the outline stay. `kept` of
    `total` characters of the source are shown: markup cannot be restored, so it is never without loss."""

    kind: ClassVar[str] = "html"

    def fits(self, sample: Sample) -> bool:
        return is_html(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        if document.lossless or len(text) < _LEAST:
            return repeated_lines(text)
        shown = feed_text(text, document.query) if is_feed(text) else page_text(text, document.query)
        if shown is None or len(shown.text) >= len(text):
            return repeated_lines(text)
        return Rendition(shown.text, min(shown.characters, len(text) - 1), len(text), "characters")
