"""The fold over a conversation: segment by segment, what was seen so far and what the next one becomes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import tokens
from .ccr.key import key_of
from .ccr.retrieve import parse
from .ccr.tool import is_retrieve_tool
from .ccr.tracker import ExpansionRecommendation, Tracked, Tracker
from .conversation import GONE, Conversation, LeftOut, Path, Role, Segment
from .display import Shown, lines_of, show
from .gutter import Lines, read_lines
from .repeats import Seen
from .settings import Settings
from .sources import Sources, argument_texts, named_texts

__all__ = ["Became", "Compressed", "Fold", "Rewrite"]

_LINE_WEIGHT = 300
_CHANGE_WEIGHT = 600


@dataclass(frozen=True)
class Compressed:
    """One tool output that was made shorter. `kept` of `total` `unit`s are in view; `kind` names how; `path` is where
    it stands in the request."""

    path: Path
    key: str
    original: str
    text: str
    kind: str
    tool: str
    kept: int
    total: int
    unit: str

    @property
    def tokens_before(self) -> int:
        return tokens.count(self.original, key=self.key)

    @property
    def tokens_after(self) -> int:
        return tokens.count(self.text)


@dataclass(frozen=True)
class Rewrite:
    """New texts by path, what was made shorter, the originals of every marker by key, what is shown again, and which
    turns are left out as a whole."""

    texts: dict[Path, str] = field(default_factory=dict)
    compressed: list[Compressed] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)
    expanded: list[ExpansionRecommendation] = field(default_factory=list)
    left_out: LeftOut | None = None

    @classmethod
    def of(cls, changes: Iterable[Became], conversation: Conversation, left_out: LeftOut | None = None) -> Rewrite:
        """`changes` are those of its segments."""
        result, segments = cls(left_out=left_out), [segment for _, segment in conversation.segments()]
        if left_out is not None:
            result.originals[key_of(left_out.original)] = left_out.original
        for change in changes:
            segment = segments[change.number]
            result.texts[segment.path] = change.text
            for key, original in change.originals.items():
                result.originals[key] = segments[original].text if isinstance(original, int) else original
            result.expanded.extend(change.expanded)
            if change.compressed is not None:
                result.compressed.append(replace(change.compressed, path=segment.path, original=segment.text))
        return result


@dataclass(frozen=True, slots=True)
class Became:
    """What one segment became. It is known by its number, not by its path: a client may write the same message in
    another shape at the next turn. Nor does it hold the segment's own text, which comes back with every turn:
    `compressed` has neither, and in `originals` the number of a segment stands for its text."""

    number: int
    text: str
    compressed: Compressed | None = None
    originals: Mapping[str, str | int] = field(default_factory=dict)
    expanded: Sequence[ExpansionRecommendation] = ()

    @property
    def weight(self) -> int:
        """Bytes that it takes up, roughly."""
        return _CHANGE_WEIGHT + len(self.text) + sum(map(_weight, self.originals.values()))


def _weight(original: str | int) -> int:
    return 0 if isinstance(original, int) else len(original)


class Fold:
    """The state after some first part of a conversation, and what that part became.

    A later segment never changes what an earlier one became.
    """

    def __init__(self, settings: Settings, *, retrievable: bool) -> None:
        self.weight = 0
        """Bytes that the state takes up, roughly."""
        self._number = -1
        self._changes: list[Became] = []
        self._settings = settings
        self._retrievable = retrievable
        self._seen = Seen()
        self._sources = Sources()
        self._tracker = Tracker()
        self._pictures: dict[str, str] = {}
        self._user_text = ""

    def step(self, role: Role, segment: Segment) -> None:
        """Take in the next segment."""
        self._number += 1
        if segment.kind == "picture":
            self._show_picture(role, segment)
            return
        self.weight += len(segment.text) + _LINE_WEIGHT * (segment.text.count("\n") + 1)
        name = self._sources.name(role, segment)
        if segment.stub:
            if segment.stub != GONE:
                self._clear(name, segment)
            return
        texts, view = [("", segment.text)], None
        if segment.kind == "result":
            shown = show(segment, self._user_text, self._seen, self._settings, self._retrievable)
            if shown is not None:
                view = shown.view
                self._record(name, segment, shown)
            self._remember(segment, segment.text if shown is None else shown.text)
        elif segment.kind == "call":
            texts = named_texts(segment.call)
        elif role == "user":
            self._user_text = segment.text
            if self._settings.proactive_expansion:
                texts = [("", self._expanded(segment))]
        if "repeats" in self._settings.kinds:
            if segment.kind == "result":
                self._add(name, view if view is not None else lines_of(segment, self._settings))
                return
            for argument, text in texts:
                self._add(f"{argument} of {name}" if argument else name, read_lines(text, numbered=False))

    def changes(self, first: int = 0) -> list[Became]:
        """What the segments from the number `first` on became, of those that changed, in order."""
        return self._changes[bisect_left(self._changes, first, key=lambda change: change.number) :]

    def _add(self, name: str, lines: Lines) -> None:
        weight = self._seen.weight
        self._seen.add(name, lines)
        self.weight += self._seen.weight - weight

    def _show_picture(self, role: Role, segment: Segment) -> None:
        """A picture of a tool's that was shown before becomes a word that says where."""
        name = self._sources.name(role, segment)
        key = key_of(segment.text)
        first = self._pictures.get(key)
        if segment.stub:
            return
        if first is None:
            self._pictures[key] = name
        elif segment.call is not None and "repeats" in self._settings.kinds:
            self._changes.append(Became(self._number, f"[same as {first} above]"))

    def _clear(self, name: str, segment: Segment) -> None:
        """Nothing of it is in view, so nothing later may refer to it."""
        key = key_of(segment.text)
        tool = segment.call.name if segment.call is not None else ""
        total = segment.text.count("\n") + 1
        item = Compressed((), key, "", segment.stub, "cleared", tool, 0, total, "lines")
        self._changes.append(Became(self._number, segment.stub, item, {key: self._number}))
        self._track(name, segment, item, {key})

    def _record(self, name: str, segment: Segment, shown: Shown) -> None:
        key = key_of(segment.text)
        tool = segment.call.name if segment.call is not None else ""
        item = Compressed((), key, "", shown.text, shown.kind, tool, shown.kept, shown.total, shown.unit)
        originals = {key_of(text): self._number if text == segment.text else text for text in shown.originals}
        self._changes.append(Became(self._number, shown.text, item, originals))
        if shown.kept < shown.total and self._retrievable:
            self._track(name, segment, item, originals)

    def _track(self, name: str, segment: Segment, item: Compressed, keys: Iterable[str]) -> None:
        """It may be shown again: a part of it is not in view."""
        if self._settings.proactive_expansion:
            self._tracker.track(
                Tracked(
                    key=item.key,
                    number=self._number,
                    turn=self._tracker.turn,
                    kind=item.kind,
                    tool=item.tool,
                    query="\n".join(argument_texts(segment.call)),
                    source=name,
                    original=segment.text,
                    shown=item.text,
                    keys=frozenset(keys),
                )
            )

    def _remember(self, segment: Segment, text: str) -> None:
        """A tool's output is in view as `text`, so that it need not be shown again."""
        if not self._settings.proactive_expansion:
            return
        if segment.call is not None and is_retrieve_tool(segment.call.name):
            self._tracker.retrieved(parse(segment.call.arguments).key or "", text)
        else:
            self._tracker.see(key_of(segment.text), text)

    def _expanded(self, segment: Segment) -> str:
        """The user's text with the originals that it asks about behind it."""
        threshold, weight = self._settings.compress_cache.expansion_threshold, self._tracker.weight
        expansions = self._tracker.expand(segment.text, threshold)
        self.weight += self._tracker.weight - weight
        if not expansions:
            return segment.text
        text = "\n\n".join([segment.text, *(one.text for one in expansions)])
        originals = {one.recommendation.hash: one.number for one in expansions}
        self._changes.append(Became(self._number, text, None, originals, [one.recommendation for one in expansions]))
        return text
