"""Texts in the content of messages and results, as the formats have it and as MCP servers give it, and JSON as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from ..conversation import Path

__all__ = ["json_text", "media", "pictures", "text_part", "texts"]

_PICTURES = ("image", "image_url", "input_image")
_LEAST_DATA = 200
_MEDIA = ("data", "url", "image_url", "file_id", "file_data", "fileUri", "file_uri", "blob")


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


def pictures(content: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """The data of each picture that is itself in a content, with the path of its part."""
    for at, part in enumerate(content if isinstance(content, list) else ()):
        if isinstance(part, Mapping) and part.get("type") in _PICTURES:
            data = next(media([part]), "")
            # What a URL leads to may be another picture by now.
            if data and not data.startswith(("http://", "https://")) and len(data) >= _LEAST_DATA:
                yield data, (*path, at)


def text_part(part: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The part of a content that says `text` in the place of a picture."""
    marks = {"cache_control": part["cache_control"]} if "cache_control" in part else {}
    return {"type": "input_text" if part.get("type") == "input_image" else "text", "text": text, **marks}


def json_text(value: Any) -> str:
    """JSON of any value that came as JSON, or "" of one that cannot be written."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Integers over 64 bits, lone surrogates, deep nesting.
        try:
            return json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return ""


def media(items: Sequence[Any]) -> Iterator[str]:
    """What items of a history hold besides texts, as far as two of them differ in it: data, or where it is."""
    stack: list[Any] = list(reversed(items))
    while stack:
        top = stack.pop()
        if isinstance(top, Mapping):
            yield from (top[name] for name in _MEDIA if isinstance(top.get(name), str))
            stack.extend(reversed(list(top.values())))
        elif isinstance(top, list):
            stack.extend(reversed(top))
