"""Names for what stands in a conversation, in words by which a reader finds it again.

`the Read src/app.py output`, `your Bash "git log --oneline" call`: the tool and what it was asked, never a message
number, and `(2nd time)` where the same was asked before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice
from typing import Any

import orjson

from .ccr.key import key_of
from .conversation import Role, Segment, ToolCall

__all__ = ["Sources", "argument_texts", "argument_values", "named_texts", "shorten"]

_TELLING = (
    "file_path", "path", "filepath", "filename", "file", "notebook_path", "command", "cmd", "pattern", "query", "url",
    "uri", "id", "name",
)  # fmt: skip
_LABEL = 200
_LONGEST = 4000
_MOST_NAMED = 1_000
"""Arguments of a call up to which each has its name."""
_END = object()
_BRIEF = 32
"""Characters of a call's telling argument: where it is unique, the brief form is used."""
_AUTHORS = {"assistant": "your", "user": "the user's"}


def argument_values(call: ToolCall | None) -> Any:
    """The call's arguments, parsed; None where they are no JSON."""
    return None if call is None else _parsed(call.arguments)


@lru_cache(maxsize=8)
def _parsed(arguments: str) -> Any:
    """Remembered while one call is looked at from all sides; never changed in place."""
    try:
        return orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return None


def argument_texts(call: ToolCall | None) -> list[str]:
    """Every string in the call's arguments, unescaped; the raw text where they are no JSON."""
    values = argument_values(call)
    if values is None:
        return [call.arguments] if call is not None and call.arguments else []
    return [text for _, text in _named_strings(values)]


def named_texts(call: ToolCall | None) -> list[tuple[str, str]]:
    """The texts of `argument_texts` with the arguments they are given as: `new_string`, `edits[1].new_string`; "" where
    only one of them is long enough to be taken for another, or where they are too many to be told apart by a name."""
    values = argument_values(call)
    if values is None:
        return [("", text) for text in argument_texts(call)]
    named = list(islice(_named_strings(values), _MOST_NAMED + 1))
    if len(named) > _MOST_NAMED:
        return [("", text) for text in argument_texts(call)]
    if sum("\n" in text or len(text) > _BRIEF for _, text in named) <= 1:
        return [("", text) for _, text in named]
    return named


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class Sources:
    """Gives every segment of one conversation a name of its own, in order."""

    def __init__(self) -> None:
        self._used: Counter[tuple[str, str]] = Counter()
        self._meant: dict[str, str] = {}
        self._last: dict[str, tuple[ToolCall, str, int]] = {}

    def name(self, role: Role, segment: Segment) -> str:
        """A name that no other call has, with `(2nd time)` where the very same was asked before, and `part 2 of` before
        it for what more one call gave."""
        call, last = segment.call, self._last.get(segment.kind)
        if call is not None and call.id and last is not None and last[0] == call:
            _, whole, parts = last
            self._last[segment.kind] = (call, whole, parts + 1)
            return f"part {parts + 1} of {whole}"
        name = self._whole(role, segment)
        if call is not None:
            self._last[segment.kind] = (call, name, 1)
        return name

    def _whole(self, role: Role, segment: Segment) -> str:
        meaning = segment.call.arguments if segment.call is not None else key_of(segment.text)
        name = next(name for name in _names(role, segment) if self._meant.setdefault(name, meaning) == meaning)
        self._used[name, segment.kind] += 1
        nth = self._used[name, segment.kind]
        return name if nth == 1 else f"{name} ({_ordinal(nth)} time)"


def _names(role: Role, segment: Segment) -> Iterator[str]:
    """Ever longer names, and then ever more."""
    for limit in (_BRIEF, _LABEL):
        name = _describe(role, segment, limit)
        yield name
    for number in count(2):
        yield f"{name} (another, no. {number})"


def _describe(role: Role, segment: Segment, limit: int) -> str:
    call = segment.call
    if segment.kind == "call" and call is not None:
        return f"your {_call_label(call, limit)} call"
    if segment.kind == "result":
        return f"the {_call_label(call, limit)} output" if call is not None else "a tool output"
    if segment.kind == "picture":
        return f"the {_call_label(call, limit)} picture" if call is not None else f"{_AUTHORS.get(role, 'a')} picture"
    if role == "system":
        return "the system prompt"
    return f'{_AUTHORS.get(role, "a")} message "{shorten(segment.text[:400], 40)}"'


def _call_label(call: ToolCall, limit: int) -> str:
    values = argument_values(call)
    values = values if isinstance(values, dict) else {}
    telling = next((values[key] for key in _TELLING if isinstance(values.get(key), str | int)), None)
    if telling is None:
        telling = next((value for value in values.values() if isinstance(value, str)), "")
    text = str(telling).strip()
    if not text:
        return call.name or "tool"
    if any(space in text for space in " \n\t"):
        return f'{call.name} "{_shorten_command(text, limit)}"'
    return f"{call.name} {_shorten_path(text, limit)}"


def _shorten_command(command: str, limit: int) -> str:
    """A long command's beginning and end: what tells two of them apart is often last."""
    text = " ".join(command[:_LONGEST].split())
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1].rstrip()}…{text[-tail:].lstrip()}"


def _shorten_path(path: str, limit: int) -> str:
    """The end of a path tells more than its beginning."""
    if len(path) <= limit:
        return path
    tail = path[-limit:]
    return "…" + (tail[tail.index("/") :] if "/" in tail[:-1] else tail)


def _named_strings(value: Any) -> Iterator[tuple[str, str]]:
    # Names are made one at a time: those of many values, nested deeply, are many times as long as the values.
    stack = [iter([("", value)])]
    while stack:
        name, top = next(stack[-1], ("", _END))
        if top is _END:
            stack.pop()
        elif isinstance(top, str):
            yield name, top
        elif isinstance(top, dict | list):
            stack.append(_below(name, top))
        elif top is not None:
            yield name, str(top)


def _below(name: str, value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((f"{name}.{key}" if name else key, item) for key, item in value.items())
    return ((f"{name}[{at}]", item) for at, item in enumerate(value))


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
