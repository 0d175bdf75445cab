"""A request body with all in it that a rewrite changes."""

from __future__ import annotations

from typing import Any

from .conversation import Conversation
from .pipeline import Rewrite
from .wire import Body, Wire, write

__all__ = ["rewritten"]


def rewritten(wire: Wire, body: Body, conversation: Conversation, rewrite: Rewrite) -> dict[str, Any]:
    """`conversation` is what the body reads as."""
    written, left_out = write(body, rewrite.texts), rewrite.left_out
    if left_out is None:
        return written
    spans = {at: turn.span for at, turn in enumerate(conversation.turns) if turn.span is not None}
    start, end = spans[left_out.first][0], spans[left_out.end - 1][1]
    return wire.leave_out(written, (start, end), [spans[at] for at in sorted(left_out.kept)], left_out.note)
