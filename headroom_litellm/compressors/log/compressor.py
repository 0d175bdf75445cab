"""Logs and the output of builds and tests: what happens again and again is shown once, what went wrong whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, Final

from ...ccr import marker
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI, is_coloured
from ..shared.gaps import fill_gaps
from ..shared.long_lines import shortened
from .choice import choose
from .detect import is_log
from .exact import exact
from .screen import screen

__all__ = ["Log"]

_SHORT: Final = 2_000
"""Shorter logs are shown whole."""

_SMALL: Final = 4_000
_WORTH, _WORTH_SMALL = 0.8, 0.6
"""What a form that leaves something out may take, of the form that does not: where that one is small, only noise that
is most of it is left out."""
_MUCH: Final = 0.4
"""Forms below that share of the text are better than any that leaves nothing out."""


class Log:
    """Errors with their blocks and context, warnings, what the query names, the beginning and the end stay; of lines
    that differ in numbers, ids and names only, one stands for all.

    Lines that stay are in order and verbatim, but for colour codes, overwritten progress and the middle of very long
    lines that are mere examples, which is said where it is so; each gap says how many lines it holds, and their
    numbers. Failures beyond a handful that are alike count as repetitions too, and so do warnings.
    """

    kind: ClassVar[str] = "log"

    def fits(self, sample: Sample) -> bool:
        return is_log(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        if document.lossless or len(text) < _SHORT:
            return exact(text)
        coloured = is_coloured(text)
        lines, overwritten = screen(text, coloured=coloured)
        small = len(text) <= _SMALL
        if small and not overwritten and _varied(lines):
            return _uncoloured(text) if coloured else exact(text)
        shown = choose(lines, document.query)
        cut = _shortened(lines, shown.brief)
        kept, short = fill_gaps(lines, shown.keep, shown.likeness, overwritten, shortened=cut)
        total = len(lines) + sum(overwritten.values())
        if coloured:
            short = f"[colour codes removed]\n{short}"
        if small or kept == total or len(short) > _MUCH * len(text):
            whole = _uncoloured(text) if coloured and not overwritten else exact(text)
            size = len(text) if whole is None else len(whole.text)
            if kept == total or len(short) > (_WORTH_SMALL if size <= _SMALL else _WORTH) * size:
                return whole
        return Rendition(short, kept, total, "lines")


def _shortened(lines: Sequence[str], brief: Collection[int]) -> dict[int, str]:
    """The long ones of the lines that may be shortened."""
    found = ((i, lines[i], shortened(lines[i])) for i in brief)
    return {i: short for i, line, short in found if short != line}


def _uncoloured(text: str) -> Rendition | None:
    """The text without its colours, which a marker stands for, and with nothing else lost."""
    plain = ANSI.sub("", text)
    said = exact(plain)
    short = (
        f"[colour codes removed: {marker.opaque(text, 'with colour codes')}]\n{plain if said is None else said.text}"
    )
    if len(short) > _WORTH * len(text):
        return exact(text)
    total = text.count("\n") + 1
    return Rendition(short, total, total, "lines", (text,))


def _varied(lines: Sequence[str]) -> bool:
    """Do most of the lines begin with another word? Then hardly any of them is noise."""
    return 2 * len({line.lstrip().split(" ", 1)[0] for line in lines}) > len(lines)
