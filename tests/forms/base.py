"""What a wire format looks like from outside. The tests that go over all formats know nothing else of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, AnyStr, ClassVar, Literal

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Wire

__all__ = ["Call", "Form", "History", "Part", "Seen", "cut"]

History = Sequence[dict[str, Any]]
"""A history as `tests.conversations` makes them up: OpenAI chat messages."""


@dataclass(frozen=True)
class Part:
    """A piece of what the model says: words, or the call of a tool with one argument. `tool` is a client's tool."""

    kind: Literal["text", "thinking", "client", "retrieve"]
    text: str
    tool: str = "bash"

    @property
    def is_call(self) -> bool:
        return self.kind in ("client", "retrieve")

    @property
    def name(self) -> str:
        return NAME if self.kind == "retrieve" else self.tool

    @property
    def arguments(self) -> dict[str, str]:
        return {"hash" if self.kind == "retrieve" else "command": self.text}


@dataclass(frozen=True)
class Call:
    id: str
    name: str
    arguments: Any


@dataclass(frozen=True)
class Seen:
    """What a client has of an answer.

    content: all of it, in the client library's own words, less what a stream and a whole response cannot have alike
    usage:   what the client is told that it costs
    """

    text: str
    thinking: str
    calls: tuple[Call, ...]
    stop: str | None
    usage: dict[str, Any]
    content: Any = None


class Form(ABC):
    """One format: its requests as LiteLLM hands them over, its answers as LiteLLM gives them, and what the official
    client library makes of those. `number` tells several answers to one client request apart."""

    wire: ClassVar[Wire]
    stop: ClassVar[str]
    """Why the model stops when it has called nothing."""
    stop_for_calls: ClassVar[str]
    """Why it stops for a call of a tool."""

    @abstractmethod
    def body(self, chat: History) -> dict[str, Any]:
        """A request with that history which declares one tool, `bash`."""

    @abstractmethod
    def response(self, parts: Sequence[Part], number: int = 0) -> Any:
        """An answer given whole. Its calls have ids that `call_id` makes, where the format has ids."""

    @abstractmethod
    def events(self, parts: Sequence[Part], number: int, cuts: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """The same answer as a stream, its texts and arguments cut at `cuts`: the events up to the one with which the
        model has said all, and those behind it."""

    @abstractmethod
    def streamed(self, items: Iterable[Any]) -> Seen:
        """What the client library makes of a stream. Raises for one that it does not take, or that is not one whole
        answer from its start to its end."""

    @abstractmethod
    def whole(self, response: Any) -> Seen:
        """What the client library makes of a response."""

    def arrive(self, events: Iterable[Any], cuts: Sequence[int]) -> list[Any]:
        """The items that LiteLLM makes of events, where those are bytes cut at `cuts`."""
        return list(events)

    def items(self, parts: Sequence[Part], number: int = 0, cuts: Sequence[int] = ()) -> list[Any]:
        """The answer as the items of a stream."""
        said, rest = self.events(parts, number, cuts)
        return self.arrive([*said, *rest], cuts)

    @staticmethod
    def call_id(number: int, at: int) -> str:
        """The id of the call that is part `at` of an answer."""
        return f"call_{number}_{at}"


def cut(whole: AnyStr, cuts: Iterable[int]) -> list[AnyStr]:
    """`whole` in pieces, some of them empty."""
    places = sorted(place % (len(whole) + 1) for place in cuts)
    return [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]
