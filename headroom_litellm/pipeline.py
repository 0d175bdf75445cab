"""The pipeline: a conversation in, new texts for some of its tool outputs out.

Pure: no litellm, no I/O, no clock. What an output becomes depends on the conversation up to it and the settings, and
on nothing else, so a provider's cached prefix stays valid from turn to turn. That is also why a history that comes
back longer is not folded again: the fold over its known part is taken up where it ended.
"""

from __future__ import annotations

from collections.abc import Callable

from blake3 import blake3

from .ccr.key import encode
from .conversation import Conversation, Turn
from .fold import Compressed, Fold, Rewrite
from .lru import Lru
from .settings import Settings

__all__ = ["Cancelled", "Compressed", "Rewrite", "rewrite"]

_folds: Lru[bytes, Fold] = Lru(1024, max_weight=128 * 1024 * 1024, weigh=lambda fold: fold.weight)
"""Folds by the digest of what they have taken in. One is taken out while it is carried on: it belongs to one caller."""


class Cancelled(Exception):
    """The caller no longer wants the result."""


def rewrite(
    conversation: Conversation, settings: Settings, *, cancelled: Callable[[], bool] = lambda: False
) -> Rewrite:
    """Decide what every tool output of the conversation becomes.

    Raises Cancelled at the end of the turn in which `cancelled()` turns true, and nothing else.
    """
    retrievable = conversation.retrievable and settings.compress_cache.enabled
    turns = conversation.turns
    digests = _digests(turns, settings, retrievable)
    known, fold = _resume(digests)
    if fold is None:
        fold = Fold(settings, retrievable=retrievable)
    for number, turn in enumerate(turns[known:], known):
        if cancelled():
            # What is done stays done: a conversation too long for one deadline gets through at the next requests.
            _folds.put(digests[number], fold)
            raise Cancelled
        for segment in turn.segments:
            fold.step(turn.role, segment)
    result = fold.result([segment.path for _, segment in conversation.segments()])
    _folds.put(digests[-1], fold)
    return result


def _resume(digests: list[bytes]) -> tuple[int, Fold | None]:
    """How many turns the longest known fold has taken in, and the fold."""
    for known in range(len(digests) - 1, 0, -1):
        fold = _folds.pop(digests[known])
        if fold is not None:
            return known, fold
    return 0, None


def _digests(turns: tuple[Turn, ...], settings: Settings, retrievable: bool) -> list[bytes]:
    """For every number of turns from 0 on, what a fold over so many depends on."""
    hasher = blake3(f"{settings.fingerprint}{retrievable}".encode())
    digests = [hasher.digest()]
    for turn in turns:
        hasher.update(turn.role.encode())
        for segment in turn.segments:
            call = segment.call
            context = (segment.kind, segment.is_error, call and (call.name, call.arguments))
            # Each part with its length, so that no two conversations are told in the same bytes.
            for part in (encode(repr(context)), encode(segment.text)):
                hasher.update(len(part).to_bytes(8, "big"))
                hasher.update(part)
        digests.append(hasher.digest())
    return digests
