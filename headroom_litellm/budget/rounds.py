"""The oldest rounds of a conversation, left out as a whole: when lines in their place would still be too many."""

from __future__ import annotations

from collections.abc import Sequence

from ..ccr import marker
from ..ccr.key import key_of
from ..conversation import LeftOut, Turn

__all__ = ["ends_of_rounds", "kept_of", "leave_out"]


def ends_of_rounds(turns: Sequence[Turn], first: int) -> list[int]:
    """The numbers, behind `first`, of the turns in front of which a conversation can be cut: the model answers there,
    and no output from there on belongs to a call before."""
    # By the calls themselves: their ids may be the same, or none at all.
    answered = {
        id(segment.call): at
        for at, turn in enumerate(turns)
        for segment in turn.segments
        if segment.kind == "result" and segment.call is not None
    }
    ends, open_until = [], 0
    for at, turn in enumerate(turns[first:], first):
        if at > first and turn.role == "assistant" and open_until < at:
            ends.append(at)
        calls = (id(segment.call) for segment in turn.segments if segment.kind == "call")
        open_until = max([open_until, *(answered.get(call, 0) for call in calls)])
    return ends


def kept_of(turns: Sequence[Turn], first: int, end: int, words: int) -> frozenset[int]:
    """Of turns that are left out, those that stay: the system's, and what the user said last."""
    return frozenset(at for at in range(first, end) if at == words or turns[at].role == "system")


def leave_out(turns: Sequence[Turn], first: int, end: int, words: int) -> LeftOut:
    """These turns as one text, in which the model can look things up."""
    kept = kept_of(turns, first, end, words)
    left = [turn for at, turn in enumerate(turns[first:end], first) if at not in kept]
    original = "\n\n".join(_told(turn) for turn in left if turn.segments)
    note = marker.left_out(key_of(original), rounds=sum(turn.role == "assistant" for turn in left))
    return LeftOut(first, end, kept, note, original)


def _told(turn: Turn) -> str:
    texts = (
        f"{segment.call.name} {segment.text}" if segment.kind == "call" and segment.call is not None else segment.text
        for segment in turn.segments
        if segment.kind != "picture"
    )
    return "\n".join([f"{turn.role}:", *texts])
