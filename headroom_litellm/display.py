"""How one tool output is shown, given what was shown before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from . import tokens
from .ccr import marker
from .ccr.key import key_of
from .ccr.tool import is_retrieve_tool
from .compressors import Document, Rendition
from .conversation import Segment
from .failing import failed
from .gutter import NOTE, Lines, lighten, read_lines
from .lru import Lru
from .pieces import LONG
from .repeats import Seen, Within
from .router import Part, Route, route
from .settings import Settings
from .shell import numbers_lines
from .sources import argument_texts

__all__ = ["Shown", "lines_of", "show"]

_QUERY = 2000
"""Characters of the call's arguments, and of the user's text, that count as the query."""
_SMALL_FAILURE = 4000
"""Characters up to which an output that reports a failure loses nothing."""
_LOSSY_GAIN = 0.8
"""A lossy form must be at most this share of the text said once: little is not worth a retrieval."""
_OTHER_GAIN = 0.95
"""A form that loses nothing must be at most this share of it: little is not worth another layout."""

_LONG_IN_LOG = 500
"""Characters of a line of a log that is more than an entry."""


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
    if segment.untouched:
        return None
    if marker.carries_marker(segment.text) or (segment.call is not None and is_retrieve_tool(segment.call.name)):
        return None
    retrievable = retrievable and settings.has_room_for(segment.text)
    document = _document(segment, user_text, settings, retrievable)
    way = route(document, segment.call, settings)
    pieces = _in_pieces(way, segment, settings)
    plain = _once(segment, seen, settings, _within(way), retrievable, pieces)
    said = plain.text if plain is not None else segment.text
    shorter = _worth_it(document, way.parts, said, seen, settings, pieces)
    if plain is None:
        return shorter
    best = shorter if shorter is not None else plain
    return best if tokens.shorter(best.text, segment.text) else None


def lines_of(segment: Segment, settings: Settings) -> Lines:
    """The lines of a tool output, with the gutters that its tool prints."""
    reads = segment.call is not None and settings.is_exact(segment.call.name)
    return read_lines(segment.text, numbered=numbers_lines(segment.call), reads=reads)


def _document(segment: Segment, user_text: str, settings: Settings, retrievable: bool) -> Document:
    call = segment.call
    asked = "\n".join(argument_texts(call))[:_QUERY]
    return Document(
        text=segment.text,
        tool=call.name if call is not None else "",
        arguments=call.arguments if call is not None else "",
        query=f"{asked}\n{user_text[:_QUERY]}",
        lossless=not retrievable or segment.is_error or _is_small(segment.text, settings),
    )


def _is_small(text: str, settings: Settings) -> bool:
    """Too short to lose anything: what reports a failure is read in full."""
    return len(text) < settings.min_characters or (len(text) <= _SMALL_FAILURE and failed(text))


def _within(way: Route) -> Within:
    """A file stays whole at first appearance; a log says the same again and again, and means the same by it."""
    if way.exact:
        return "never"
    return "any" if way.is_log else "unique"


def _in_pieces(way: Route, segment: Segment, settings: Settings) -> int:
    """Characters from which on a line may refer to others in part; 0 for none. A file stays as it is; of a log, too, a
    reader wants whole lines, other than dumps."""
    if way.exact or (segment.call is not None and settings.is_exact(segment.call.name)):
        return 0
    return _LONG_IN_LOG if way.is_log else LONG


def _once(
    segment: Segment, seen: Seen, settings: Settings, within: Within, retrievable: bool, pieces: int
) -> Shown | None:
    """The text said once, in lighter gutters: every line of it stays in view, here or where a reference points."""
    text = segment.text
    lines = lines_of(segment, settings)
    if "gutter" in settings.kinds:
        lines = lighten(lines, asked=numbers_lines(segment.call))
    repeat = None
    if "repeats" in settings.kinds:
        inline = marker.inline(key_of(text)) if retrievable else ""
        repeat = seen.find(lines, marker=inline, within=within, pieces=pieces)
    total = len(lines.raw)
    if repeat is not None:
        return Shown(repeat.text, repeat.view, "repeats", total, total, "lines", (text,) if repeat.marked else ())
    if not any(lines.groups):
        return None
    light = "\n".join([NOTE, *lines.shown(0, total)] if lines.sparse else lines.raw)
    view = lines.below(1) if lines.sparse else lines
    return Shown(light, view, "gutter", total, total, "lines") if light != text else None


def _worth_it(
    document: Document, parts: Sequence[Part], said: str, seen: Seen, settings: Settings, pieces: int
) -> Shown | None:
    """The output compressed, where that saves enough of it `said` once: without loss where the loss would save little.
    Tokens are counted as rarely as that can be told."""
    shorter = _compressed(document, parts, seen, settings, pieces)
    if shorter is not None and shorter.kept < shorter.total:
        if tokens.at_most(shorter.text, said, _LOSSY_GAIN):
            return shorter
        lossless = tuple(replace(part, document=replace(part.document, lossless=True)) for part in parts)
        shorter = _compressed(document, lossless, seen, settings, pieces)
    return shorter if shorter is not None and tokens.at_most(shorter.text, said, _OTHER_GAIN) else None


def _compressed(document: Document, parts: Sequence[Part], seen: Seen, settings: Settings, pieces: int) -> Shown | None:
    """Each part by the compressor of its kind; None where none of them gets shorter."""
    renditions = [_render(part) for part in parts]
    used = [(part, each) for part, each in zip(parts, renditions, strict=True) if each is not None]
    if not used:
        return None
    originals: list[str] = []
    texts = []
    for part, rendition in zip(parts, renditions, strict=True):
        texts.append(part.document.text if rendition is None else rendition.text)
        if rendition is not None:
            originals += rendition.spans
            if rendition.kept < rendition.total:
                originals.append(_put_away(part.document.text, document.text))
                texts.append(_footer(rendition, settings, originals[-1]))
    text = "\n".join(texts)
    # A row or a gap that reads alike may stand for something else: only lines of the original are the same lines, and
    # one line that a whole part became.
    told = (each.text for _, each in used if each.lossless and "\n" not in each.text)
    view = read_lines(text, numbered=False).among(frozenset((*document.text.split("\n"), *told)))
    repeat = seen.find(view, within="never", pieces=pieces) if "repeats" in settings.kinds else None
    if repeat is not None:
        text, view = repeat.text, repeat.view
    kept, total = (sum(counts) for counts in zip(*((each.kept, each.total) for _, each in used), strict=True))
    return Shown(
        text,
        view,
        "+".join(_distinct(part.compressor.kind for part, _ in used if part.compressor is not None)),
        kept,
        total,
        " and ".join(_distinct(each.unit for _, each in used)),
        tuple(originals),
    )


def _put_away(part: str, whole: str) -> str:
    """What a footer names: the part, by whose lines its notes count, or the output if its lines are the same ones."""
    return whole if whole.startswith(part) and not whole[len(part) :].strip() else part


def _footer(rendition: Rendition, settings: Settings, original: str) -> str:
    return marker.footer(
        settings.marker_template,
        key_of(original),
        kept=rendition.kept,
        total=rendition.total,
        unit=rendition.unit,
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


_renditions: Lru[tuple[str, str, str, bool], tuple[Rendition | None]] = Lru(
    4096, max_weight=32 * 1024 * 1024, weigh=lambda entry: _weight(entry[0])
)


def _weight(rendition: Rendition | None) -> int:
    return 256 if rendition is None else 256 + len(rendition.text) + sum(map(len, rendition.spans))


def _render(part: Part) -> Rendition | None:
    """The compressor's rendition, remembered: the history comes back at every turn."""
    compressor, document = part.compressor, part.document
    if compressor is None:
        return None
    context = key_of(f"{document.tool}\0{document.arguments}\0{document.query}")
    key = (compressor.kind, key_of(document.text), context, document.lossless)
    known = _renditions.get(key)
    if known is None:
        known = (compressor.compress(document),)
        _renditions.put(key, known)
    rendition = known[0]
    return None if rendition is None or (document.lossless and not rendition.lossless) else rendition
