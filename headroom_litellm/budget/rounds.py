"""The oldest rounds of a conversation, left out as a whole: when lines in their place would still be too many."""

from __future__ import annotations

from collections.abc import Sequence

from ..ccr.key import key_of
from ..conversation import LeftOut, Turn

__all__ = ["ends_of_rounds", "leave_out"]


def ends_of_rounds(turns: Sequence[Turn], first: int) -> list[int]:
    """The numbers, behind `first`, of the turns in front of which a conversation can be cut: the model answers there,
    and no output from there on belongs to a call before."""
    answered = {
        segment.call.id: at
        for at, turn in enumerate(turns)
        for segment in turn.segments
        if segment.kind == "result" and segment.call is not None
    }
    ends, open_until = [], 0
    for at, turn in enumerate(turns[first:], first):
        if at > first and turn.role == "assistant" and open_until < at:
            ends.append(at)
        calls = (segment.call.id for segment in turn.segments if segment.kind == "call" and segment.call is not None)
        open_until = max([open_until, *(answered.get(id_, 0) for id_ in calls)])
    return ends


def leave_out(turns: Sequence[Turn], first: int, end: int) -> LeftOut:
    """These turns as one text, in which the model can look things up."""
    original = "\n\n".join(_told(turn) for turn in turns[first:end] if turn.segments)
    rounds = sum(turn.role == "assistant" for turn in turns[first:end])
    note = (
        f"[{rounds} earlier rounds of this conversation are left out here to make room. They can be looked up, with a "
        f"query: hash={key_of(original)}]"
    )
    return LeftOut(first, end, note, original)


def _told(turn: Turn) -> str:
    texts = (
        f"{segment.call.name} {segment.text}" if segment.kind == "call" and segment.call is not None else segment.text
        for segment in turn.segments
        if segment.kind != "picture"
    )
    return "\n".join([f"{turn.role}:", *texts])
