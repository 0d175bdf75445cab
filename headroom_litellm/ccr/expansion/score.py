"""How surely a user's message asks for what is not in view of an original, 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ...relevance import in_lower_case
from .passages import Passages
from .question import Question, shapes_of
from .words import Words, atoms, places

__all__ = ["Item", "Scored", "View", "candidates", "score"]

_CANDIDATES: Final = 8
"""Originals that are searched for one message: those that have most of its words."""
_INDEXED: Final = 1_000_000
"""Characters of an original that are indexed, half of them from its end."""
_QUERY: Final = 2000
"""Characters of what the call asked that may name its output."""
_WEIGHT: Final = 4_000

_SHOWN_ELSEWHERE: Final = 0.3
"""What a term counts that another output shows."""
_TALK: Final = 0.4
"""What a common word that no original has, or that stands all over one, counts against a message."""
_HALF: Final = 1.5
"""Evidence at which half of the score is given: a common word, which is 1, may stand anywhere by chance."""
_SHAPE: Final = 2.0
"""What it counts to be called by the right word, such as `log`."""
_WRONG_SHAPE: Final = 0.25
"""What is left for an output that is called by a word for another kind."""
_IN_TEXT: Final = 0.7
"""What a term counts for calling an output by what stands in it, not in its call."""
_OLDER: Final = 0.85
"""Where an output is called for, the last one is meant before others."""


class Item:
    """What is known of an original: the words in it, and those by which it may be called."""

    def __init__(self, key: str, kind: str, called: str, original: str) -> None:
        text = original
        if len(original) > _INDEXED:
            text = f"{original[: _INDEXED // 2]}\n{original[-_INDEXED // 2 :]}"
        self.key = key
        self.words = Words(atoms(text))
        self.names = atoms(called[:_QUERY])
        self.shapes = shapes_of(kind)
        self.weight = _WEIGHT + 4 * len(self.words)
        """Bytes that it takes up, roughly."""

    def named(self, question: Question) -> Mapping[str, float]:
        """The terms by which it is called."""
        return {term: counts for term, counts in question.terms.items() if atoms(term) <= self.names}

    def shape(self, question: Question) -> float:
        return _SHAPE if question.shapes & self.shapes else 0.0


@dataclass(frozen=True, slots=True)
class Scored:
    """`question` is the one of the message that the original has most to do with. `called`: it is called for as such,
    not for what stands in it."""

    score: float
    called: bool
    question: Question
    passages: Passages


class View:
    """The outputs in view, by the keys of their originals."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self._texts = texts
        self._holders: dict[str, set[str]] = {}

    @cached_property
    def _lowered(self) -> list[tuple[str, str]]:
        return [(key, in_lower_case(text)) for key, text in self._texts]

    def shows(self, term: str, *, besides: str) -> bool:
        """Whether an output other than that with this key shows the term."""
        holders = self._holders.get(term)
        if holders is None:
            found = ((key, next(places(text, term), None)) for key, text in self._lowered)
            holders = self._holders[term] = {key for key, place in found if place is not None}
        return not holders <= {besides}


def candidates(items: Sequence[Item], questions: Sequence[Question]) -> list[Item]:
    """Those that have most of the words, rare ones above all; in their order where that is the same."""
    much = {item.key: max(one.wants * (len(item.named(one)) + item.shape(one)) for one in questions) for item in items}
    for term, counts in _terms(questions).items():
        having = [item.key for item in items if item.words.has_all_of(term)]
        for key in having:
            much[key] += counts / len(having)
    return sorted(items, key=lambda item: -much[item.key])[:_CANDIDATES]


def score(item: Item, passages: Passages, questions: Sequence[Question], view: View, items: Sequence[Item]) -> Scored:
    """`passages` are the item's, and `items` all that might be meant, the last one first."""
    elsewhere = set()
    for term in _terms(questions):
        if item.words.has_all_of(term):
            passages.look_for(term)
            if term in passages.rarity and view.shows(term, besides=item.key):
                elsewhere.add(term)
    scored = (_answer(item, passages, question, elsewhere, items) for question in questions)
    return max(scored, key=lambda one: one.score)


def _answer(item: Item, passages: Passages, question: Question, elsewhere: set[str], items: Sequence[Item]) -> Scored:
    def against(term: str, counts: float) -> float:
        if counts > 1:
            return counts
        rarity = passages.rarity.get(term)
        return max(_TALK, any(one.words.has_all_of(term) for one in items) if rarity is None else rarity)

    asked = sum(against(term, counts) for term, counts in question.terms.items())
    new = {term: counts * (_SHOWN_ELSEWHERE if term in elsewhere else 1) for term, counts in question.terms.items()}
    hidden = _sure(passages.evidence(new), asked)
    called = _called(item, question, asked, is_last=item is items[0])
    return Scored(1 - (1 - hidden) * (1 - called), called > hidden, question, passages)


def _called(item: Item, question: Question, asked: float, *, is_last: bool) -> float:
    """How surely the message calls for more of this output than single facts."""
    named, shape = item.named(question), item.shape(question)
    if question.any_shape and is_last and not question.terms:
        shape = _SHAPE
    elif question.any_shape and named:
        shape = max(shape, _SHAPE / 2)
    if not question.wants or not (named or shape):
        return 0.0
    in_text = (counts for term, counts in question.terms.items() if term not in named and item.words.has_all_of(term))
    sure = question.wants * _sure(sum(named.values()) + _IN_TEXT * sum(in_text) + shape, asked + shape)
    if item.shapes and question.shapes - item.names and not question.shapes & item.shapes:
        sure *= _WRONG_SHAPE
    return sure if is_last else sure * _OLDER


def _terms(questions: Sequence[Question]) -> dict[str, float]:
    return {term: counts for one in questions for term, counts in one.terms.items()}


def _sure(evidence: float, asked: float) -> float:
    """The share of what is asked for, less the less there is of it at all."""
    if evidence <= 0 or asked <= 0:
        return 0.0
    return min(1.0, evidence / asked) * evidence / (evidence + _HALF)
