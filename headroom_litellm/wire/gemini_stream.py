"""The Gemini stream: server-sent events that are each a response with a piece of the answer, spliced over hidden calls.

Only for streams of one candidate, whose calls come whole: otherwise the retrieve tool is not declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from ..ccr import tool
from .base import Answer, Retrieval, add_usage
from .event_splicer import EventSplicer
from .messages_stream import json_text
from .sse import Event, write_data

__all__ = [
    "GeminiSplicer",
    "answer_of",
    "candidate_of",
    "field_of",
    "is_retrieval",
    "parts_of",
    "sum_usage",
    "with_parts",
]

_NOTHING: Final[Mapping[str, Any]] = {"text": ""}
"""A part that says nothing. Google's client library takes an answer without parts for a failed one."""

_OF_THE_STREAM = ("responseId", "modelVersion")
_OF_THE_END = ("finishReason", "finishMessage")
_SAYS_NOTHING = frozenset({"candidates", "createTime", "modelStatus", *_OF_THE_STREAM})
_CANDIDATE_SAYS_NOTHING = frozenset({"content", "index", "tokenCount", "avgLogprobs", "safetyRatings", *_OF_THE_END})


class GeminiSplicer(EventSplicer):
    ended = False

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._followed_up = False
        self._hidden_usage: dict[str, Any] = {}
        super().__init__()

    def _start(self) -> None:
        super()._start()
        self._parts: list[dict[str, Any]] = []
        self._usage: dict[str, Any] = {}
        self._holding = False
        self.ended = False

    def answer(self) -> Answer:
        answer = answer_of(self._parts)
        # A stream that broke off has not asked for anything yet.
        return answer if self.ended else replace(answer, retrievals=())

    def next_stream(self) -> None:
        self._hidden_usage = sum_usage([self._hidden_usage, self._usage])
        self._followed_up = True
        super().next_stream()

    def _pass(self, event: Event) -> bytes:
        data = event.data
        if data is None or "error" in data:
            return event.raw
        if not self._followed_up:
            self._head = {**{name: data[name] for name in _OF_THE_STREAM if name in data}, **self._head}
        self._usage = data.get("usageMetadata") or self._usage
        candidate = candidate_of(data)
        if candidate is not None:
            parts = parts_of(candidate)
            self._parts += parts
            self._holding = self._holding or any(map(is_retrieval, parts))
            self.ended = self.ended or bool(candidate.get("finishReason"))
        if not self._holding:
            return self._written(event, data)
        if self.ended:
            end = _end_of(data)
            self._ending.append(Event(write_data(end), end))
        said = _said_in(data)
        return self._written(event, said) if said else b""

    def _end(self, event: Event) -> bytes:
        return self._written(event, event.data or {})

    def _written(self, event: Event, data: dict[str, Any]) -> bytes:
        """The response as a piece of the first stream, with what was used up to here."""
        if self._followed_up:
            data = {**{name: value for name, value in data.items() if name not in _OF_THE_STREAM}, **self._head}
            used, candidate = data.get("usageMetadata"), candidate_of(data) or {}
            if used or candidate.get("finishReason"):
                data["usageMetadata"] = sum_usage([self._hidden_usage, used or {}])
        return event.raw if data == event.data else write_data(data)


def field_of(response: Any, name: str) -> Any:
    """A field of a response, which is a mapping or an object of LiteLLM's."""
    return response.get(name) if isinstance(response, Mapping) else getattr(response, name, None)


def candidate_of(response: Any) -> dict[str, Any] | None:
    candidates = field_of(response, "candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, dict) else None


def parts_of(candidate: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def is_retrieval(part: Mapping[str, Any]) -> bool:
    call = part.get("functionCall")
    return isinstance(call, Mapping) and tool.is_retrieve_tool(str(call.get("name") or ""))


def answer_of(parts: Sequence[dict[str, Any]]) -> Answer:
    """The parts of the model's turn, taken apart into what is ours to answer and what is the client's."""
    said: list[dict[str, Any]] = []
    for words, together in groupby(parts, _words):
        if words is None:
            said += together
        elif text := "".join(part["text"] for part in together):
            said.append({"text": text, **({"thought": True} if words == "thought" else {})})
    calls = [part for part in said if isinstance(part.get("functionCall"), Mapping)]
    ours = [part["functionCall"] for part in calls if is_retrieval(part)]
    retrievals = tuple(
        Retrieval(str(call.get("id") or ""), json_text(call.get("args") or {}), str(call.get("name"))) for call in ours
    )
    # The API refuses a turn without parts.
    items = ({"role": "model", "parts": said},) if said else ()
    return Answer(items, retrievals, client_calls=len(ours) < len(calls))


def sum_usage(usages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Usage reports summed, the lists in them by their modality."""
    total: dict[str, Any] = {}
    for usage in usages:
        lists = {name: value for name, value in usage.items() if isinstance(value, list)}
        details = {name: _sum_details(total.get(name) or [], value) for name, value in lists.items()}
        total = {**add_usage(total, usage), **details}
    return total


def _sum_details(one: list[Any], other: list[Any]) -> list[Any]:
    counts: dict[Any, Any] = {}
    for entry in [*one, *other]:
        modality = entry.get("modality")
        counts[modality] = add_usage(counts.get(modality, {}), entry)
    return list(counts.values())


def with_parts(candidate: dict[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The candidate with other parts."""
    return {**candidate, "content": {**(candidate.get("content") or {"role": "model"}), "parts": parts or [_NOTHING]}}


def _said_in(data: dict[str, Any]) -> dict[str, Any]:
    """What a response says to the client, without the end of the stream; nothing where that is nothing."""
    said = {name: value for name, value in data.items() if name != "usageMetadata"}
    candidate = candidate_of(data)
    if candidate is not None:
        visible = [part for part in parts_of(candidate) if not is_retrieval(part)]
        rest = {name: value for name, value in candidate.items() if name not in _OF_THE_END}
        said["candidates"] = [with_parts(rest, visible)]
        if any(part != _NOTHING for part in visible) or rest.keys() - _CANDIDATE_SAYS_NOTHING:
            return said
    return said if said.keys() - _SAYS_NOTHING else {}


def _end_of(data: dict[str, Any]) -> dict[str, Any]:
    """The end of the stream that a response holds, without what it says."""
    candidate = candidate_of(data)
    if candidate is None:
        return data
    rest = {name: value for name, value in candidate.items() if name in _CANDIDATE_SAYS_NOTHING}
    return {**data, "candidates": [with_parts(rest, [])]}


def _words(part: dict[str, Any]) -> str | None:
    """What a part is that is text and nothing else, None for all others: one with a signature stays as it is."""
    if part.keys() <= {"text", "thought"} and isinstance(part.get("text"), str):
        return "thought" if part.get("thought") else "text"
    return None
