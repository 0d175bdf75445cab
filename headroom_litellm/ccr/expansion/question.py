"""What a user's message asks for, as far as its words tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...relevance import query_terms
from .words import TIME

__all__ = ["Question", "questions_of", "shapes_of"]

_READ: Final = 4_000
"""Characters of a message that are looked at."""
_SENTENCES: Final = 6
"""Of a longer message, so many sentences at its beginning and at its end are looked at: those between tell a task."""
_IDENTIFIER: Final = 3.0
"""What an identifier counts against a common word."""

_TERMS: Final = 64
"""Of all sentences together."""
_END: Final = re.compile(r"(?<=[.?!:;])\s+|\n+")
_QUOTED: Final = re.compile(r"[\"“`]([\w][^\"“”`\n]{4,200}[\w])[\"”`]")
"""Words that are quoted as they stood."""
_WORD: Final = re.compile(r"[a-z]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WHOLE: Final = _words(
    "full whole entire complete everything rest remaining raw original unabridged untruncated omitted hidden"
)
_MOST: Final = _words(
    """biggest largest greatest highest most longest slowest worst top peak maximum max smallest lowest least shortest
    fastest minimum min oldest newest earliest"""
)
_ALL: Final = _words("all each every many total count sum average mean median")
_WANTS: Final = ((_WHOLE, 1.0), (_MOST, 0.8), (_ALL, 0.6))
"""Words that ask for more than single facts, and how surely."""

_ANY_SHAPE: Final = _words("output outputs result results response content contents")
_ROWS: Final = _words("row rows record records table list data column columns field fields value values entry entries")
_PAGE: Final = _words("document doc page article section chapter")
_SHAPES: Final[Mapping[str, frozenset[str]]] = {
    "log": _words("log logs trace traceback"),
    "listing": _words("listing listings directory directories folder folders"),
    "json": _ROWS | {"json"},
    "table": _ROWS | {"csv"},
    "records": _ROWS,
    "diff": _words("diff diffs patch patches change changes hunk hunks"),
    "commits": _words("commit commits history log"),
    "search": _words("match matches hit hits occurrence occurrences search grep"),
    "code": _words("code source file class function"),
    "text": _PAGE,
    "html": _PAGE | {"html"},
}
"""What people call an output of each kind."""
_NAMES: Final = frozenset().union(*_SHAPES.values())
_TALK: Final = _words("again call command display give list open print see tool view")
"""Words with which an output is asked for, whichever it is."""
_UNSPECIFIC: Final = _WHOLE | _MOST | _ALL | _ANY_SHAPE


@dataclass(frozen=True, slots=True)
class Question:
    """terms:  what it names, each with what it counts
    wants:  how much it asks for more than single facts, 0 to 1
    shapes: the words for a kind of output in it
    any_shape: it speaks of an output of whatever kind
    """

    terms: Mapping[str, float]
    wants: float
    shapes: frozenset[str]
    any_shape: bool


def questions_of(message: str) -> list[Question]:
    """What each of its sentences asks for, those that ask for something: one may ask, and the others just talk."""
    sentences = _END.split(message[:_READ])
    if len(sentences) > 2 * _SENTENCES:
        sentences = [*sentences[:_SENTENCES], *sentences[-_SENTENCES:]]
    questions, room = [], _TERMS
    for question in map(_question, sentences):
        room -= len(question.terms)
        if room >= 0 and (question.terms or (question.wants and (question.any_shape or question.shapes))):
            questions.append(question)
    return questions


def _question(sentence: str) -> Question:
    words = frozenset(_WORD.findall(sentence.lower()))
    found = query_terms(TIME.sub(" ", sentence))
    names = [term for term, named in found.items() if named]
    exact = [" ".join(quoted.lower().split()) for quoted in _QUOTED.findall(sentence)]
    terms = dict.fromkeys([*exact, *TIME.findall(sentence), *names], _IDENTIFIER)
    unspecific = _UNSPECIFIC | _NAMES | _TALK if words & _WHOLE else _UNSPECIFIC
    for term in found:
        if term not in unspecific and not any(term in name for name in names):
            terms[term] = 1.0
    wants = max((how for asking, how in _WANTS if words & asking), default=0.0)
    return Question(terms, wants, words & _NAMES, bool(words & _ANY_SHAPE))


def shapes_of(kind: str) -> frozenset[str]:
    """What people call an output that was compressed in this way."""
    return frozenset().union(*(_SHAPES.get(part, frozenset()) for part in kind.split("+")))
