"""The fold over a conversation: segment by segment, what was seen so far and what the next one becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from . import tokens
from .ccr.key import key_of
from .ccr.tracker import ExpansionRecommendation, Tracked, Tracker
from .conversation import Path, Role, Segment
from .display import Shown, show
from .repeats import Seen
from .settings import Settings
from .sources import Sources, argument_texts

__all__ = ["Compressed", "Fold", "Rewrite"]


@dataclass(frozen=True)
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

    @cached_property
    def tokens_before(self) -> int:
        return tokens.count(self.original)

    @cached_property
    def tokens_after(self) -> int:
        return tokens.count(self.text)


@dataclass(frozen=True)
class Rewrite:
    """New texts by path, what was made shorter, the originals of every marker by key, and what is shown again."""

    texts: dict[Path, str] = field(default_factory=dict)
    compressed: list[Compressed] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)
    expanded: list[ExpansionRecommendation] = field(default_factory=list)

    def copy(self) -> Rewrite:
        return Rewrite(dict(self.texts), list(self.compressed), dict(self.originals), list(self.expanded))


class Fold:
    """The state after some first part of a conversation, and what that part became.

    A later segment never changes what an earlier one became.
    """

    def __init__(self, settings: Settings, *, retrievable: bool) -> None:
        self.result = Rewrite()
        self.weight = 0
        """Characters folded so far."""
        self._settings = settings
        self._retrievable = retrievable
        self._seen = Seen()
        self._sources = Sources()
        self._tracker = Tracker()
        self._user_text = ""

    def step(self, role: Role, segment: Segment) -> None:
        """Take in the next segment."""
        self.weight += len(segment.text)
        name = self._sources.name(role, segment)
        in_view, among = segment.text, None
        if segment.kind == "result":
            shown = show(segment, self._user_text, self._seen, self._settings, self._retrievable)
            if shown is not None:
                in_view, among = shown.in_view, shown.taken_over
                self._record(name, segment, shown)
        elif segment.kind == "call":
            in_view = "\n".join(argument_texts(segment.call))
        elif role == "user":
            self._user_text = segment.text
            if self._settings.proactive_expansion:
                in_view = self._expanded(segment)
        if "repeats" in self._settings.kinds:
            self._seen.add(name, in_view, among=among)

    def _record(self, name: str, segment: Segment, shown: Shown) -> None:
        key = key_of(segment.text)
        tool = segment.call.name if segment.call is not None else ""
        self.result.texts[segment.path] = shown.text
        self.result.compressed.append(
            Compressed(
                key, segment.text, shown.text, segment.path, shown.kind, tool, shown.kept, shown.total, shown.unit
            )
        )
        self.result.originals.update({key_of(original): original for original in shown.originals})
        if shown.kept < shown.total and self._retrievable:
            self._tracker.track(Tracked(key, name, segment.text, shown.text))

    def _expanded(self, segment: Segment) -> str:
        """The user's text with the originals that it asks about behind it."""
        threshold = self._settings.compress_cache.expansion_threshold
        recommended = self._tracker.recommend(segment.text, threshold)
        if not recommended:
            return segment.text
        text = "\n\n".join([segment.text, *(one.block(segment.text) for one in recommended)])
        self.result.texts[segment.path] = text
        self.result.expanded.extend(recommended)
        return text
