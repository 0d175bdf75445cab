"""What the model says: replies in neutral parts, queued or made by a handler."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from standin.pace import Pace
from standin.record import Recorded

__all__ = ["Handler", "Part", "Reply", "Script", "Text", "Thinking", "ToolUse", "resolve", "sign"]

_SIGNED = "c3RhbmRpbg"
_PLACEHOLDER = re.compile(r"\$HASH(\d*)")


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """Reasoning before the answer. Without a `signature` it gets one that the server checks when it comes back."""

    text: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool.

    `arguments` is an object, or a string that is sent as it is, JSON or not, or a callable of the request that
    returns either; inside an object, values may be such callables too. `$HASH` in a string stands for the first
    marker hash in the prompt, `$HASH2` for the second distinct one, and so on. An empty `id` is made up per answer.
    """

    name: str
    arguments: Mapping[str, Any] | str | Callable[[Recorded], Any] = field(default_factory=dict)
    id: str = ""

    @property
    def arguments_text(self) -> str:
        """The arguments as the model writes them. Only for a call that went through `resolve`."""
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(self.arguments, ensure_ascii=False, separators=(",", ":"))


Part: TypeAlias = "Text | Thinking | ToolUse"


class Reply:
    """One answer of the model.

    `stop_reason` is `end`, `tools`, `length` or `refusal`, or a word of the wire format itself; left out, it is
    `tools` if there is a call and else `end`. A `status` of 400 or more answers with the provider's error shape and
    the message `error`. `when`, a text that must stand in the prompt or a predicate, makes the reply conditional.
    `pace` takes the place of the model's pace for this reply.
    """

    def __init__(
        self,
        *parts: Part | str,
        stop_reason: str | None = None,
        status: int = 200,
        error: str | None = None,
        headers: Mapping[str, str] | None = None,
        when: str | Callable[[Recorded], bool] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.parts: tuple[Part, ...] = tuple(Text(part) if isinstance(part, str) else part for part in parts)
        self.stop_reason = stop_reason
        self.status = status
        self.error = error
        self.headers = dict(headers or {})
        self.when = when
        self.pace = pace

    def fits(self, request: Recorded) -> bool:
        if self.when is None:
            return True
        return self.when in request.text if isinstance(self.when, str) else self.when(request)


Handler: TypeAlias = Callable[[Recorded], "Reply | str | None"]
"""Makes the reply to a request, or None to leave it to the default. Called on a worker thread."""


class Script:
    """The replies of one model name: first what is queued, then what the handler says. Not thread-safe."""

    def __init__(self) -> None:
        self.queue: deque[Reply] = deque()
        self.handler: Handler | None = None

    def take(self, request: Recorded) -> Reply | None:
        """Remove and return the first queued reply whose condition holds."""
        for position, reply in enumerate(self.queue):
            if reply.fits(request):
                del self.queue[position]
                return reply
        return None


def resolve(parts: Sequence[Part], request: Recorded) -> tuple[Part, ...]:
    """The parts with every callable called, every placeholder filled in and every thinking signed.

    Raises `LookupError` if a placeholder asks for a hash that the prompt does not hold.
    """
    return tuple(_resolved(part, request) for part in parts)


def sign(thinking: str) -> str:
    """The signature that the server gives to a thinking text."""
    return _SIGNED + hashlib.sha256(thinking.encode()).hexdigest()


def forged(thinking: str, signature: str) -> bool:
    """Whether a signature of this server comes with a text that it was not given to."""
    return signature.startswith(_SIGNED) and signature != sign(thinking)


def _resolved(part: Part, request: Recorded) -> Part:
    if isinstance(part, Thinking):
        return Thinking(part.text, part.signature or sign(part.text))
    if isinstance(part, ToolUse):
        return ToolUse(part.name, _filled(part.arguments, request), part.id)
    return part


def _filled(value: Any, request: Recorded) -> Any:
    if callable(value):
        value = value(request)
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: _hash(int(match[1] or 1), request), value)
    if isinstance(value, Mapping):
        return {key: _filled(item, request) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, request) for item in value]
    return value


def _hash(nth: int, request: Recorded) -> str:
    found = request.hashes
    if not 1 <= nth <= len(found):
        raise LookupError(f"the script asks for hash {nth} of the prompt, which holds {len(found)}")
    return found[nth - 1]
