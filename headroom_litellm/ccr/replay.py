"""Replay: what a client does not see of a conversation is put back where it was.

A hidden exchange ends in an answer that the client sends back as a part of its history, without the retrieve calls and
their results. They are kept under a fingerprint of all that the client has seen up to that answer, and come back in
its place, so that the model keeps what it read and the provider's cached prefix still fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from blake3 import blake3

from ..conversation import Segment, Span, Turn
from .key import framed
from .tool import is_retrieve_tool

__all__ = ["Heard", "Transcript"]


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer of the model's as it stands in a client's history.

    fingerprint: of all that the client has seen up to its end; "" where it says nothing
    reference:   the id under which the provider has its last item, where the history merely refers to that; else ""
    """

    fingerprint: str
    reference: str
    span: Span


class Transcript:
    """The fingerprint of what a client has seen of a conversation. `begins` is what it goes on from, and with whom.

    System prompts do not count: clients put the time of day into them. Nor do thinking, retrieve calls, white space and
    cache breakpoints, and it makes no difference how an answer is cut into messages and blocks.
    """

    def __init__(self, *begins: str) -> None:
        self._hasher = blake3()
        self._answer: list[Segment] = []
        self.is_open = False
        """Whether it ends within an answer, which the model is to go on with."""
        self._add(*begins)

    def copy(self) -> Transcript:
        copied = Transcript()
        copied._hasher = self._hasher.copy()
        copied._answer, copied.is_open = [*self._answer], self.is_open
        return copied

    def answers(self, turns: Iterable[Turn], media: Callable[[Span], Iterable[str]]) -> Iterator[Heard]:
        """Take in the turns of a history. Yields each answer that something else follows and that stands in one piece.
        `media` gives what the items of a span hold besides texts."""
        span: Span | None = None
        reference, whole = "", True
        for turn in turns:
            if turn.role == "assistant":
                self.say(turn)
                if turn.span is not None:
                    whole = whole and (span is None or span[1] == turn.span[0])
                    span, reference = (turn.span[0] if span is None else span[0], turn.span[1]), turn.reference
            elif turn.role != "system":
                if (fingerprint := self.close(reference)) and span is not None and whole:
                    yield Heard(fingerprint, reference, span)
                span, reference, whole = None, "", True
                for segment in turn.segments:
                    self._add(segment.kind, repr(segment.is_error), segment.text)
                self._add(*(media(turn.span) if turn.span is not None else ()))

    def say(self, turn: Turn) -> None:
        """Take in a turn of the model's as a part of its answer."""
        self.is_open = True
        self._answer += [segment for segment in turn.segments if not _is_retrieval(segment)]

    def close(self, reference: str = "") -> str:
        """The fingerprint up to the end of the answer; "" where the answer says nothing, not even by reference."""
        text = "".join("".join(segment.text.split()) for segment in self._answer if segment.kind == "text")
        calls = [segment.call for segment in self._answer if segment.kind == "call" and segment.call is not None]
        self._answer, self.is_open = [], False
        if not text and not calls and not reference:
            return ""
        self._add("answer", text, reference)
        for call in calls:
            self._add("call", call.id, call.name, _canonical(call.arguments))
        return self._hasher.hexdigest()[:32]

    def _add(self, *parts: str) -> None:
        self._hasher.update(framed(parts))


def _is_retrieval(segment: Segment) -> bool:
    return segment.kind == "call" and segment.call is not None and is_retrieve_tool(segment.call.name)


def _canonical(arguments: str) -> str:
    """Arguments as they are compared: clients parse them and write them anew."""
    try:
        values = orjson.loads(arguments or "{}")
        # What is nested too deeply to be written is too deep to be walked as well.
        orjson.dumps(values)
        return orjson.dumps(_without_fractions(values), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return arguments


def _without_fractions(value: Any) -> Any:
    """1.0 is 1 to some."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_without_fractions(item) for item in value]
    return {name: _without_fractions(item) for name, item in value.items()} if isinstance(value, dict) else value
