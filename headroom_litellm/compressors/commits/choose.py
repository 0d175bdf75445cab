"""Which commits of a long log are shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ...relevance import NAMED
from .parse import Commit

__all__ = ["choose", "is_dull"]

_LAST: Final = 5
_OFTEN: Final = 4
_SHORT: Final = 60
"""A gap of one commit is filled if the commit is this short: the note would be little shorter."""
_FILLED: Final = 0.2
"""The part of the budget that may go to this beyond it."""
_MAX_NAMED: Final = 60
_TELLING: Final = (
    "revert",
    "security",
    "cve-",
    "breaking",
    "regression",
    "vulnerab",
    "release",
    "hotfix",
    "deprecat",
    "crash",
    "data loss",
    "deadlock",
    "tag: ",
)
_DULL: Final = re.compile(
    r"Merge (?:pull request|branch|remote-tracking|tag|commit|')|[Uu]pdate dependenc|\[pre-commit\.ci\]"
    r"|(?:(?:build|chore|ci|fix)\(deps[^)]{0,20}\): )?[Bb]ump \S"
)
_RECENT, _TELLING_SHARE, _RELEVANT = 0.4, 0.2, 0.2


def is_dull(commit: Commit) -> bool:
    """A merge or an update of a dependency: one is as the other."""
    return _DULL.match(commit.subject) is not None or "[bot]" in commit.fields.get("Author", "")


def choose(commits: Sequence[Commit], scores: Sequence[float], costs: Sequence[int], budget: int) -> set[int]:
    """The numbers of the commits for which there is room, by their relevance and what each takes: those that the query
    names, the last ones, the first ones, those whose subject tells of something out of the ordinary, and some at even
    distances."""
    if sum(costs) <= budget:
        return set(range(len(commits)))
    best = max(scores, default=0.0)
    named = [i for i, score in enumerate(scores) if score >= NAMED]
    chosen: set[int] = set()

    def take(wanted: Sequence[int], limit: float) -> None:
        nonlocal budget
        room = min(budget, limit)
        for i in wanted:
            if i not in chosen and costs[i] <= room:
                chosen.add(i)
                room -= costs[i]
                budget -= costs[i]

    whole = budget
    take(sorted(named, key=lambda i: (-scores[i], i))[:_MAX_NAMED], whole / 2)
    take(range(max(0, len(commits) - _LAST), len(commits)), whole)
    relevant = sorted((i for i, score in enumerate(scores) if score > best / 3), key=lambda i: (-scores[i], i))
    take(relevant, whole * _RELEVANT)
    take(_telling(commits), whole * _TELLING_SHARE)
    subjects = Counter(commit.subject for commit in commits)
    lively = [i for i, commit in enumerate(commits) if subjects[commit.subject] <= _OFTEN and not is_dull(commit)]
    take(lively, whole * _RECENT)
    rest = [i for i in lively if i not in chosen] or [i for i in range(len(commits)) if i not in chosen]
    mean = sum(costs[i] for i in rest) / len(rest) if rest else 1
    count = min(len(rest), int(budget / mean))
    take([rest[len(rest) * k // count] for k in range(count)], budget)
    take(rest, budget)
    single = [i for i, cost in enumerate(costs) if cost <= _SHORT and {i - 1, i + 1} <= chosen]
    budget = int(whole * _FILLED)
    take(single, budget)
    return chosen


def _telling(commits: Sequence[Commit]) -> list[int]:
    """The commits whose subject or tags hold one of the telling words."""
    lowered = [f"{commit.after} {commit.subject}".lower() for commit in commits]
    whole = "\n".join(lowered)
    words = [word for word in _TELLING if word in whole]
    return [i for i, text in enumerate(lowered) if any(map(text.__contains__, words))]
