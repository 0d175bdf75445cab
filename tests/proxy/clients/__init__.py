"""The clients' side, in the real client libraries: one adapter for each request format, and one client for all."""

from __future__ import annotations

from standin import Recorded
from tests.proxy.clients.base import Client, Delta, Format, Live, Seen, Tokens
from tests.proxy.clients.chat import Chat
from tests.proxy.clients.gemini import Gemini
from tests.proxy.clients.messages import Messages
from tests.proxy.clients.responses import Responses

__all__ = ["FORMATS", "Client", "Delta", "Format", "Live", "Seen", "Tokens", "format_of"]

FORMATS: dict[str, Format] = {
    "chat": Chat(),
    "messages": Messages(),
    "responses": Responses(),
    "gemini": Gemini(),
}

_PATHS = {"/chat/completions": "chat", "/v1/messages": "messages", "/v1/responses": "responses", "/models/": "gemini"}


def format_of(request: Recorded) -> Format:
    """The format in which a request came to the provider."""
    return next(FORMATS[name] for part, name in _PATHS.items() if part in request.path)
