"""The tenant: who shares originals. It is a part of every stored key."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["tenant_of"]

_OWNERS: Final = {"key": "token", "user": "user_id", "team": "team_id", "org": "org_id"}
"""Where LiteLLM's authentication object names each."""


def tenant_of(user: Any, scope: str) -> str:
    """Who shares originals with this request: what the scope names or, where a request has none, the narrowest that it
    has. Only what LiteLLM's authentication found counts, nothing a client sets. "" for a request of nobody."""
    for name in (scope, *_OWNERS):
        if owner := getattr(user, _OWNERS[name], None):
            return f"{name}:{owner}"
    return ""
