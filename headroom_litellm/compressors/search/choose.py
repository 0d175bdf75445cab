"""Which matches to show where not all are: the best of every file first, then more of each in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...relevance import NAMED, rank
from .failures import failing
from .items import Items, items_of
from .matches import MATCH, Matches, Section
from .ordering import tier_of

__all__ = ["Choice", "choose"]

_FIRST_SHARE: Final = 0.6
_MUST_SHARE: Final = 0.4
_MAX_MUST: Final = 60
_NOTE: Final = 45
_HEADING: Final = 3
_ALONE: Final = 24
_MISSES: Final = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """keep:  the lines to show
    alike: for matches that are not shown but read like a shown one of their file but for numbers, that one
    """

    keep: set[int]
    alike: dict[int, int]


def choose(found: Matches, sections: Sequence[Section], query: str, budget: int) -> Choice:
    """The lines to show in about `budget` characters, with the paths above them and the notes on the rest."""
    items = items_of(found, sections)
    passages = items.passages()
    if query.isascii():
        # One wide character makes the text that they are joined to four times as big.
        passages = [each if each.isascii() else each.encode("ascii", "replace").decode() for each in passages]
    scores = rank(query, passages)
    order, shapes = items.order(scores)
    plan = _Plan(found, sections, items, budget)
    for k in _must(passages, scores):
        plan.add(k, _core(items, k), 1.0 if scores[k] >= NAMED else _MUST_SHARE)
    ranked = [sorted(each, key=order.__getitem__) if len(each) > 1 else each for each in items.by_section]
    first = [each[0] for number, each in enumerate(ranked) if number not in plan.opened]
    first.sort(key=lambda k: (tier_of(order[k]), -len(ranked[items.section[k]]), k))
    for k in first:
        plan.add(k, (items.lead[k],), _FIRST_SHARE)
    misses = 0
    for k in _in_turn(ranked):
        misses = 0 if plan.add(k, items.lines(k), 1.0) else misses + 1
        if misses > _MISSES or plan.spent >= budget:
            break
    plan.complete()
    return Choice(plan.keep, _alike(items, shapes, plan))


class _Plan:
    def __init__(self, found: Matches, sections: Sequence[Section], items: Items, budget: int) -> None:
        self._found, self._sections, self._items, self._budget = found, sections, items, budget
        self.keep: set[int] = set()
        self.opened: set[int] = set()
        self.spent = 0

    def add(self, k: int, lines: Sequence[int], share: float) -> bool:
        """Shows lines of an item if they are not shown yet and there is room in this share of the budget."""
        items = self._items
        cost = items.cost[k] if len(lines) == len(items.lines(k)) else sum([items.line_cost(i) for i in lines])
        section = items.section[k]
        if section not in self.opened:
            cost += len(self._found.paths[self._sections[section].file]) + _HEADING + _NOTE
        if self.spent + cost > self._budget * share or self.keep.issuperset(lines):
            return False
        self.keep.update(lines)
        self.opened.add(section)
        self.spent += cost
        return True

    def complete(self) -> None:
        """Shows the rest of a file where the note on it would be longer."""
        for number in self.opened:
            missing = [i for i in self._sections[number].records if i not in self.keep]
            if len(missing) <= _NOTE and sum([self._items.line_cost(i) for i in missing]) <= _NOTE:
                self.keep.update(missing)


def _core(items: Items, k: int) -> Sequence[int]:
    """The lines of an item that must be shown: all, but of very many those around the match."""
    lines, lead = items.lines(k), items.lead[k]
    return lines if len(lines) <= _ALONE else [i for i in lines if abs(i - lead) <= _ALONE // 3]


def _must(passages: Sequence[str], scores: Sequence[float]) -> list[int]:
    """What the query names, and failures where they are not what all matches are."""
    named = sorted([k for k, score in enumerate(scores) if score >= NAMED], key=lambda k: (-scores[k], k))
    return named[:_MAX_MUST] + failing(passages)[:_MAX_MUST]


def _in_turn(ranked: Sequence[Sequence[int]]) -> Iterator[int]:
    """The first of each, then the second of each, and so on."""
    turn = 0
    remaining = list(ranked)
    while remaining:
        for each in remaining:
            yield each[turn]
        turn += 1
        remaining = [each for each in remaining if len(each) > turn]


def _alike(items: Items, shapes: Sequence[bytes], plan: _Plan) -> dict[int, int]:
    found = items.found
    alike: dict[int, int] = {}
    for number in plan.opened:
        each = items.by_section[number]
        shown = {shapes[k]: items.lead[k] for k in reversed(each) if items.lead[k] in plan.keep}
        if len(shown) < len(each):
            for k in each:
                lead = items.lead[k]
                if lead not in plan.keep and shapes[k] in shown and found.kinds[lead] == MATCH:
                    alike[lead] = shown[shapes[k]]
    return alike
