"""Values in a request body by the paths that lead to them. What stands on no path is the same object as before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..conversation import Path
from .content import text_part

__all__ = ["Body", "replaced", "value_at", "write"]

Body = Mapping[str, Any]
"""A request body as LiteLLM hands it over. Never changed in place."""


def value_at(body: Body, path: Path) -> Any:
    """What stands where the path leads."""
    there: Any = body
    for step in path:
        there = there[step]
    return there


def replaced(body: Body, values: Mapping[Path, Any]) -> dict[str, Any]:
    """The body with each value put where its path leads. Only containers on a path are copied: all else is the same
    object as before."""
    written = dict(body)
    owned: dict[Path, Any] = {(): written}
    for path, value in values.items():
        container: Any = written
        for depth, step in enumerate(path[:-1], start=1):
            at = path[:depth]
            if at not in owned:
                owned[at] = container[step] = _copy(container[step])
            container = owned[at]
        container[path[-1]] = value
    return written


def write(body: Body, texts: Mapping[Path, str]) -> dict[str, Any]:
    """The body with each text put where its path leads, as a part of its own in the place of a picture. Only what
    stands on a path is copied."""
    return replaced(body, {path: _in_place_of(body, path, text) for path, text in texts.items()})


def _in_place_of(body: Body, path: Path, text: str) -> Any:
    there = value_at(body, path)
    if not isinstance(there, Mapping):
        return text
    # In a list of parts it is a picture, in a field of its own what the arguments of a call are.
    return text_part(there, text) if isinstance(path[-1], int) else json.loads(text)


def _copy(container: Any) -> Any:
    return list(container) if isinstance(container, list | tuple) else dict(container)
