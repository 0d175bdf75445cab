"""ContextTracker: which originals a conversation has put away, and which of them a user's message asks about.

A function of the prefix, like all that rewrites a request: the same message leads to the same expansions at every
later turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from .. import tokens
from .expansion.block import written
from .expansion.passages import Passages
from .expansion.question import questions_of
from .expansion.score import Item, Scored, View, candidates, score

__all__ = ["Expansion", "ExpansionRecommendation", "Tracked", "Tracker"]

_MOST: Final = 2
"""Expansions behind one message."""
_LARGEST: Final = 8000
"""Characters of one expansion."""
_SMALL: Final = 2000
"""Characters up to which all of an original is shown for a single fact."""
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Tracked:
    """An output of which a part is not in view.

    key, keys: the key of all of it, and those that its markers name
    number:    that of its segment in the conversation
    turn:      how many of the user's messages stand before it
    kind:      in which way it was made shorter
    query:     what the call asked
    source:    names the call, as a reader finds it
    shown:     all of it that is in view, where it stands or where it was retrieved
    retrieved: the model has asked for a part of it
    """

    key: str
    number: int
    turn: int
    kind: str
    tool: str
    query: str
    source: str
    original: str
    shown: str
    keys: frozenset[str] = frozenset()
    retrieved: bool = False

    @property
    def characters(self) -> int:
        return len(self.original)

    @property
    def lines(self) -> int:
        return self.original.count("\n") + 1

    @property
    def tokens(self) -> int:
        return tokens.count(self.original, key=self.key)


@dataclass(frozen=True, slots=True)
class ExpansionRecommendation:
    """An original to show again. `score` is 0..1: how surely the message asks for what is not in view of it."""

    hash: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """`text` stands behind the message; `number` is that of the original's segment."""

    recommendation: ExpansionRecommendation
    number: int
    text: str


class Tracker:
    def __init__(self) -> None:
        self.weight = 0
        """Bytes that the indexes take up, roughly."""
        self.turn = 0
        """How many messages of the user's there were."""
        self._tracked: dict[str, Tracked] = {}
        self._items: dict[str, Item] = {}
        self._in_view: list[tuple[str, str]] = []
        self._expanded: set[str] = set()

    @property
    def tracked(self) -> tuple[Tracked, ...]:
        """What may be shown again, in order."""
        return tuple(self._tracked.values())

    def track(self, tracked: Tracked) -> None:
        """From now on, a part of it is not in view."""
        self._drop(tracked.key)
        if tracked.key not in self._expanded:
            self._tracked[tracked.key] = tracked

    def see(self, key: str, text: str) -> None:
        """The tool output with that key is in view as `text`."""
        self._in_view.append((key, text))

    def retrieved(self, key: str, text: str) -> None:
        """The model has asked for the original with that key, and got `text`, which is in view."""
        for tracked in self.tracked:
            if key == tracked.key or key in tracked.keys:
                self.see(tracked.key, text)
                if text == tracked.original:
                    self._drop(tracked.key)
                else:
                    shown = f"{tracked.shown}\n{text}"
                    self._tracked[tracked.key] = replace(tracked, shown=shown, retrieved=True)

    def recommend(self, message: str, threshold: float) -> list[ExpansionRecommendation]:
        """The at most two originals that the message asks about most surely, with a score of at least `threshold`."""
        return [_recommendation(tracked, scored) for tracked, scored in self._best(message, threshold)]

    def expand(self, message: str, threshold: float) -> list[Expansion]:
        """What is to stand behind the user's next message; each original does once in a conversation."""
        expansions = []
        for tracked, scored in self._best(message, threshold):
            text = written(tracked.key, f"{tracked.source} ({tracked.lines} lines)", _part(tracked.original, scored))
            expansions.append(Expansion(_recommendation(tracked, scored), tracked.number, text))
            self._expanded.add(tracked.key)
            self._drop(tracked.key)
            self.see(tracked.key, text)
        self.turn += 1
        return expansions

    def _best(self, message: str, threshold: float) -> list[tuple[Tracked, Scored]]:
        questions = questions_of(message)
        if not self._tracked or not questions:
            return []
        items, view = self._indexed(), View(self._in_view)
        found = []
        for item in candidates(items, questions):
            tracked = self._tracked[item.key]
            scored = score(item, Passages(tracked.original, tracked.shown), questions, view, items)
            if scored.score >= max(threshold, _LEAST):
                found.append((tracked, scored))
        return sorted(found, key=lambda one: -one[1].score)[:_MOST]

    def _indexed(self) -> list[Item]:
        """The last one first. Indexes are made when first asked: in an agent's loop no message may ever ask."""
        for key, tracked in self._tracked.items():
            if key not in self._items:
                item = Item(key, tracked.kind, f"{tracked.tool}\n{tracked.query}", tracked.original)
                self._items[key] = item
                self.weight += item.weight
        return [self._items[key] for key in reversed(self._tracked)]

    def _drop(self, key: str) -> None:
        self._tracked.pop(key, None)
        if (item := self._items.pop(key, None)) is not None:
            self.weight -= item.weight


def _recommendation(tracked: Tracked, scored: Scored) -> ExpansionRecommendation:
    reason = "the message asks for more of it" if scored.called else "the message names what is not in view of it"
    return ExpansionRecommendation(tracked.key, scored.score, reason)


def _part(original: str, scored: Scored) -> str:
    """All of it where there is room, else what the message is about, else its beginning."""
    if len(original) <= (_LARGEST if scored.called else _SMALL):
        return original
    return scored.passages.extract(scored.question.terms, _LARGEST) or scored.passages.beginning(_LARGEST)
