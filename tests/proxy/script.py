"""What the stand-in's model says in these tests, and what the client must not see of it."""

from __future__ import annotations

from typing import Any

from standin import ToolUse
from tests.proxy.clients import Seen

__all__ = ["ANSWER", "GET", "GET_2", "assert_unseen", "retrieve"]

ANSWER = "It was row 17, as you said."


def retrieve(hash: str = "$HASH", **more: Any) -> ToolUse:
    """A call of the retrieve tool; `$HASH` is the first marker's in the prompt."""
    return ToolUse("headroom_retrieve", {"hash": hash, **more})


GET = retrieve()
GET_2 = retrieve("$HASH2")


def assert_unseen(seen: Seen) -> None:
    """The client got an answer, and nothing of what led to it."""
    assert b"headroom" not in seen.raw
    assert seen.calls == ()
    assert seen.stop == "end"
