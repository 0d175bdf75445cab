"""What a request format must be able to do, and what all of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import Any, ClassVar, Final

from ..ccr.tool import NAME, is_retrieve_tool
from ..conversation import Conversation, Path, Segment, Span, ToolCall
from .either import field
from .paths import Body, value_at
from .wishes import is_structured, with_default

__all__ = [
    "NO_CALLS",
    "Answer",
    "Body",
    "Retrieval",
    "Splicer",
    "Wire",
    "add_usage",
    "below",
]

NO_CALLS: Final[Mapping[str, ToolCall]] = MappingProxyType({})
_PARAGRAPH: Final = "\n\n"
_HEAD: Final = 8
"""Items of the history that a system prompt may be made of."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One call of the retrieve tool. `arguments` is the JSON text, well-formed or not; `name` is what the model called
    it."""

    id: str
    arguments: str
    name: str = NAME


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said in one call.

    items:        its part of the history, in the format's own form and fit to be sent back
    retrievals:   the retrieve calls in it; none of an answer that broke off
    client_calls: it also calls tools of the client's
    id:           by which a later request can go on from it, where the provider keeps the history; else ""
    """

    items: tuple[dict[str, Any], ...]
    retrievals: tuple[Retrieval, ...]
    client_calls: bool
    id: str = ""


class Splicer(ABC):
    """Joins the streams of several hidden calls into the one stream that the client sees.

    Holds back nothing but calls of the retrieve tool and, behind one, the end of the stream. Items are of the type
    that LiteLLM streams for the format; one that needs no change is passed on as the same object.
    """

    ended: bool
    """Whether the model says that it has said all in this stream. More may come all the same: some say so at once."""

    @abstractmethod
    def feed(self, item: Any) -> Iterable[Any]:
        """What to send to the client now."""

    @abstractmethod
    def answer(self) -> Answer:
        """What the model has said in this stream so far."""

    @abstractmethod
    def next_stream(self) -> None:
        """The next items are of the follow-up's stream."""

    @abstractmethod
    def finish(self) -> Iterable[Any]:
        """The end that was held back, as the end of the whole stream. Nothing where nothing was held back."""

    @abstractmethod
    def surrender(self) -> Iterable[Any]:
        """What is held back, as it came: called when splicing is given up."""


