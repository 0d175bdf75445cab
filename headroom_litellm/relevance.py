"""How much a passage has to do with a query: BM25 over words and identifiers, with rare identifiers on top.

Shared by the compressors, which keep what the reader is after, and by retrieval, which finds it again. Only the words
of the query are counted, so ranking costs little more than looking for each of them in the text once.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

__all__ = ["NAMED", "in_lower_case", "is_identifier", "query_terms", "rank", "tokenize"]

NAMED = 100.0
"""A passage with at least this score holds an identifier that the query names and that few passages hold."""

_MAX_QUERY_CHARS = 4_000
_MAX_TERMS = 64
_K1, _B = 1.2, 0.75
_CHUNK = 1 << 16
"""Characters that are put in lower case at once: outside ASCII that takes twelve bytes a character meanwhile."""

_WORD = re.compile(r"[^\W_](?:[\w./@-]*\w)?|_+\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_MIXED = re.compile(r"[0-9_./@-]|[a-z][A-Z]")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_SPACE_FREE_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """a about after all also an and any are as at be because been but by can could did do does for from
        get give had has have he her here his how i if in into is it its just know let like look main make
        matter matters may me more most my need no not now of on one only or other our out over please say
        says see she should show so some such tell than that the their them then there these they thing this
        those to too up us use was we were what when where which while who why will with would you your""",
    )
)


def tokenize(text: str) -> list[str]:
    """The words of `text` in lower case; an identifier such as `src/userName.py` stands whole and then in its parts."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found.append(word.lower())
        if _MIXED.search(word):
            parts = _PART.findall(word)
            if len(parts) > 1:
                found.extend(part.lower() for part in parts)
    for run in _NO_SPACES.findall(text):
        found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def in_lower_case(text: str) -> str:
    """The text in lower case, in little more memory than that takes."""
    if text.isascii() or len(text) <= _CHUNK:
        return text.lower()
    parts = []
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + _CHUNK) + 1 or start + _CHUNK
        parts.append(text[start:end].lower())
        start = end
    return "".join(parts)


def is_identifier(word: str) -> bool:
    """Does the word look like a name or an id (digits, `_./-`, camelCase, capitals) rather than prose?"""
    return len(word) >= 3 and (_MIXED.search(word) is not None or (len(word) >= 4 and word.isupper()))


def query_terms(query: str) -> dict[str, bool]:
    """The distinct terms of a query, in order, each with whether it is an identifier in full. At most 64 of them,
    identifiers first, from the first 4,000 characters."""
    query = query[:_MAX_QUERY_CHARS]
    whole = {word.lower(): is_identifier(word) for word in _WORD.findall(query)}
    terms = {term: True for term, named in whole.items() if named}
    for term in tokenize(query):
        if term not in terms and term not in _STOP and len(term) > 1:
            terms[term] = False
    return dict(list(terms.items())[:_MAX_TERMS])


def rank(query: str, passages: Sequence[str]) -> list[float]:
    """One score a passage, 0.0 where no term of the query occurs; `NAMED` and above where an identifier of the query
    that at most a twentieth of the passages hold (or three of them) occurs in full."""
    scores = [0.0] * len(passages)
    terms = query_terms(query)
    if not terms or not passages:
        return scores
    text = _Text(passages)
    total = len(passages)
    rare = max(3, total // 20)
    for term, identifier in terms.items():
        counts = text.count(term)
        weight = math.log(1 + (total - len(counts) + 0.5) / (len(counts) + 0.5))
        bonus = NAMED if identifier and 0 < len(counts) <= rare else 0.0
        for i, count in counts.items():
            length = 1 - _B + _B * text.length(i) / text.mean
            scores[i] += bonus + weight * count * (_K1 + 1) / (count + _K1 * length)
    return scores


class _Text:
    """Passages joined to one text, so that a term is looked for in all of them at once."""

    def __init__(self, passages: Sequence[str]) -> None:
        text = "\n".join(passages)
        lowered = in_lower_case(text)
        if len(lowered) != len(text):
            passages = [passage.lower() for passage in passages]
            text = lowered = "\n".join(passages)
        self._lowered = lowered
        self._text = lowered if lowered == text else text
        self._starts = array("q", accumulate((len(passage) + 1 for passage in passages), initial=0))
        self.mean = max(1.0, len(text) / len(passages))

    def length(self, i: int) -> int:
        return self._starts[i + 1] - self._starts[i] - 1

    def count(self, term: str) -> dict[int, int]:
        """How often each passage has the term as a word of its own, or as a part of a camelCase word."""
        counts: dict[int, int] = {}
        position = self._lowered.find(term)
        while position >= 0:
            if self._is_word(position, position + len(term)):
                i = bisect_right(self._starts, position) - 1
                counts[i] = counts.get(i, 0) + 1
            position = self._lowered.find(term, position + len(term))
        return counts

    def _is_word(self, start: int, end: int) -> bool:
        text = self._text
        before, after = text[start - 1 : start], text[end : end + 1]
        if _SPACE_FREE_SCRIPT.match(text, start):
            return True
        starts = not before.isalnum() or (text[start].isupper() and not before.isupper())
        ends = not after.isalnum() or (after.isupper() and not text[end - 1].isupper())
        return starts and ends
