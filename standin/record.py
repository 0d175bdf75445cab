"""What the server remembers of one request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from standin.cache import Usage

__all__ = ["Recorded"]

_HASH = re.compile(r"(?:hash=|<<ccr:)([0-9a-f]{24})")


@dataclass(slots=True)
class Recorded:
    """One request as it came in, and how its answer went.

    The lower fields fill up while the request is served; `ended` is the last to be set. Times are `time.time()`
    seconds. `body` is `{}` when `raw` is not a JSON object.
    """

    number: int
    """Counts the requests of this server from 1."""
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    raw: bytes
    body: dict[str, Any]
    arrived: float
    text: str = ""
    """Every text of the system prompt and the messages in order, unescaped; empty if the request was refused."""
    status: int | None = None
    """The status that was answered; None while nothing was."""
    usage: Usage | None = None
    events_sent: int = 0
    """Stream events that were handed to the connection, as far as whole events can be told."""
    disconnected: bool = False
    """The client left before the answer was complete."""
    problem: str | None = None
    """Why the script could not be followed: a handler that raised, a placeholder with nothing to stand for; or why the
    server itself failed."""
    ended: float | None = None

    @property
    def model(self) -> str:
        model = self.body.get("model")
        return model if isinstance(model, str) else ""

    @property
    def stream(self) -> bool:
        return self.body.get("stream") is True

    @property
    def hashes(self) -> list[str]:
        """The distinct hashes of markers in `text`, in order of appearance."""
        return list(dict.fromkeys(_HASH.findall(self.text)))

    @property
    def tool_names(self) -> list[str]:
        """The names of the tools declared, in order, whichever the format."""
        tools = self.body.get("tools") or []
        return [tool.get("name") or (tool.get("function") or {}).get("name") or "" for tool in tools]
