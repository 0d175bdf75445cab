"""Request formats: the only place that knows one. A new format is one file and one line in `FORMATS`."""

from __future__ import annotations

from .base import Answer, Body, Retrieval, Splicer, Wire
from .chat import Chat
from .content import media
from .failsafe import Failsafe
from .gemini import Gemini
from .messages import Messages
from .paths import replaced, value_at, write
from .responses import Responses

__all__ = [
    "FORMATS",
    "Answer",
    "Body",
    "Chat",
    "Failsafe",
    "Gemini",
    "Messages",
    "Responses",
    "Retrieval",
    "Splicer",
    "Wire",
    "for_call_type",
    "media",
    "replaced",
    "value_at",
    "write",
]

FORMATS: tuple[Wire, ...] = (Chat(), Messages(), Responses(), Gemini())


def for_call_type(call_type: str) -> Wire | None:
    """The format of LiteLLM's call type, None where it is not a conversation."""
    return next((wire for wire in FORMATS if call_type in wire.call_types), None)
