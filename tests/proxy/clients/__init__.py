"""The clients' side, in the real client libraries: one adapter for each request format, and one client for all."""

from __future__ import annotations

from tests.proxy.clients.base import Client, Delta, Format, Live, Seen, Tokens
from tests.proxy.clients.chat import Chat
from tests.proxy.clients.gemini import Gemini
from tests.proxy.clients.messages import Messages
from tests.proxy.clients.responses import Responses

__all__ = ["FORMATS", "Client", "Delta", "Format", "Live", "Seen", "Tokens"]

FORMATS: dict[str, Format] = {
    "chat": Chat(),
    "messages": Messages(),
    "responses": Responses(),
    "gemini": Gemini(),
}
