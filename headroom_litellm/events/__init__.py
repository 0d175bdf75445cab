"""The pipeline's lifecycle, for plugins of others: `on_pipeline_event(event)`. Imports no litellm."""

from __future__ import annotations

from .answers import Answer, Replace, Veto
from .events import (
    EVENTS,
    Event,
    InputCached,
    InputCompressed,
    InputReceived,
    InputRemembered,
    InputRouted,
    PostSend,
    PostStart,
    PreSend,
    PreStart,
    Question,
    Request,
    ResponseReceived,
    Setup,
)

__all__ = [
    "EVENTS",
    "Answer",
    "Event",
    "InputCached",
    "InputCompressed",
    "InputReceived",
    "InputRemembered",
    "InputRouted",
    "PostSend",
    "PostStart",
    "PreSend",
    "PreStart",
    "Question",
    "Replace",
    "Request",
    "ResponseReceived",
    "Setup",
    "Veto",
]
