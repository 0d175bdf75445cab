"""What a plugin of somebody else's is told of a request's way, and what it may answer.

Facts of a request are those of its neutral view: no event depends on the format in which it came. Events are told in
the order of `EVENTS`. A question is asked while the request waits; everything else is a notice, told behind its back,
and whatever a handler returns to one is ignored.

Two rules keep a provider's prompt cache valid. An answer is remembered, so that a handler which changes its mind does
not change what an earlier message became. And where several replicas serve, or a process is started anew, each of them
asks for itself: a handler has to be pure, a function of the facts of the event and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ..conversation import Turn
from ..settings import Settings
from .answers import Replace, Veto

__all__ = [
    "EVENTS",
    "Event",
    "InputCached",
    "InputCompressed",
    "InputReceived",
    "InputRemembered",
    "InputRouted",
    "PostSend",
    "PostStart",
    "PreSend",
    "PreStart",
    "Question",
    "Request",
    "ResponseReceived",
    "Setup",
]


@dataclass(frozen=True, slots=True)
class Request:
    """The request that an event is about.

    call_type: LiteLLM's name of the call
    model:     the name that the client asks for
    tenant:    a digest of who sent it, the same for all of one tenant's; "" for nobody
    """

    call_type: str
    model: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something has happened, or is about to."""


@dataclass(frozen=True, slots=True)
class Question(Event):
    """An event that may be answered, by one of `answers`; None leaves it as it is."""

    answers: ClassVar[tuple[type, ...]] = (Veto,)

    @property
    def about(self) -> tuple[str, ...]:
        """An answer to a question holds for all questions of its kind that are about the same."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Setup(Event):
    """The plugin has been made, with these settings; told when the event loop runs."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class PreStart(Event):
    """The first request has come, and nothing has been done for it yet."""


@dataclass(frozen=True, slots=True)
class PostStart(Event):
    """The first request is ready to be sent, so many `seconds` after it came."""

    seconds: float


@dataclass(frozen=True, slots=True)
class InputReceived(Question):
    """A request has come. **Veto: it goes out as it came**, and so do all later ones of the conversation.

    Asked at every request; the first answer in a conversation is the one that holds. A conversation is known by what
    is the same at all of its turns: `request`, `tools`, `opening` and `retrievable`. Decide by these, and nothing else.

    tools:       names of the tools that the client declares
    opening:     the system prompt and the first message behind it
    turns:       how many messages there are now
    retrievable: the model can get back what is put away
    """

    request: Request
    tools: tuple[str, ...]
    opening: tuple[Turn, ...]
    turns: int
    retrievable: bool

    @property
    def about(self) -> tuple[str, ...]:
        return (str(self.retrievable), *_conversation(self.request, self.tools, self.opening))


@dataclass(frozen=True, slots=True)
class InputCached(Event):
    """Some of the request's tool outputs have been decided on before, in this process.

    turns:   messages from the first on that hold no others
    outputs: tool outputs that were known
    new:     those that were not: each is asked about by `InputRouted`
    """

    request: Request
    turns: int
    outputs: int
    new: int


@dataclass(frozen=True, slots=True)
class InputRouted(Question):
    """A tool output is about to be made shorter, if it can be. **Veto: it stays as it is. Replace: the handler's own
    text stands in its place.**

    Asked once for each tool output; at later turns the answer is known.

    call_id, tool, arguments: the call that it answers, with the arguments as the JSON text that the model wrote; empty
               where the history does not hold it
    kinds:     what it was found to consist of: names of compressors; none where no kind is known to fit
    is_exact:  a file's content, of which nothing is left out at its first appearance
    """

    answers: ClassVar[tuple[type, ...]] = (Veto, Replace)

    request: Request
    call_id: str
    tool: str
    arguments: str
    text: str
    is_error: bool
    kinds: tuple[str, ...]
    is_exact: bool

    @property
    def about(self) -> tuple[str, ...]:
        return about_output(self.request, self.call_id, self.tool, self.arguments, self.text, self.is_error)


