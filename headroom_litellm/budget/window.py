"""A window event: the prompt nears the model's context window, and what is worth least makes room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

from ..conversation import Turn
from ..relevance import query_terms
from .cleared import NOTHING, STUB_TOKENS, Cleared, stub_of
from .held import Held, task_of
from .rounds import ends_of_rounds

__all__ = ["to_make_room"]

_TIERS: Final = {"result": 0, "call": 1, "text": 2}
_RECENT: Final = 3
"""Answers of the model whose calls and outputs are cleared after all others."""
_TASK: Final = 2000
"""Characters of the user's last text by which the task is told."""


def to_make_room(
    candidates: Iterable[Held], sizes: Sequence[int], excess: int, bearable: int, turns: Sequence[Turn]
) -> Cleared:
    """What makes these turns shorter by at least `excess` tokens, as far as there is anything to clear. `sizes`: tokens
    of each segment as it is shown.

    First old outputs, those that are worth least before the others, and then the arguments of old calls. Only where
    these leave more than the `bearable` part of the excess there: what the model and the user said long ago, then the
    oldest rounds as a whole, then what is recent. What the user said first and last stays.
    """
    recent, last = _since(turns, _RECENT), _since(turns, 1)
    latest = max((at for at, turn in enumerate(turns) if _is_said_by_user(turn)), default=-1)
    terms = query_terms(" ".join(segment.text for segment in turns[latest].segments)[:_TASK]) if latest >= 0 else {}

    def order(one: Held) -> tuple[int, int, float, int]:
        age = (one.turn >= recent) + (one.turn >= last)
        return age, _TIERS[one.segment.kind], _worth(one, terms, len(turns)), one.number

    ordered = sorted((one for one in candidates if one.turn != latest), key=order)
    old = [one for one in ordered if one.turn < recent]
    cleared = _stubs((one for one in old if one.segment.kind != "text"), sizes, excess)
    if excess - cleared.gain <= bearable:
        return cleared
    cleared = cleared.and_also(_stubs((one for one in old if one.segment.kind == "text"), sizes, excess - cleared.gain))
    if cleared.gain < excess:
        until = min(recent, latest) if latest > task_of(turns) else recent
        cleared = cleared.and_also(_oldest_rounds(turns, until, cleared.over(sizes), excess - cleared.gain))
    if cleared.gain < excess:
        rest = (one for one in ordered if one.turn >= recent)
        cleared = cleared.and_also(_stubs(rest, sizes, excess - cleared.gain))
    return cleared


def _stubs(candidates: Iterable[Held], sizes: Sequence[int], excess: int) -> Cleared:
    """Stubs for the first of these that make so much room."""
    stubs: dict[int, str] = {}
    gained = 0
    for one in candidates:
        if gained >= excess:
            break
        gain = sizes[one.number] - STUB_TOKENS
        if gain > 0 and (stub := stub_of(one.segment)):
            stubs[one.number] = stub
            gained += gain
    return Cleared(stubs, gain=gained)


def _oldest_rounds(turns: Sequence[Turn], until: int, sizes: Sequence[int], excess: int) -> Cleared:
    """The oldest rounds that take up so much; all up to the turn `until` where these are not enough."""
    first = task_of(turns) + 1
    before = list(accumulate(sizes, initial=0))
    starts = list(accumulate((len(turn.segments) for turn in turns), initial=0))
    found = NOTHING
    for end in ends_of_rounds(turns, first):
        if end > until:
            break
        gain = before[starts[end]] - before[starts[first]] - STUB_TOKENS
        if gain > found.gain:
            found = Cleared({}, until=end, gain=gain)
        if gain >= excess:
            break
    return found


def _worth(one: Held, terms: Mapping[str, bool], turns: int) -> float:
    """What speaks for keeping it: that it was used lately, that it is about the task, that it reports a failure or was
    asked for. Nothing does where the same was shown since."""
    if one.superseded:
        return 0.0
    recency = 1 / (1 + turns - one.used)
    text = one.segment.text.lower() if terms else ""
    relevance = sum(term in text for term in terms) / len(terms) if terms else 0.0
    return 0.01 + recency + 0.5 * relevance + (0.5 if one.telling else 0.0)


def _since(turns: Sequence[Turn], answers: int) -> int:
    """The turn of the last but so many answers of the model."""
    said = [at for at, turn in enumerate(turns) if turn.role == "assistant"]
    return said[-answers] if len(said) >= answers else 0


def _is_said_by_user(turn: Turn) -> bool:
    return turn.role == "user" and any(segment.kind == "text" for segment in turn.segments)
