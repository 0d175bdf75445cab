"""Replay: what a client does not see of a conversation is put back where it was.

A hidden exchange ends in an answer that the client sends back as a part of its history, without the retrieve calls and
their results. They are kept under a fingerprint of all that the client has seen up to that answer, and come back in
its place, so that the model keeps what it read and the provider's cached prefix still fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson
from blake3 import blake3

from ..conversation import Segment, Span, Turn
from .key import encode
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
    """The fingerprint of what a client has seen of a conversation.

    System prompts do not count: clients put the time of day into them. Nor do identifiers, thinking, retrieve calls and
    cache breakpoints, and it makes no difference how an answer is cut into messages and blocks.
    """

    def __init__(self) -> None:
        self._hasher = blake3()
        self._answer: list[Segment] = []

    def copy(self) -> Transcript:
        copied = Transcript()
        copied._hasher = self._hasher.copy()
        copied._answer = [*self._answer]
        return copied

    def answers(self, turns: Iterable[Turn]) -> Iterator[Heard]:
        """Take in the turns of a history. Yields each answer that something else follows."""
        span: Span | None = None
        reference = ""
        for turn in turns:
            if turn.role == "assistant":
                self.say(turn)
                if turn.span is not None:
                    span, reference = (turn.span[0] if span is None else span[0], turn.span[1]), turn.reference
            elif turn.role != "system":
                if (fingerprint := self.close(reference)) and span is not None:
                    yield Heard(fingerprint, reference, span)
                span, reference = None, ""
                for segment in turn.segments:
                    self._add(segment.kind, repr(segment.is_error), segment.text)

    def say(self, turn: Turn) -> None:
        """Take in a turn of the model's as a part of its answer."""
        self._answer += [segment for segment in turn.segments if not _is_retrieval(segment)]

    def close(self, reference: str = "") -> str:
        """The fingerprint up to the end of the answer; "" where the answer says nothing, not even by reference."""
        text = "".join(segment.text for segment in self._answer if segment.kind == "text").strip()
        calls = [segment for segment in self._answer if segment.kind == "call"]
        self._answer = []
        if not text and not calls and not reference:
            return ""
        self._add("answer", text, reference)
        for segment in calls:
            self._add("call", segment.call.name if segment.call is not None else "", _canonical(segment.text))
        return self._hasher.hexdigest()[:32]

    def _add(self, *parts: str) -> None:
        for part in map(encode, parts):
            # Each part with its length, so that no two conversations are told in the same bytes.
            self._hasher.update(len(part).to_bytes(8, "big"))
            self._hasher.update(part)


def _is_retrieval(segment: Segment) -> bool:
    return segment.kind == "call" and segment.call is not None and is_retrieve_tool(segment.call.name)


def _canonical(arguments: str) -> str:
    """Arguments as they are compared: clients parse them and write them anew."""
    try:
        return orjson.dumps(orjson.loads(arguments), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return arguments