@dataclass(frozen=True, slots=True)
class InputCompressed(Question):
    """A tool output is made shorter in this way. **Veto: it stays as it is**, and what stands behind it is compressed
    anew: nothing refers to what is no longer so. Where a handler can tell by the facts of `InputRouted`, that one is
    the cheaper place to say so.

    Asked once for each tool output, those of one request one after the other.

    call_id, tool, arguments, text, is_error: as in `InputRouted`
    becomes:       what stands in the text's place
    kind:          names how: a compressor, `repeats` or `gutter`, or several, joined by `+`
    kept, total:   so many of so many `unit`s are in view
    tokens_before, tokens_after: of the two texts (cl100k)
    """

    request: Request
    call_id: str
    tool: str
    arguments: str
    text: str
    is_error: bool
    becomes: str
    kind: str
    kept: int
    total: int
    unit: str
    tokens_before: int
    tokens_after: int

    @property
    def about(self) -> tuple[str, ...]:
        output = about_output(self.request, self.call_id, self.tool, self.arguments, self.text, self.is_error)
        return (*output, self.becomes, self.kind, str(self.kept), str(self.total), self.unit)


@dataclass(frozen=True, slots=True)
class InputRemembered(Event):
    """Originals were handed to the store.

    keys:   of what the markers in the request stand for; the store gets each of them once, not at every turn
    stored: the store has acknowledged them; otherwise that is not waited for
    """

    request: Request
    keys: tuple[str, ...]
    stored: bool


@dataclass(frozen=True, slots=True)
class PreSend(Question):
    """The request is ready to be sent. **Veto: it goes out as it came**, and so do all later ones of the conversation.

    Asked at every request, and the first answer holds, as in `InputReceived`: what differs between the turns of a
    conversation, such as the tokens, is told for the handler's own use, and not to decide by.

    outputs: tool outputs that are shorter
    tokens_before, tokens_after: of these (cl100k)
    """

    request: Request
    tools: tuple[str, ...]
    opening: tuple[Turn, ...]
    outputs: int
    tokens_before: int
    tokens_after: int

    @property
    def about(self) -> tuple[str, ...]:
        return _conversation(self.request, self.tools, self.opening)


@dataclass(frozen=True, slots=True)
class PostSend(Event):
    """The provider has the request, and its answer begins. `streamed`: it comes as a stream."""

    request: Request
    streamed: bool


@dataclass(frozen=True, slots=True)
class ResponseReceived(Event):
    """The client's answer is complete. Not told where it broke off.

    retrievals: retrieve calls that were answered for it, in so many hidden `rounds`
    usage:      what the provider reports for all calls together, in its own words; None for a stream
    """

    request: Request
    streamed: bool
    retrievals: int
    rounds: int
    usage: Mapping[str, Any] | None


EVENTS: Final[tuple[type[Event], ...]] = (
    Setup,
    PreStart,
    PostStart,
    InputReceived,
    InputCached,
    InputRouted,
    InputCompressed,
    InputRemembered,
    PreSend,
    PostSend,
    ResponseReceived,
)
"""All there are."""


def about_output(
    request: Request, call_id: str, tool: str, arguments: str, text: str, is_error: bool
) -> tuple[str, ...]:
    """What a question about a tool output is about."""
    return (request.call_type, request.model, request.tenant, call_id, tool, arguments, text, str(is_error))


def _conversation(request: Request, tools: tuple[str, ...], opening: tuple[Turn, ...]) -> tuple[str, ...]:
    said = (part for turn in opening for part in (turn.role, *_texts(turn)))
    return (request.call_type, request.model, request.tenant, str(len(tools)), *tools, *said)


def _texts(turn: Turn) -> tuple[str, ...]:
    return (str(len(turn.segments)), *(segment.text for segment in turn.segments))
