"""Fields of what comes as a mapping or as an object of LiteLLM's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["changed", "field"]


def field(value: Any, name: str) -> Any:
    """None where there is none of that name."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def changed(value: Any, changes: dict[str, Any]) -> Any:
    """A copy with these changes; the value itself where there are none."""
    if not changes:
        return value
    return {**value, **changes} if isinstance(value, Mapping) else value.model_copy(update=changes)
