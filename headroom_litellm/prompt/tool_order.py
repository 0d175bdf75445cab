"""One order for tools, and for what is in them, whichever way round a client gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..ccr.tool import NAME
from ..conversation import Path
from ..wire import Wire, replaced, value_at

__all__ = ["in_order"]

_MARK: Final = "cache_control"


def in_order(wire: Wire, body: dict[str, Any]) -> dict[str, Any]:
    """The body with the tools of each list sorted by name, ours behind all, and the keys in them sorted. Cache
    breakpoints stay at their places in the list."""
    names: dict[Path, dict[int, str]] = {}
    for path in wire.definitions(body):
        at = max(at for at, step in enumerate(path) if isinstance(step, int))
        names.setdefault(path[:at], {})[int(path[at])] = str(value_at(body, path).get("name"))
    # What is within another list comes before its place changes.
    for path in sorted(names, key=len, reverse=True):
        body = replaced(body, {path: _sorted(value_at(body, path), names[path])})
    return body


def _sorted(tools: Sequence[Any], names: Mapping[int, str]) -> list[Any]:
    marks = [tool.get(_MARK) if isinstance(tool, Mapping) else None for tool in tools]
    named = [(names.get(at, ""), _canonical(_unmarked(tool))) for at, tool in enumerate(tools)]
    named.sort(key=lambda pair: (pair[0] == NAME, pair[0], json.dumps(pair[1], default=str)))
    return [
        {**tool, _MARK: mark} if mark and isinstance(tool, Mapping) else tool
        for (_, tool), mark in zip(named, marks, strict=True)
    ]


def _unmarked(tool: Any) -> Any:
    if not isinstance(tool, Mapping) or _MARK not in tool:
        return tool
    return {name: value for name, value in tool.items() if name != _MARK}


def _canonical(value: Any) -> Any:
    """With the keys of all mappings sorted."""
    if isinstance(value, Mapping):
        return {name: _canonical(value[name]) for name in sorted(value, key=str)}
    return [_canonical(item) for item in value] if isinstance(value, list) else value
