"""The neutral view of a request: what every part between the wire formats works on.

A wire format reads a request body into a `Conversation`; the pipeline decides on new texts for some of its
segments; `wire.write` puts them back. Nothing here knows a request format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["GONE", "Conversation", "LeftOut", "Path", "Role", "Segment", "Span", "ToolCall", "Turn", "exceeds"]

_SEGMENT: Final = 100
"""Characters that cost as much as having one more segment."""

GONE: Final = "gone"
"""The stub of a segment whose whole turn is left out."""

Role = Literal["system", "user", "assistant", "tool"]

Path = tuple[str | int, ...]
"""Where a text stands in the request body: the keys and indexes that lead to it."""

Span = tuple[int, int]
"""Items of the history in the request body, from the first to the one behind the last."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model made. `arguments` is the JSON text as the client sent it, well-formed or not."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of text, or one picture, in the conversation.

    `kind` is `text` for prose, `call` for the arguments of a tool call, `result` for a tool's output, `picture` for one
    that a user or a tool shows, with its encoded data as `text`; only what tools gave is ever rewritten. `call` is the
    call itself or, for what a tool gave, the call that it answers (None when the history does not hold it).
    `untouched`: it is shown as it is, whatever it is. `stub`: what stands in its place, where it was cleared; `GONE`
    where nothing does.
    """

    kind: Literal["text", "call", "result", "picture"]
    text: str
    path: Path
    call: ToolCall | None = None
    is_error: bool = False
    untouched: bool = False
    stub: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the request, its segments in the order in which the model reads them.

    span:      where it stands in the history; None for what stands elsewhere in the request
    reference: the id under which the provider has the last item of it, where the history merely refers to that
    thinks:    it begins with thinking of the model's, which some providers want at the head of what they go on from
    """

    role: Role
    segments: tuple[Segment, ...]
    span: Span | None = None
    reference: str = ""
    thinks: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole request. `retrievable`: the model has, or can be given, the tool that gets originals back. `declared`:
    the JSON text of the tools that it declares, where that is known."""

    turns: tuple[Turn, ...]
    retrievable: bool = False
    declared: str = ""

    def segments(self) -> Iterator[tuple[Role, Segment]]:
        """Every segment with the role of its turn, first to last."""
        for turn in self.turns:
            for segment in turn.segments:
                yield turn.role, segment


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Turns from the number `first` to the one before `end`, without those that are `kept`. `note` stands before what
    is left of them, `original` is what the others said."""

    first: int
    end: int
    kept: frozenset[int]
    note: str
    original: str

    def __contains__(self, turn: int) -> bool:
        return self.first <= turn < self.end and turn not in self.kept


def exceeds(turns: Iterable[Turn], size: int) -> bool:
    """Whether there is more to work on than so many characters. Looks no further than is needed to tell."""
    for turn in turns:
        size -= sum(_SEGMENT + len(segment.text) for segment in turn.segments)
        if size < 0:
            return True
    return False
