"""A stale event: what is no longer used has piled up so that not reading it again pays for writing the rest anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..conversation import Turn
from ..settings import Budget
from .cleared import NOTHING, Cleared, stubs_of
from .facts import ModelFacts
from .held import Held, held

__all__ = ["pays", "stale"]

_LEAST: Final = 0.1
"""Share of a prompt that is worth an event, whatever it pays: what is cleared may be asked for again."""


def stale(turns: Sequence[Turn], sizes: Sequence[int], budget: Budget, facts: ModelFacts) -> Cleared:
    """What is stale in these turns; nothing unless clearing all of it pays. `sizes`: tokens of each segment as it is
    shown. Looked for once in so many answers as it takes to become stale."""
    answers = sum(turn.role == "assistant" for turn in turns)
    if turns[-1].role == "assistant" or not answers or answers % budget.stale_after:
        return NOTHING
    unused = (one for one in held(turns) if _is_stale(one, turns, budget.stale_after))
    cleared, _ = stubs_of(unused, sizes, sum(sizes))
    size = sum(len(turn.segments) for turn in turns)
    if not cleared.stubs or cleared.gain < _LEAST * sum(sizes[:size]):
        return NOTHING
    behind = sum(sizes[min(cleared.stubs) : size])
    return cleared if pays(cleared.gain, behind, budget.expected_turns, facts) else NOTHING


def pays(cleared: int, behind: int, turns: float, facts: ModelFacts) -> bool:
    """Whether taking `cleared` tokens out of the last `behind` ones costs less than leaving them there for so many more
    turns: what is left of them is written anew once, and each later turn reads less."""
    rewrite = (behind - cleared) * facts.write - behind * facts.read
    return cleared * facts.read * turns > rewrite


def _is_stale(one: Held, turns: Sequence[Turn], after: int) -> bool:
    if one.segment.kind != "result" or one.telling:
        return False
    return one.superseded or sum(turn.role == "assistant" for turn in turns[one.used + 1 :]) >= after
