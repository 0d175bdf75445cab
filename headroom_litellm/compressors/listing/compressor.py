"""Listings of files: without loss first (a directory a line, what rows share once), then the entries that matter."""

from __future__ import annotations

from typing import ClassVar, Final

from ..base import Document, Rendition
from ..sample import Sample
from .detect import is_listing
from .page import Writer
from .read import read
from .shorten import shorten

__all__ = ["Listing"]

_ENOUGH: Final = 8_000
"""A lossless form of this length is shown whole: a name that is missed costs another call."""
_LONG: Final = 14_000
"""The lossless form of a longer text is written only if it is what is shown."""
_WORTH: Final = 0.66
"""What is left out must be worth asking for some of it again."""


class Listing:
    """Names, paths, trees and rows of `ls -l`.

    Every entry of the lossless form can be read back, and so can the order; the padding of columns and the drawing of a
    tree cannot. Where it is still long, directories and names are left out, and each note says how many entries are not
    shown, of which directory and of what make. Lines that are no entries always stay.
    """

    kind: ClassVar[str] = "listing"

    def fits(self, sample: Sample) -> bool:
        return is_listing(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        listing = read(text)
        if listing is None:
            return None
        writer = Writer(listing)
        total = listing.total
        whole = "" if len(text) > _LONG and not document.lossless else writer.text()
        length = len(whole) or writer.measure()
        if not document.lossless and length > _ENOUGH:
            short, kept = shorten(listing, writer, document.query)
            if len(short) < _WORTH * length and len(short) < len(text) and kept < total:
                return Rendition(short, kept, total, "entries")
        whole = whole or writer.text()
        return Rendition(whole, total, total, "entries") if len(whole) < len(text) else None