class Wire(ABC):
    """One request format. Stateless; bodies and answers are never changed in place."""

    call_types: ClassVar[Mapping[str, str]]
    """LiteLLM's names of the calls that use it, each with its route: the function of `litellm`, by which its proxy
    routes too."""
    bound: ClassVar[bool] = False
    """Whether what a model says can be sent back to where it was said only: the provider keeps or seals parts of it."""
    history: ClassVar[str]
    """The field of the body that holds the history, a list of items: messages, or whatever the format has."""
    schema_fields: ClassVar[Sequence[str]] = ("parameters",)
    """The fields of a tool's definition that may hold the JSON schema of its arguments."""
    head: ClassVar[Sequence[str]] = ("tools",)
    """The fields of the body that hold what the model reads before the history."""
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    """Where the parameters stand that say how hard to think and how much to write, by LiteLLM's names of them."""

    @abstractmethod
    def read(self, body: Body, calls: Mapping[str, ToolCall] = NO_CALLS) -> Conversation:
        """The neutral view. Anything of an unknown shape is left out of it, and so never changed. `calls` are the calls
        by id that the body's results may answer without the body holding them."""

    @abstractmethod
    def tool_names(self, body: Body) -> list[str]:
        """Names of the tools that the request declares."""

    @abstractmethod
    def declare(self, body: Body) -> dict[str, Any]:
        """The body with the retrieve tool at the tail of its tools."""

    @abstractmethod
    def definitions(self, body: Body) -> list[Path]:
        """Where the definition of each tool that the client runs stands: what holds its name, its description and its
        schema."""

    @abstractmethod
    def instruct(self, body: Body, text: str) -> dict[str, Any]:
        """The body with `text` at the end of its system prompt, or as one where it has none."""

    @abstractmethod
    def user_says(self, text: str) -> dict[str, Any]:
        """An item of the history in which the user says `text`."""

    @abstractmethod
    def say_last(self, body: Body, text: str) -> dict[str, Any] | None:
        """The body with `text` as the last that the user says, behind all results and cache breakpoints: what stands
        before it reads as without. None where the model is to go on from words of its own."""

    @abstractmethod
    def answer(self, response: Any) -> Answer | None:
        """What the model said; None for a response of an unknown shape."""

    @abstractmethod
    def results(self, results: Sequence[tuple[Retrieval, str]]) -> list[dict[str, Any]]:
        """The items of the history that answer retrieve calls, in the order of the calls."""

    @abstractmethod
    def join(self, responses: Sequence[Any]) -> Any:
        """One response that reads as if the model had given the last one at once: the visible parts of all, no
        retrieve call, the usage of all."""

    def plain(self, response: Any) -> Any:
        """A response without a retrieve call, as the client is to see it: the same object where nothing in it speaks of
        the tool."""
        return response

    def usage(self, response: Any) -> Any:
        """What the provider says it has charged for, in its own words; None where it says nothing."""
        return field(response, "usage")

    @abstractmethod
    def splicer(self) -> Splicer:
        """A fresh splicer for one client stream."""

    def system_prompt(self, body: Body) -> list[Segment]:
        """The texts of the system prompt: what stands before anybody has said anything."""
        head = self.read({**body, self.history: self.items(body)[:_HEAD]}).turns
        return [segment for turn in takewhile(lambda turn: turn.role == "system", head) for segment in turn.segments]

    def with_breakpoints(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body with cache breakpoints where the format has them and the client has set none."""
        return body

    def is_structured(self, body: Body) -> bool:
        """Whether the answer has to have a form, that of a schema for one."""
        return is_structured(body)

    def with_parameter(self, body: dict[str, Any], name: str, value: str) -> dict[str, Any]:
        """The body with a parameter set that the client has not set; the same body where the format has none."""
        return with_default(body, self.parameters[name], value) if name in self.parameters else body

    def schemas(self, body: Body) -> list[Path]:
        """Where the JSON schema of each tool's arguments stands."""
        return [
            (*path, name)
            for path in self.definitions(body)
            for name in self.schema_fields
            if isinstance(value_at(body, path).get(name), Mapping)
        ]

    def may_hold_calls(self, body: Body) -> bool:
        """Whether the history may hold retrieve calls: where the format wants tools to be declared for that, only with
        the retrieve tool."""
        return self.can_retrieve(body)

    def is_error(self, item: Any) -> bool:
        """Whether an item of a stream reports an error of the provider's."""
        return False

    def handles(self, body: Body) -> bool:
        """Whether the request is one that is answered as it is made."""
        return True

    def can_retrieve(self, body: Body) -> bool:
        """Whether the model can be given the retrieve tool and its calls be answered: it has tools, and none of that
        name."""
        return bool(self.tool_names(body)) and not self.declares_retrieve(body)

    def declares_retrieve(self, body: Body) -> bool:
        """Whether the client brings a retrieve tool of its own, which is then none of our business."""
        return any(is_retrieve_tool(name) for name in self.tool_names(body))

    def items(self, body: Body) -> list[Any]:
        """The history."""
        history = body.get(self.history)
        return list(history) if isinstance(history, list) else []

    def follow_up(self, body: Body, answer: Answer, results: Sequence[tuple[Retrieval, str]]) -> dict[str, Any]:
        """The body with what the model said and the answers to its retrieve calls behind it."""
        answered = self.results(results) if results else []
        return {**body, self.history: [*self.items(body), *answer.items, *answered]}

    def put_back(self, body: Body, hidden: Iterable[tuple[Span, Sequence[dict[str, Any]]]]) -> dict[str, Any]:
        """The body with items of its history, in order and apart, replaced by what really was said there."""
        history, whole, at = self.items(body), list[Any](), 0
        for (start, end), items in hidden:
            whole += [*history[at:start], *self.carry(history[start:end], items)]
            at = end
            merged = self.merge(whole[-1], history[at]) if at < len(history) else None
            if merged is not None:
                whole[-1], at = merged, at + 1
        return {**body, self.history: [*whole, *history[at:]]}

    def leave_out(self, body: Body, span: Span, kept: Iterable[Span], note: str) -> dict[str, Any]:
        """The body with a note of the user's in the place of these items of its history, and behind that those of them
        that are kept."""
        history, (start, end) = self.items(body), span
        left = [item for first, last in kept for item in history[first:last]]
        return {**body, self.history: [*history[:start], self.user_says(note), *left, *history[end:]]}

    def carry(self, shown: Sequence[Any], items: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """The items, with what the client has put on those in whose place they come: cache breakpoints."""
        return items

    def merge(self, item: Any, following: Any) -> dict[str, Any] | None:
        """Two items as one, where the provider wants all results of one turn together and both are results."""
        return None

    def id_of_last(self, items: Sequence[Any]) -> str:
        """The id by which a later history may refer to the last of these items that the client sees; "" where it holds
        them."""
        return ""

    def goes_on_from(self, body: Body) -> str:
        """The id of the answer behind which the provider is to put the body; "" where the body holds all."""
        return ""

    def go_on_from(self, body: Body, id_: str, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The body behind another answer, and with results of calls in that answer before its own."""
        return dict(body)

    def is_kept(self, body: Body) -> bool:
        """Whether the provider keeps the answer, so that a later request can go on from it."""
        return False


def below(text: str, more: str) -> str:
    """A text with another as a paragraph under it."""
    return f"{text}{_PARAGRAPH}{more}" if text else more


def add_usage(one: Any, other: Any) -> Any:
    """Two usage reports summed: numbers are added, mappings merged, of anything else the later one counts."""
    if isinstance(one, bool) or isinstance(other, bool):
        return other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one + other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {key: add_usage(one.get(key), other.get(key)) for key in [*one, *(k for k in other if k not in one)]}
    return one if other is None else other
