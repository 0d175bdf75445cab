"""Where Anthropic's prompt cache pays: breakpoints for clients that set none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..conversation import Path
from .paths import replaced

__all__ = ["breakpoints"]

_MARK: Final = "cache_control"
_EPHEMERAL: Final = {"type": "ephemeral"}


def breakpoints(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the four breakpoints that the API allows: behind the tools, the system prompt and the last two
    messages of the user's. The second last is where the request before this one had its last. The same body where it
    has one already."""
    if any(part.get(_MARK) for part in _parts(body)):
        return body
    given = body.get("messages")
    messages = given if isinstance(given, list) else []
    users = [at for at, one in enumerate(messages) if isinstance(one, Mapping) and one.get("role") == "user"]
    ends: dict[Path, Any] = {("tools",): body.get("tools"), ("system",): body.get("system")}
    ends |= {("messages", at, "content"): messages[at].get("content") for at in users[-2:]}
    return replaced(body, {path: marked for path, end in ends.items() if (marked := _marked(end)) is not None})


def _marked(content: Any) -> list[Any] | None:
    """A content or a list of tools with a breakpoint on the last that can have one; None where none can."""
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for at in reversed(range(len(blocks) if isinstance(blocks, list) else 0)):
        if isinstance(blocks[at], Mapping) and _can_have_one(blocks[at]):
            return [*blocks[:at], {**blocks[at], _MARK: _EPHEMERAL}, *blocks[at + 1 :]]
    return None


def _can_have_one(block: Mapping[str, Any]) -> bool:
    """Neither a blank text nor a tool that is only loaded when it is looked for."""
    return bool(str(block.get("text", "-")).strip()) and not block.get("defer_loading")


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All that may have a breakpoint."""
    yield body
    rest: list[Any] = [body.get("tools"), body.get("system"), body.get("messages")]
    while rest:
        value = rest.pop()
        if isinstance(value, list):
            rest += value
        elif isinstance(value, Mapping):
            yield value
            rest.append(value.get("content"))
