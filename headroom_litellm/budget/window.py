"""A window event: the prompt nears the model's context window, and what is worth least makes room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

from ..conversation import Turn
from ..relevance import query_terms
from .cleared import NOTHING, Cleared, stubs_of
from .held import Held, task_of
from .rounds import ends_of_rounds, kept_of

__all__ = ["NOTE", "to_make_room"]

NOTE: Final = 60
"""Tokens of the note in the place of rounds that are left out."""
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
    words, beside = _last_words(turns)
    said = max(words, beside)
    terms = query_terms(" ".join(segment.text for segment in turns[said].segments)[:_TASK]) if said >= 0 else {}

    def order(one: Held) -> tuple[int, int, float, int]:
        age = (one.turn >= recent) + (one.turn >= last)
        return age, _TIERS[one.segment.kind], _worth(one, terms, len(turns)), one.number

    spared = (one for one in candidates if one.segment.kind != "text" or one.turn not in (words, beside))
    ordered = sorted(spared, key=order)
    old = [one for one in ordered if one.turn < recent]
    cleared, sizes = stubs_of((one for one in old if one.segment.kind != "text"), sizes, excess)
    if excess - cleared.gain <= bearable:
        return cleared
    said_long_ago, sizes = stubs_of((one for one in old if one.segment.kind == "text"), sizes, excess - cleared.gain)
    cleared = cleared.and_also(said_long_ago)
    if cleared.gain < excess:
        cleared = cleared.and_also(_oldest_rounds(turns, recent, words, sizes, excess - cleared.gain))
    if cleared.gain < excess:
        late, _ = stubs_of((one for one in ordered if one.turn >= recent), sizes, excess - cleared.gain)
        cleared = cleared.and_also(late)
    return cleared


def _oldest_rounds(turns: Sequence[Turn], until: int, words: int, sizes: Sequence[int], excess: int) -> Cleared:
    """The oldest rounds that take up so much; all up to the turn `until` where these are not enough."""
    first = task_of(turns) + 1
    numbers = iter(sizes)
    weights = [sum(next(numbers) for _ in turn.segments) for turn in turns]
    for at in kept_of(turns, first, max(first, until), words):
        weights[at] = 0
    before = list(accumulate(weights, initial=0))
    ends = [end for end in ends_of_rounds(turns, first) if end <= until]
    # A model that thinks wants its thinking at the head of what it goes on from.
    for wanted in ([end for end in ends if turns[end].thinks], ends):
        found = NOTHING
        for end in wanted:
            gain = before[end] - before[first] - NOTE
            if gain > found.gain:
                found = Cleared({}, end, words if first <= words < end else 0, gain)
            if gain >= excess:
                break
        if found.gain:
            return found
    return NOTHING


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


def _last_words(turns: Sequence[Turn]) -> tuple[int, int]:
    """The last turn in which the user says something, alone and beside the results of tools; -1 for none."""
    words = beside = -1
    for at, turn in enumerate(turns):
        kinds = {segment.kind for segment in turn.segments} if turn.role == "user" else set()
        if "text" in kinds and "result" in kinds:
            beside = at
        elif "text" in kinds:
            words = at
    return words, beside
