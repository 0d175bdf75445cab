"""How one tool output is shown, given what was shown before it."""

from __future__ import annotations

from dataclasses import dataclass

from . import tokens
from .ccr import marker
from .ccr.key import key_of
from .ccr.tool import is_retrieve_tool
from .compressors import Compressor, Document, Rendition
from .conversation import Segment
from .gutter import NOTE, Lines, lighten, read_lines
from .lru import Lru
from .repeats import Seen, Within
from .router import Route, route
from .settings import Settings
from .shell import numbers_lines
from .sources import argument_texts

__all__ = ["Shown", "show"]

_QUERY = 2000
"""Characters of the call's arguments, and of the user's text, that count as the query."""
_LOSSY_GAIN = 0.8
"""A lossy form must be at most this share of the lossless one: little is not worth a retrieval."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How an output is shown.

    text:       what stands in its place
    view:       the lines that are in view afterwards, here or, by number, where a reference points
    kind:       in which way; `kept` of `total` `unit`s of the output are in view
    originals:  what the markers in the text stand for
    """

    text: str
    view: Lines
    kind: str
    kept: int
    total: int
    unit: str
    originals: tuple[str, ...] = ()


def show(segment: Segment, user_text: str, seen: Seen, settings: Settings, retrievable: bool) -> Shown | None:
    """How a tool output is shown, None for as it is."""
    if marker.carries_marker(segment.text) or (segment.call is not None and is_retrieve_tool(segment.call.name)):
        return None
    document = _document(segment, user_text, retrievable)
    way = route(document, segment.call, settings)
    best = exact = _lossless(segment, seen, settings, _within(way), retrievable)
    shorter = _compressed(document, way.compressor, seen, settings) if way.compressor is not None else None
    if shorter is not None:
        limit = tokens.count(exact.text if exact is not None else segment.text)
        lossless = not shorter.originals
        if tokens.count(shorter.text) <= limit * (1 if lossless else _LOSSY_GAIN):
            best = shorter
    return best if best is not None and tokens.shorter(best.text, segment.text) else None


def _document(segment: Segment, user_text: str, retrievable: bool) -> Document:
    call = segment.call
    asked = "\n".join(argument_texts(call))[:_QUERY]
    return Document(
        text=segment.text,
        tool=call.name if call is not None else "",
        arguments=call.arguments if call is not None else "",
        query=f"{asked}\n{user_text[:_QUERY]}",
        lossless=not retrievable or segment.is_error,
    )


def _within(way: Route) -> Within:
    """A file stays whole at first appearance; a log says the same again and again, and means the same by it."""
    if way.exact:
        return "never"
    return "any" if way.kind == "log" else "unique"


def _lossless(segment: Segment, seen: Seen, settings: Settings, within: Within, retrievable: bool) -> Shown | None:
    """The text said once, in lighter gutters: every line of it stays in view, here or where a reference points."""
    text = segment.text
    numbered = numbers_lines(segment.call)
    lines = read_lines(text, numbered=numbered)
    if "gutter" in settings.kinds:
        lines = lighten(lines)
    repeat = None
    if "repeats" in settings.kinds:
        repeat = seen.find(lines, marker=marker.inline(key_of(text)) if retrievable else "", within=within)
    if repeat is not None:
        # A line without a number cannot be found in a text where it is only referred to.
        elsewhere = {at for run in repeat.runs for at in range(run.start, run.end) if not lines.groups[at]}
        originals = (text,) if repeat.marked else ()
        said = f"{NOTE}\n{repeat.text}" if repeat.sparse else repeat.text
        return Shown(said, lines.without(elsewhere), "repeats", repeat.total, repeat.total, "lines", originals)
    light = "\n".join([NOTE, *lines.shown(0, len(lines.raw))] if lines.sparse else lines.raw)
    return Shown(light, lines, "gutter", len(lines.raw), len(lines.raw), "lines") if light != text else None


def _compressed(document: Document, compressor: Compressor, seen: Seen, settings: Settings) -> Shown | None:
    rendition = _render(compressor, document)
    if rendition is None or (document.lossless and not rendition.lossless):
        return None
    text = rendition.text
    # A row or a gap that reads alike may stand for something else: only lines of the original are the same lines.
    view = read_lines(text, numbered=False).among(frozenset(document.text.split("\n")))
    repeat = seen.find(view, within="never") if "repeats" in settings.kinds else None
    if repeat is not None:
        text = repeat.text
    originals = rendition.spans
    if rendition.kept < rendition.total:
        key = key_of(document.text)
        text += "\n" + marker.footer(
            settings.marker_template, key, kept=rendition.kept, total=rendition.total, unit=rendition.unit
        )
        originals = (*originals, document.text)
    return Shown(text, view, compressor.kind, rendition.kept, rendition.total, rendition.unit, originals)


_renditions: Lru[tuple[str, str, str, bool], tuple[Rendition | None]] = Lru(
    4096, max_weight=32 * 1024 * 1024, weigh=lambda entry: _weight(entry[0])
)


def _weight(rendition: Rendition | None) -> int:
    return 256 if rendition is None else 256 + len(rendition.text) + sum(map(len, rendition.spans))


def _render(compressor: Compressor, document: Document) -> Rendition | None:
    """The compressor's rendition, remembered: the history comes back at every turn."""
    context = key_of(f"{document.tool}\0{document.arguments}\0{document.query}")
    key = (compressor.kind, key_of(document.text), context, document.lossless)
    known = _renditions.get(key)
    if known is None:
        known = (compressor.compress(document),)
        _renditions.put(key, known)
    return known[0]
