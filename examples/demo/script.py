"""What the stand-in's model says: the recorded turns and, now and then, a retrieval before one."""

from __future__ import annotations

from typing import Final

from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.tool import NAME
from standin import Recorded, Reply, Text, ToolUse

from .sessions import Json

__all__ = ["Script"]

_MOST_RETRIEVALS: Final = 2


class Script:
    """Answers the calls of one session on one proxy.

    Where the prompt shows a marker, the model first asks for the newest original behind one: at the first turn that
    shows any, and once more in the second half of the session if there is one that it does not know yet.

    wrong: hashes whose original did not come back as the exact text that they stand for
    """

    def __init__(self, turns: int) -> None:
        self.wrong: list[str] = []
        self.retrieved: list[str] = []
        self._turns = turns
        self._turn = 0
        self._message: Json = {}
        self._pending: str | None = None

    def next_turn(self, message: Json) -> None:
        """From here on, `message` is what there is to say."""
        self._turn += 1
        self._message = message

    def __call__(self, request: Recorded) -> Reply:
        if self._pending is not None:
            if key_of(_last_result(request.body)) != self._pending:
                self.wrong.append(self._pending)
            self._pending = None
        elif NAME in request.tool_names and (wanted := self._wanted(request)):
            self.retrieved.append(wanted)
            self._pending = wanted
            return Reply(ToolUse(NAME, {"hash": wanted}))
        text = self._message.get("content") or ""
        calls = [
            ToolUse(call["function"]["name"], call["function"]["arguments"], call["id"])
            for call in self._message.get("tool_calls") or ()
        ]
        return Reply(*([Text(text)] if text.strip() else []), *calls)

    def _wanted(self, request: Recorded) -> str | None:
        done = len(self.retrieved)
        if done >= _MOST_RETRIEVALS or (done and self._turn <= self._turns // 2):
            return None
        unknown = [found for found in request.hashes if found not in self.retrieved]
        return unknown[-1] if unknown else None


def _last_result(body: Json) -> str:
    """The text of the last message, which answers the retrieve call, in either format."""
    content = body["messages"][-1]["content"]
    while isinstance(content, list):
        content = content[-1].get("content", content[-1].get("text"))
    return str(content)
