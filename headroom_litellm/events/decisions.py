"""What handlers have decided, so that they decide it once."""

from __future__ import annotations

from sys import getsizeof
from typing import Final

from blake3 import blake3

from ..ccr.key import framed
from ..lru import Lru
from .answers import Answer, Replace
from .events import Question

__all__ = ["Decided", "Decisions", "digest_about", "digest_of"]

Decided = tuple[Answer | None]
"""An answer; None in it for "as it is"."""

_MOST: Final = 100_000
_MOST_BYTES: Final = 64 * 1024 * 1024
_ENTRY: Final = 300
"""Bytes that one takes up besides a text of its own, roughly."""


class Decisions:
    """Answers by the digest of the question that they are to."""

    def __init__(self) -> None:
        self._answers: Lru[bytes, Decided] = Lru(_MOST, max_weight=_MOST_BYTES, weigh=_weight)

    def known(self, digest: bytes) -> Decided | None:
        """None where there is none yet."""
        return self._answers.get(digest)

    def settle(self, digest: bytes, answer: Answer | None) -> Answer | None:
        """The answer that holds from now on: the first one, where several were given at the same time."""
        known = self._answers.get(digest)
        if known is None:
            known = (answer,)
            self._answers.put(digest, known)
        return known[0]


def digest_of(question: Question) -> bytes:
    return digest_about(type(question), question.about)


def digest_about(kind: type[Question], about: tuple[str, ...]) -> bytes:
    """Of all questions of a kind that are about the same."""
    return blake3(framed((kind.__name__, *about))).digest()


def _weight(decided: Decided) -> int:
    (answer,) = decided
    if answer is None:
        return _ENTRY
    return _ENTRY + getsizeof(answer.text if isinstance(answer, Replace) else answer.reason)
