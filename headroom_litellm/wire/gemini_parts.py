"""What the model says in the Gemini API: parts of an answer, what of them a client may see, and how they go back.

Responses come as objects or as dicts; what is in them is always JSON as the provider sent it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from ..ccr import tool
from .base import Answer, Retrieval, add_usage
from .content import json_text
from .either import field

__all__ = [
    "OF_THE_STREAM",
    "Visible",
    "answer_of",
    "candidate_of",
    "end_in",
    "is_retrieval",
    "joined",
    "parts_of",
    "said_in",
    "sum_usage",
]

OF_THE_STREAM: Final = ("responseId", "modelVersion")

_NOTHING: Final[Mapping[str, Any]] = {"text": ""}
"""A part that says nothing. Google's client library takes an answer without parts for a failed one."""

_OF_THE_END: Final = ("finishReason", "finishMessage")
_OF_ONE_CALL: Final = frozenset({"tokenCount", "avgLogprobs", "safetyRatings", *_OF_THE_END})
_SAYS_NOTHING: Final = frozenset({"candidates", "createTime", "modelStatus", *OF_THE_STREAM})
_CANDIDATE_SAYS_NOTHING: Final = frozenset({"content", "index", *_OF_ONE_CALL})


def candidate_of(response: Any) -> dict[str, Any] | None:
    candidates = field(response, "candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, dict) else None


def parts_of(candidate: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def is_retrieval(part: Mapping[str, Any]) -> bool:
    return _is_call(part) and tool.is_retrieve_tool(str(part["functionCall"].get("name") or ""))


class Visible:
    """What the client gets of the parts of one answer, as they arrive.

    Of calls beside each other only the first is signed, and the provider takes none back without: the signature of a
    hidden one goes to the first that the client sees behind it.
    """

    def __init__(self) -> None:
        self._signature: Any = None

    def among(self, parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        visible = []
        for part in parts:
            if is_retrieval(part):
                self._signature = self._signature or part.get("thoughtSignature")
                continue
            if self._signature and _is_call(part):
                part = part if part.get("thoughtSignature") else {**part, "thoughtSignature": self._signature}
                self._signature = None
            visible.append(part)
        return visible


def answer_of(parts: Sequence[dict[str, Any]]) -> Answer:
    """The parts of the model's turn, taken apart into what is ours to answer and what is the client's."""
    said: list[dict[str, Any]] = []
    for words, together in groupby(parts, _words):
        if words is None:
            said += together
        elif text := "".join(part["text"] for part in together):
            said.append({"text": text, **({"thought": True} if words == "thought" else {})})
    calls = [part for part in said if _is_call(part)]
    ours = [part["functionCall"] for part in calls if is_retrieval(part)]
    retrievals = tuple(
        Retrieval(str(call.get("id") or ""), json_text(call.get("args") or {}), str(call.get("name"))) for call in ours
    )
    # The API refuses a turn without parts.
    items = ({"role": "model", "parts": said},) if said else ()
    return Answer(items, retrievals, client_calls=len(ours) < len(calls))


def joined(candidates: Sequence[dict[str, Any] | None]) -> dict[str, Any] | None:
    """The candidates of all calls as that of one answer, None where they show nothing: the last one, with the parts of
    all and what it lacks of the rest. A call that was refused has none; then the answer has no end."""
    *earlier, last = candidates
    visible = [part for one in candidates if one is not None for part in Visible().among(parts_of(one))]
    rest = {name: value for one in earlier for name, value in (one or {}).items() if name not in _OF_ONE_CALL}
    if last is not None:
        lacking = {name: value for name, value in rest.items() if last.get(name) is None}
        return _with_parts({**last, **lacking}, visible)
    return _with_parts(rest, visible) if _shows(rest, visible) else None


def said_in(response: dict[str, Any], visible: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a response, those of whose parts are visible, says to the client, without the end of the stream; nothing
    where that is nothing."""
    said = {name: value for name, value in response.items() if name != "usageMetadata"}
    candidate = candidate_of(response)
    if candidate is not None:
        rest = {name: value for name, value in candidate.items() if name not in _OF_THE_END}
        said["candidates"] = [_with_parts(rest, visible)]
        if _shows(rest, visible):
            return said
    return said if said.keys() - _SAYS_NOTHING else {}


def end_in(response: dict[str, Any]) -> dict[str, Any]:
    """The end of the stream that a response holds, without what it says."""
    candidate = candidate_of(response)
    if candidate is None:
        return response
    rest = {name: value for name, value in candidate.items() if name in _CANDIDATE_SAYS_NOTHING}
    return {**response, "candidates": [_with_parts(rest, [])]}


def sum_usage(usages: Sequence[Any]) -> dict[str, Any]:
    """Usage reports summed, the lists in them by their modality. What is no report counts for nothing."""
    total: dict[str, Any] = {}
    for usage in usages:
        if isinstance(usage, Mapping):
            lists = {name: value for name, value in usage.items() if isinstance(value, list)}
            details = {name: _sum_details(total.get(name), value) for name, value in lists.items()}
            total = {**add_usage(total, usage), **details}
    return total


def _sum_details(one: Any, other: list[Any]) -> list[Any]:
    counts: dict[str, Any] = {}
    for entry in [*(one if isinstance(one, list) else ()), *other]:
        if isinstance(entry, Mapping):
            modality = str(entry.get("modality"))
            counts[modality] = add_usage(counts.get(modality, {}), entry)
    return list(counts.values())


def _is_call(part: Mapping[str, Any]) -> bool:
    return isinstance(part.get("functionCall"), Mapping)


def _shows(rest: Mapping[str, Any], visible: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there is anything for the client in these parts of a candidate and the rest of it."""
    return any(part != _NOTHING for part in visible) or bool(rest.keys() - _CANDIDATE_SAYS_NOTHING)


def _with_parts(candidate: dict[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The candidate with other parts."""
    return {**candidate, "content": {**(candidate.get("content") or {"role": "model"}), "parts": parts or [_NOTHING]}}


def _words(part: dict[str, Any]) -> str | None:
    """What a part is that is text and nothing else, None for all others: one with a signature stays as it is."""
    if part.keys() <= {"text", "thought"} and isinstance(part.get("text"), str):
        return "thought" if part.get("thought") else "text"
    return None
