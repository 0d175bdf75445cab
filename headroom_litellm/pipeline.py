"""The pipeline: a conversation in, new texts for some of its tool outputs out.

Pure: no litellm, no I/O, no clock. What an output becomes depends on the conversation up to it and the settings, and
on nothing else, so a provider's cached prefix stays valid from turn to turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import tokens
from .ccr import marker
from .ccr.key import key_of
from .ccr.tool import is_retrieve_tool
from .ccr.tracker import ExpansionRecommendation, Tracked, Tracker
from .compressors import Compressor, Document, Rendition
from .conversation import Conversation, Path, Segment
from .gutter import lighten
from .lru import Lru
from .repeats import Seen
from .router import compressor_for
from .settings import Settings
from .sources import Sources, argument_texts

__all__ = ["Cancelled", "Compressed", "Rewrite", "rewrite"]

_QUERY = 2000
"""Characters of the user's text that count as the query."""
_LOSSY_GAIN = 0.8
"""A lossy form must be at most this share of the lossless one: little is not worth a retrieval."""


class Cancelled(Exception):
    """The caller no longer wants the result."""


@dataclass(frozen=True, slots=True)
class Compressed:
    """One tool output that was made shorter. `kept` of `total` `unit`s are in view; `kind` names how."""

    key: str
    original: str
    text: str
    path: Path
    kind: str
    tool: str
    kept: int
    total: int
    unit: str

    @property
    def tokens_before(self) -> int:
        return tokens.count(self.original)

    @property
    def tokens_after(self) -> int:
        return tokens.count(self.text)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """New texts by path, what was made shorter, the originals of every marker by key, and what is shown again."""

    texts: dict[Path, str] = field(default_factory=dict)
    compressed: list[Compressed] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)
    expanded: list[ExpansionRecommendation] = field(default_factory=list)

    @property
    def tokens_saved(self) -> int:
        return sum(item.tokens_before - item.tokens_after for item in self.compressed)


@dataclass(frozen=True, slots=True)
class _Shown:
    """How an output is shown: its text, and the text of which lines are in view afterwards; where a compressor made
    it, only those that it took over from the original."""

    text: str
    in_view: str
    taken_over: frozenset[str] | None
    kind: str
    kept: int
    total: int
    unit: str
    originals: tuple[str, ...] = ()


def rewrite(
    conversation: Conversation, settings: Settings, *, cancelled: Callable[[], bool] = lambda: False
) -> Rewrite:
    """Decide what every tool output of the conversation becomes.

    Raises Cancelled soon after `cancelled()` turns true, and nothing else.
    """
    result = Rewrite()
    seen, sources, tracker = Seen(), Sources(), Tracker()
    retrievable = conversation.has_tools and settings.compress_cache.enabled
    user_text = ""
    for role, segment in conversation.segments():
        if cancelled():
            raise Cancelled
        name = sources.name(role, segment)
        in_view, among = segment.text, None
        if segment.kind == "result":
            shown = _show(segment, user_text, seen, settings, retrievable)
            if shown is not None:
                in_view, among = shown.in_view, shown.taken_over
                _record(result, segment, shown)
                if shown.kept < shown.total and retrievable:
                    tracker.track(Tracked(key_of(segment.text), name, segment.text, shown.text))
        elif segment.kind == "call":
            in_view = "\n".join(argument_texts(segment.call))
        elif role == "user":
            user_text = segment.text
            if settings.proactive_expansion:
                in_view = _expand(result, segment, tracker, settings.compress_cache.expansion_threshold)
        if "repeats" in settings.kinds:
            seen.add(name, in_view, among=among)
    return result


def _expand(result: Rewrite, segment: Segment, tracker: Tracker, threshold: float) -> str:
    """The user's text with the originals that it asks about behind it."""
    recommended = tracker.recommend(segment.text, threshold)
    if not recommended:
        return segment.text
    expanded = "\n\n".join([segment.text, *(one.block(segment.text) for one in recommended)])
    result.texts[segment.path] = expanded
    result.expanded.extend(recommended)
    return expanded


