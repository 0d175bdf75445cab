"""ContextTracker: which originals a conversation has put away, and which of them a user's message asks about.

A function of the prefix, like all that rewrites a request: the same message leads to the same expansions at every
later turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..relevance import query_terms
from .retrieve import Request, select

__all__ = ["ExpansionRecommendation", "Tracked", "Tracker"]

_MOST: Final = 2
"""Expansions behind one message."""
_LARGEST: Final = 8000
"""Characters of one expansion; of a longer original only the passages about the message are shown."""
_IDENTIFIER: Final = 3.0
"""What an identifier counts against a common word."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """An output of which a part is not in view: `source` names the call that gave it."""

    key: str
    source: str
    original: str
    shown: str


@dataclass(frozen=True, slots=True)
class ExpansionRecommendation:
    """An original to show again. `score` is 0..1: the weighted share of the message's terms that stand in the part
    of it that is not in view."""

    tracked: Tracked
    score: float
    reason: str

    def block(self, message: str) -> str:
        """The expansion as it stands behind the message. Its end names the original's hash, which no original can
        hold, so nothing in it can break out."""
        whole = len(self.tracked.original) <= _LARGEST
        part = select(self.tracked.original, Request(self.tracked.key, query="" if whole else message))[:_LARGEST]
        key = self.tracked.key
        head = f"<expanded hash={key}> {self.tracked.source}, shown again for this message:"
        return f"{head}\n{part}\n</expanded hash={key}>"


class Tracker:
    def __init__(self) -> None:
        self._tracked: dict[str, Tracked] = {}

    def track(self, tracked: Tracked) -> None:
        self._tracked[tracked.key] = tracked

    def recommend(self, message: str, threshold: float) -> list[ExpansionRecommendation]:
        """The at most two originals that the message asks about most, with a score of at least `threshold`; each is
        recommended once in a conversation."""
        terms = {term: _IDENTIFIER if named else 1.0 for term, named in query_terms(message).items()}
        scored = [self._score(tracked, terms) for tracked in self._tracked.values()] if terms else []
        best = sorted((one for one in scored if one.score >= threshold), key=lambda one: -one.score)[:_MOST]
        for one in best:
            del self._tracked[one.tracked.key]
        return best

    def _score(self, tracked: Tracked, terms: dict[str, float]) -> ExpansionRecommendation:
        hidden = [term for term in terms if _holds(tracked.original, term) and not _holds(tracked.shown, term)]
        score = sum(terms[term] for term in hidden) / sum(terms.values())
        return ExpansionRecommendation(
            tracked, score, f"{len(hidden)} of {len(terms)} terms stand in what is not shown"
        )


def _holds(text: str, term: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(term)}(?![^\W_])", text, re.IGNORECASE) is not None
