"""The pipeline: a conversation in, new texts for some of its tool outputs out.

Pure: no litellm, no I/O, no clock. What an output becomes depends on the conversation up to it and the settings, and
on nothing else, so a provider's cached prefix stays valid from turn to turn. That is also why a history that comes
back longer is not folded again: the fold over its known part is taken up where it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from blake3 import blake3

from .budget import UNKNOWN, Epochs, ModelFacts
from .ccr.key import framed
from .conversation import Conversation, Segment, Turn
from .fold import Became, Fold, Rewrite
from .lru import Lru
from .settings import Settings

__all__ = ["Became", "Cancelled", "Rewrite", "Stretch", "carry_on", "known_turns", "remember", "rewrite", "stretch_of"]

_folds: Lru[bytes, Fold] = Lru(4096, max_weight=128 * 1024 * 1024, weigh=lambda fold: fold.weight)
"""Folds by the digest of what they have taken in. One is taken out while it is carried on: it belongs to one caller."""


class Cancelled(Exception):
    """The caller no longer wants the result."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A conversation from some turn on.

    digests:     of all that its fold depends on before the first of the turns, and then behind each
    before:      how many segments stand before it
    retrievable: whether anything in it may be put away
    """

    turns: Sequence[Turn]
    digests: Sequence[bytes]
    before: int
    retrievable: bool

    def after(self, turns: int) -> Stretch:
        """What follows so many of its turns."""
        before = self.before + sum(len(turn.segments) for turn in self.turns[:turns])
        return Stretch(self.turns[turns:], self.digests[turns:], before, self.retrievable)


def remember(settings: Settings) -> None:
    """Hold no more of what is known of conversations, in this process, than the settings say."""
    _folds.limit(settings.remembered_bytes // 2)


def rewrite(
    conversation: Conversation,
    settings: Settings,
    facts: ModelFacts = UNKNOWN,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Rewrite:
    """Decide what every tool output of the conversation becomes, sent to a model of which `facts` are known.

    Raises Cancelled at the end of the turn in which `cancelled()` turns true, and nothing else.
    """
    stretch = stretch_of(conversation, settings)
    epochs = Epochs(conversation, stretch.digests, settings, facts)
    while True:
        if epochs.conversation is not conversation:
            stretch = stretch_of(epochs.conversation, settings)
        changes = carry_on(stretch, settings, cancelled) or ()
        if not epochs.advance(changes):
            return Rewrite.of(changes, conversation, epochs.left_out)


def stretch_of(conversation: Conversation, settings: Settings) -> Stretch:
    """All of the conversation."""
    retrievable = conversation.retrievable and settings.compress_cache.enabled
    return Stretch(conversation.turns, _digests(conversation.turns, settings, retrievable), 0, retrievable)


def known_turns(stretch: Stretch) -> int:
    """How many of its first turns this process has a fold for."""
    return next((known for known in range(len(stretch.turns), 0, -1) if stretch.digests[known] in _folds), 0)


def carry_on(stretch: Stretch, settings: Settings, cancelled: Callable[[], bool]) -> list[Became] | None:
    """What changed in the stretch; None where something stands before it that this process does not know. Raises
    Cancelled as `rewrite` does."""
    known, fold = _resume(stretch.digests)
    if fold is None and stretch.before:
        return None
    fold = fold or Fold(settings, retrievable=stretch.retrievable)
    for number, turn in enumerate(stretch.turns[known:], known):
        if cancelled():
            # What is done stays done: a conversation too long for one deadline gets through at the next requests.
            _folds.put(stretch.digests[number], fold)
            raise Cancelled
        for segment in turn.segments:
            fold.step(turn.role, segment)
    changes = fold.changes(stretch.before)
    _folds.put(stretch.digests[-1], fold)
    return changes


def _resume(digests: Sequence[bytes]) -> tuple[int, Fold | None]:
    """How many turns the longest known fold has taken in, and the fold."""
    for known in range(len(digests) - 1, -1, -1):
        fold = _folds.pop(digests[known])
        if fold is not None:
            return known, fold
    return 0, None


def _digests(turns: tuple[Turn, ...], settings: Settings, retrievable: bool) -> list[bytes]:
    """For every number of turns from 0 on, what a fold over so many depends on."""
    hasher = blake3(f"{settings.fingerprint}{retrievable}".encode())
    digests = [hasher.digest()]
    for turn in turns:
        told = framed(part for segment in turn.segments for part in _told(segment))
        hasher.update(turn.role.encode() + told)
        digests.append(hasher.digest())
    return digests


def _told(segment: Segment) -> tuple[str, ...]:
    call = segment.call
    kind = f"{segment.kind} {segment.is_error} {segment.untouched} {call is not None}"
    said = (segment.text, segment.stub) if segment.stub else (segment.text,)
    return (kind, *said) if call is None else (kind, call.id, call.name, call.arguments, *said)
