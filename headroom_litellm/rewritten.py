"""A request body with all in it that a rewrite changes."""

from __future__ import annotations

from typing import Any

from .conversation import Conversation
from .pipeline import Rewrite
from .wire import Body, Wire, write

__all__ = ["rewritten"]


def rewritten(wire: Wire, body: Body, conversation: Conversation, rewrite: Rewrite) -> dict[str, Any]:
    """`conversation` is what the body reads as."""
    written = write(body, rewrite.texts)
    span = rewrite.span_left_out(conversation)
    if rewrite.left_out is None or span is None:
        return written
    return wire.leave_out(written, span, rewrite.left_out.note)
