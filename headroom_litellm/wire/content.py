"""Texts in the content of messages and results, as the formats have it and as MCP servers give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..conversation import Path

__all__ = ["texts"]


def texts(content: Any, path: Path, names: Sequence[str] = ("text",)) -> Iterator[tuple[str, Path]]:
    """Each text of a content that is a string or a list of parts, with its path. `names` are the fields of a part that
    hold text; what else a part holds, an image for one, is left alone."""
    if isinstance(content, str):
        yield content, path
    for at, part in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(part, Mapping):
            continue
        yield from ((part[name], (*path, at, name)) for name in names if isinstance(part.get(name), str))
        resource = part.get("resource")
        if isinstance(resource, Mapping) and isinstance(resource.get("text"), str):
            yield resource["text"], (*path, at, "resource", "text")