def _record(result: Rewrite, segment: Segment, shown: _Shown) -> None:
    tool = segment.call.name if segment.call is not None else ""
    key = key_of(segment.text)
    result.texts[segment.path] = shown.text
    result.compressed.append(
        Compressed(key, segment.text, shown.text, segment.path, shown.kind, tool, shown.kept, shown.total, shown.unit)
    )
    result.originals.update({key_of(original): original for original in shown.originals})


def _show(segment: Segment, user_text: str, seen: Seen, settings: Settings, retrievable: bool) -> _Shown | None:
    """How a tool output is shown, None for as it is."""
    if marker.carries_marker(segment.text) or (segment.call is not None and is_retrieve_tool(segment.call.name)):
        return None
    exact = _lossless(segment.text, seen, settings, retrievable)
    shorter = _compressed(segment, user_text, seen, settings, retrievable)
    best = exact
    if shorter is not None:
        limit = tokens.count(exact.text if exact is not None else segment.text)
        lossless = not shorter.originals
        if tokens.count(shorter.text) <= limit * (1 if lossless else _LOSSY_GAIN):
            best = shorter
    return best if best is not None and tokens.shorter(best.text, segment.text) else None


def _lossless(text: str, seen: Seen, settings: Settings, retrievable: bool) -> _Shown | None:
    """The text said once, in lighter gutters: every line of it stays in view, here or where a reference points."""
    light = lighten(text) if "gutter" in settings.kinds else text
    repeat = None
    if "repeats" in settings.kinds:
        repeat = seen.find(light, marker=marker.inline(key_of(text)) if retrievable else "")
    if repeat is not None:
        originals = (text,) if repeat.marked else ()
        return _Shown(repeat.text, text, None, "repeats", repeat.total, repeat.total, "lines", originals)
    if light == text:
        return None
    total = text.count("\n") + 1
    return _Shown(light, text, None, "gutter", total, total, "lines")


def _compressed(segment: Segment, user_text: str, seen: Seen, settings: Settings, retrievable: bool) -> _Shown | None:
    call = segment.call
    asked = "\n".join(argument_texts(call))[:_QUERY]
    document = Document(
        text=segment.text,
        tool=call.name if call is not None else "",
        arguments=call.arguments if call is not None else "",
        query=f"{asked}\n{user_text[:_QUERY]}",
        lossless=not retrievable or segment.is_error,
    )
    compressor = compressor_for(document, call, settings)
    rendition = _render(compressor, document) if compressor is not None else None
    if compressor is None or rendition is None or (document.lossless and not rendition.lossless):
        return None
    text = rendition.text
    # A row or a gap that reads alike may stand for something else: only lines of the original are the same lines.
    taken_over = frozenset(segment.text.split("\n"))
    repeat = seen.find(text, among=taken_over) if "repeats" in settings.kinds else None
    if repeat is not None:
        text = repeat.text
    originals = rendition.spans
    if rendition.kept < rendition.total:
        key = key_of(segment.text)
        text += "\n" + marker.footer(
            settings.marker_template, key, kept=rendition.kept, total=rendition.total, unit=rendition.unit
        )
        originals = (*originals, segment.text)
    return _Shown(
        text, rendition.text, taken_over, compressor.kind, rendition.kept, rendition.total, rendition.unit, originals
    )


_renditions: Lru[tuple[str, str, str, bool], tuple[Rendition | None]] = Lru(
    4096, max_weight=64 * 1024 * 1024, weigh=lambda entry: len(entry[0].text) if entry[0] is not None else 64
)


def _render(compressor: Compressor, document: Document) -> Rendition | None:
    """The compressor's rendition, remembered: the history comes back at every turn."""
    context = key_of(f"{document.tool}\0{document.arguments}\0{document.query}")
    key = (compressor.kind, key_of(document.text), context, document.lossless)
    known = _renditions.get(key)
    if known is None:
        known = (compressor.compress(document),)
        _renditions.put(key, known)
    return known[0]
