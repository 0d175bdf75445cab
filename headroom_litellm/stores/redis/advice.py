"""What to tell an operator whose Redis would lose originals in a bad way once it is full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["advice_on"]


def advice_on(memory: Mapping[str, Any]) -> str | None:
    """One sentence on a server's INFO about its memory; None where all is well or nothing is known."""
    policy = str(memory.get("maxmemory_policy", ""))
    if policy == "noeviction" and memory.get("maxmemory"):
        trouble = "once it is full it refuses new originals, and they are not stored"
    elif policy.endswith("-random"):
        trouble = "once it is full it removes originals in use as readily as forgotten ones"
    else:
        return None
    return f"its maxmemory-policy is {policy}: {trouble}; volatile-lru or allkeys-lru is recommended"
