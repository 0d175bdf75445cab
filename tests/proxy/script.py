"""What the stand-in's model says in these tests."""

from __future__ import annotations

from typing import Any

from standin import ToolUse

__all__ = ["ANSWER", "GET", "GET_2", "retrieve"]

ANSWER = "It was row 17, as you said."


def retrieve(hash: str = "$HASH", **more: Any) -> ToolUse:
    """A call of the retrieve tool; `$HASH` is the first marker's in the prompt."""
    return ToolUse("headroom_retrieve", {"hash": hash, **more})


GET = retrieve()
GET_2 = retrieve("$HASH2")
