"""Answers a retrieve call: the whole original, the best passages for a query, or a range of lines."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from .. import offload
from ..relevance import rank
from ..stores.base import Absent, Store, StoreError
from . import marker
from .key import decode

__all__ = ["LOCAL_TENANT", "WITHHELD", "Refused", "Request", "Screen", "answer", "find", "parse"]

LOCAL_TENANT: Final = "local"
"""The tenant of library users, who are alone in their process."""
WITHHELD: Final = "headroom_retrieve: a guardrail does not let this text through. Go on without it."
"""Stands for a text that was refused, where the model is to get some answer."""

_QUERY: Final = 500
_LINES: Final = 40
"""Characters of the arguments that are read."""
_LARGE: Final = 200_000
"""Characters from which on an original is not searched on the event loop."""
_DEADLINE: Final = 5.0
_PASSAGE: Final = 20
"""Lines of one passage, its neighbour's overlap not counted."""
_BEST: Final = 5
_OUTLINE: Final = 12
_RANGE: Final = re.compile(r"\s*(\d{1,9})\s*(?:(?:-|–|\.\.|:|,|to)\s*(\d{1,9})?)?\s*")


Screen = Callable[[Sequence[str]], Awaitable[list[str]]]
"""Makes of texts that the store has brought back what may be shown of them, or raises Refused."""


class Refused(Exception):
    """A guardrail does not let a text through. `error` is its own, for the client."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.error = error


@dataclass(frozen=True, slots=True)
class Request:
    """What a retrieve call asks for. `key` is None when the hash is none; `problem` says what is wrong with it."""

    key: str | None
    query: str = ""
    lines: str = ""
    problem: str = ""


def parse(arguments: str | Mapping[str, Any]) -> Request:
    """Read a call's arguments as leniently as a model writes them. Never raises."""
    values: Any = arguments
    if isinstance(arguments, str):
        try:
            values = orjson.loads(arguments)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            keys = marker.scan_bare(arguments)
            if len(keys) == 1:
                return Request(keys[0])
            return Request(None, problem='the arguments are not valid JSON; send {"hash": "…"}')
    if not isinstance(values, Mapping):
        return Request(None, problem='the arguments must be an object such as {"hash": "…"}')
    given = values.get("hash")
    key = marker.normalise(given) if isinstance(given, str) else None
    if key is None:
        return Request(None, problem="`hash` must be the 24-character hash of a marker in this conversation")
    query, lines = values.get("query"), values.get("lines")
    lines = str(lines)[:_LINES] if isinstance(lines, str | int) else ""
    return Request(key, query[:_QUERY] if isinstance(query, str) else "", lines)


async def find(key: str, originals: Mapping[str, str], store: Store, tenant: str) -> str | Absent | StoreError:
    """The original: from this request where it is there, else from the store, where the tenant is known."""
    if (held := originals.get(key)) is not None:
        return held
    if not tenant:
        return Absent.MISSING
    try:
        value = await store.get(tenant, key)
    except StoreError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a broken store must not break an answer
        return StoreError(type(error).__name__)
    return value if isinstance(value, Absent) else decode(value)


async def answer(
    request: Request, originals: Mapping[str, str], store: Store, tenant: str, *, screen: Screen | None = None
) -> str:
    """The text that the model gets for its call; what went wrong is said in it. Raises nothing but Refused, when
    `screen` does: it is asked about texts that are not of this request."""
    if request.key is None:
        return f"headroom_retrieve: {request.problem}."
    found = await find(request.key, originals, store, tenant)
    if isinstance(found, StoreError):
        return f"headroom_retrieve: the store cannot be reached now. If you need {request.key}, run the command again."
    if isinstance(found, Absent):
        gone = "has expired" if found is Absent.EXPIRED else "is not known here"
        return (
            f"headroom_retrieve: {request.key} {gone}, and asking again will not change that. "
            "If you still need the output, run the command again."
        )
    text = await _selected(found, request)
    if screen is None or request.key in originals:
        return text
    (text,) = await screen([text])
    return text


async def _selected(found: str, request: Request) -> str:
    if len(found) <= _LARGE or not (request.query or request.lines):
        return select(found, request)
    try:
        return await offload.run(lambda _: select(found, request), offload.Deadline(_DEADLINE))
    except TimeoutError:
        return "headroom_retrieve: the original is too large to search; ask for a range of `lines`."


def select(original: str, request: Request) -> str:
    """The part of the original that the request asks for; all of it, byte for byte, when it asks for no part."""
    if request.lines:
        return _range(original, request.lines)
    if request.query.strip():
        return _passages(original, request.query)
    return original


def _range(original: str, wanted: str) -> str:
    lines = original.split("\n")
    match = _RANGE.fullmatch(wanted)
    if match is None:
        return f'headroom_retrieve: `lines` must be a range such as "120-180"; there are {len(lines)} lines.'
    start = max(1, int(match.group(1)))
    end = min(len(lines), int(match.group(2) or (start if not _open_ended(wanted) else len(lines))))
    if start > len(lines) or end < start:
        return f"headroom_retrieve: there is no line {wanted.strip()}; there are {len(lines)} lines."
    return f"[lines {start}-{end} of {len(lines)}]\n" + "\n".join(lines[start - 1 : end])


def _open_ended(wanted: str) -> bool:
    return not wanted.strip()[-1].isdigit()


def _passages(original: str, query: str) -> str:
    lines = original.split("\n")
    starts = range(0, len(lines), _PASSAGE)
    passages = ["\n".join(lines[start : start + _PASSAGE]) for start in starts]
    scores = rank(query, passages)
    best = sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))[:_BEST]
    if not best:
        return f"[no passage of {len(lines)} lines matches the query; outline]\n{_outline(lines)}"
    out, shown = [], 0
    for at in sorted(best):
        first = at * _PASSAGE
        last = min(first + _PASSAGE, len(lines))
        shown += last - first
        out.append(f"[lines {first + 1}-{last}]\n" + "\n".join(lines[first:last]))
    return f"[{shown} of {len(lines)} lines, the best passages for the query]\n" + "\n".join(out)


def _outline(lines: list[str]) -> str:
    """Lines spread evenly over the text, with their numbers."""
    step = max(1, len(lines) // _OUTLINE)
    return "\n".join(f"{at + 1}: {lines[at][:160]}" for at in range(0, len(lines), step))
