"""What the server remembers of one request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    in_path: Mapping[str, str] = field(default_factory=dict)
    """What stands in the path where the format has a place for it there."""
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
    def asked(self) -> dict[str, Any]:
        """The body, and what the path says."""
        return {**self.body, **self.in_path}

    @property
    def model(self) -> str:
        model = self.asked.get("model")
        return model if isinstance(model, str) else ""

    @property
    def stream(self) -> bool:
        return self.body.get("stream") is True or self.in_path.get("method", "").startswith("stream")

    @property
    def messages(self) -> list[Any]:
        """What the format has for messages. A prompt that is a mere string counts as one."""
        found: Any = next((self.body[name] for name in ("messages", "contents", "input") if name in self.body), [])
        return found if isinstance(found, list) else [found]

    @property
    def hashes(self) -> list[str]:
        """The distinct hashes of markers in `text`, in order of appearance."""
        return list(dict.fromkeys(_HASH.findall(self.text)))

    @property
    def tool_names(self) -> list[str]:
        """The names of the tools declared, in order, whichever the format."""
        return [
            declared.get("name") or (declared.get("function") or {}).get("name") or ""
            for tool in self.body.get("tools") or []
            for declared in tool.get("functionDeclarations") or tool.get("function_declarations") or [tool]
        ]
