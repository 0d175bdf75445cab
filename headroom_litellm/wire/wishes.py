"""What a request says of how its answer is to be written. LiteLLM hands on the fields of other formats too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .either import field
from .paths import Body

__all__ = ["is_structured", "with_default"]

_PLAIN: Final = (None, "text", "text/plain")
_CONFIG: Final = ("generationConfig", "generation_config", "config")
_SCHEMA: Final = (
    *("responseSchema", "response_schema", "responseJsonSchema", "response_json_schema"),
    *("responseMimeType", "response_mime_type"),
)
_FORMS: Final = (
    *(("response_format",), ("text", "format"), ("text_format",), ("output_config", "format"), ("output_format",)),
    *((config, name) for config in _CONFIG for name in _SCHEMA),
)
"""Where requests say what form the answer has to have."""
_OTHER_WORDS: Final = ("thinking", "extra_body")
"""Where a client may have said otherwise how hard to think."""


def is_structured(body: Body) -> bool:
    """Whether the answer has to have a form, that of a schema for one."""
    return any(not _is_plain(_at(body, path)) for path in _FORMS)


def with_default(body: Body, path: tuple[str, ...], value: str) -> dict[str, Any]:
    """The body with a value where the path leads, unless the client has said something there or in other words, or
    there is something that has no such place."""
    return dict(body) if any(body.get(other) for other in _OTHER_WORDS) else _with_default(body, path, value)


def _with_default(body: Mapping[str, Any], path: tuple[str, ...], value: str) -> dict[str, Any]:
    name, rest = path[0], path[1:]
    there = body.get(name)
    if not rest:
        return {**body, name: value} if there is None else dict(body)
    if there is not None and not isinstance(there, Mapping):
        return dict(body)
    return {**body, name: _with_default(there or {}, rest, value)}


def _is_plain(form: Any) -> bool:
    named = field(form, "type") if isinstance(form, Mapping) else form
    return isinstance(named, str | None) and named in _PLAIN


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        body = field(body, name)
    return body
