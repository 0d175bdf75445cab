"""The one contract of all compressors: a pure function from a `Document` to a shorter `Rendition`, or None.

A compressor sees one tool output and what the conversation before it says the reader wants. It must be
deterministic, hold no state, do no I/O and not know the request format. A new kind is one folder with one class, and
one line in `compressors/__init__.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from .sample import Sample

__all__ = ["Compressor", "Document", "Rendition"]


@dataclass(frozen=True, slots=True)
class Document:
    """A tool output and its context.

    text:      the output, exactly as the tool gave it
    tool:      name of the tool that was called ("" when unknown)
    arguments: the call's arguments, as the JSON text the model wrote
    query:     what the reader is after: the argument values and the last user text before this output
    lossless:  only renditions that lose nothing are wanted (the model has no way to retrieve)
    """

    text: str
    tool: str = ""
    arguments: str = ""
    query: str = ""
    lossless: bool = False


@dataclass(frozen=True, slots=True)
class Rendition:
    """A shorter form of a document.

    `kept` of `total` `unit`s of the source are shown (rows, lines, matches, hunks, words); `kept == total` says that
    nothing was lost, and then the text needs no marker. `spans` are the originals of the inline markers that `text`
    holds, in order of appearance.
    """

    text: str
    kept: int
    total: int
    unit: str
    spans: tuple[str, ...] = field(default=())

    @property
    def lossless(self) -> bool:
        return self.kept == self.total and not self.spans


class Compressor(Protocol):
    kind: ClassVar[str]
    """Name used in settings, reports and metrics."""

    def fits(self, sample: Sample) -> bool:
        """Whether the output is of this kind. Where in doubt, it is not: what is taken for another kind misleads."""

    def compress(self, document: Document) -> Rendition | None:
        """The document made shorter, or None where this kind can do nothing for it.

        Never raises on any input, never returns a text longer than the input, and always the same for the same
        document. `spans` holds every original that an inline marker in the text stands for.
        """
