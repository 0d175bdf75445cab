"""The Gemini stream: server-sent events that are each a response with a piece of the answer, spliced over hidden calls.

Only for streams of one candidate, whose calls come whole: otherwise the retrieve tool is not declared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .base import Answer
from .event_splicer import EventSplicer
from .gemini_parts import (
    OF_THE_STREAM,
    Visible,
    answer_of,
    candidate_of,
    end_in,
    is_retrieval,
    parts_of,
    said_in,
    sum_usage,
)
from .sse import Event, write_data

__all__ = ["GeminiSplicer"]


class GeminiSplicer(EventSplicer):
    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._followed_up = False
        self._hidden_usage: dict[str, Any] = {}
        super().__init__()

    def _start(self) -> None:
        super()._start()
        self._parts: list[dict[str, Any]] = []
        self._visible = Visible()
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
            self._head = {**{name: data[name] for name in OF_THE_STREAM if name in data}, **self._head}
        self._usage = data.get("usageMetadata") or self._usage
        candidate = candidate_of(data) or {}
        parts = parts_of(candidate)
        visible = self._visible.among(parts)
        self._parts += parts
        self._holding = self._holding or any(map(is_retrieval, parts))
        self.ended = self.ended or bool(candidate.get("finishReason"))
        if not self._holding:
            return self._written(event, data)
        if self.ended:
            end = end_in(data)
            self._ending.append(Event(write_data(end), end))
        said = said_in(data, visible)
        return self._written(event, said) if said else b""

    def _end(self, event: Event) -> bytes:
        return self._written(event, event.data or {})

    def _written(self, event: Event, data: dict[str, Any]) -> bytes:
        """The response as a piece of the first stream, with what was used up to here."""
        if self._followed_up:
            data = {**{name: value for name, value in data.items() if name not in OF_THE_STREAM}, **self._head}
            used, candidate = data.get("usageMetadata"), candidate_of(data) or {}
            if used or candidate.get("finishReason"):
                summed = sum_usage([self._hidden_usage, used])
                data |= {"usageMetadata": summed} if summed else {}
        return event.raw if data == event.data else write_data(data)
