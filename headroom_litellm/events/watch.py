"""One request's events: what the engine reports, and what handlers make of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from .. import offload
from ..ccr.key import encode
from ..conversation import Conversation, Path, Turn
from ..exchange import Exchange, Savings
from ..fold import Compressed, Rewrite
from ..settings import Settings
from .answers import Answer, Veto
from .decisions import Decided, digest_about, digest_of
from .events import (
    InputCached,
    InputCompressed,
    InputReceived,
    InputRemembered,
    InputRouted,
    PostSend,
    PreSend,
    Request,
    ResponseReceived,
)
from .outputs import Output, compressed, decided, outputs_of, routed

if TYPE_CHECKING:
    from .lifecycle import Lifecycle

__all__ = ["Vetoed", "Watch"]

_CLEARED: Final = "cleared"
"""Not a way to make an output shorter: a budget's event, which comes when the model has long seen the output."""
_ASKED: Final = b" asked"
"""Behind an output's place: `InputCompressed` was asked of it there. What a budget makes of it later is not news."""


class Vetoed(Exception):
    """A handler wants the request to go out as it came."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """An output with the answer to `InputRouted`, or else with the question and its digest."""

    output: Output
    known: Decided | None
    question: InputRouted | None
    digest: bytes


class Watch:
    def __init__(self, lifecycle: Lifecycle, exchange: Exchange, settings: Settings) -> None:
        self._lifecycle = lifecycle
        self._known = lifecycle.decisions.known
        self._settings = settings
        self._request = Request(exchange.call_type, exchange.model, _digest(exchange.tenant))
        self._tools: tuple[str, ...] = ()
        self._opening: tuple[Turn, ...] = ()
        self._outputs: dict[Path, Output] = {}
        self._is_received = self._is_answered = False
        self._streamed: bool | None = None
        self._retrievals = self._rounds = 0

    async def received(
        self, conversation: Conversation, tools: Iterable[str], deadline: offload.Deadline, *, quick: bool
    ) -> Conversation:
        """The conversation with what is decided of its tool outputs, before anything is made of them. Raises Vetoed,
        and TimeoutError at the deadline."""
        is_first, self._is_received = not self._is_received, True
        if is_first:
            self._tools, self._opening = tuple(tools), _opening(conversation.turns)
            await self._may_go_on(
                InputReceived(
                    self._request, self._tools, self._opening, len(conversation.turns), conversation.retrievable
                ),
                deadline,
                quick=quick,
            )
        seen = await offload.run(lambda _: self._seen(conversation), deadline, quick=quick)
        self._outputs = {each.output.segment.path: each.output for each in seen}
        if is_first:
            self._tell_cached(conversation, seen)
        answers: dict[Path, Answer] = {}
        for each in seen:
            answer = None if each.known is None else each.known[0]
            if each.question is not None:
                answer = await deadline.wait_for(self._lifecycle.decide(each.question, each.digest))
            if answer is not None:
                answers[each.output.segment.path] = answer
        if not answers:
            return conversation
        return await offload.run(lambda _: decided(conversation, answers, self._settings), deadline, quick=quick)

    async def compressed(
        self,
        conversation: Conversation,
        rewrite: Callable[[Conversation], Awaitable[Rewrite]],
        deadline: offload.Deadline,
        *,
        quick: bool,
    ) -> tuple[Conversation, Rewrite]:
        """What `rewrite` makes of the conversation in the end, with the outputs untouched that handlers want so. Raises
        TimeoutError at the deadline."""
        while True:
            rewritten = await rewrite(conversation)
            unwanted = None
            for output, item in self._unasked(rewritten):
                if await self._is_vetoed(output, item, deadline, quick=quick):
                    unwanted = output
                    break
                self._lifecycle.decisions.settle(output.place + _ASKED, None)
            if unwanted is None:
                return conversation, rewritten
            # Of what stands behind it nothing has been asked yet: it is compressed anew, as if this had always been so.
            self._lifecycle.decisions.settle(unwanted.place, Veto())
            conversation = decided(conversation, {unwanted.segment.path: Veto()}, self._settings)

    def remembered(self, keys: Iterable[str], *, stored: bool) -> None:
        self._lifecycle.tell(InputRemembered(self._request, tuple(keys), stored))

    async def ready(self, outputs: int, savings: Savings, deadline: offload.Deadline, *, quick: bool) -> None:
        """Raises Vetoed, and TimeoutError at the deadline."""
        before, after = savings.tokens_before, savings.tokens_after
        question = PreSend(self._request, self._tools, self._opening, outputs, before, after)
        await self._may_go_on(question, deadline, quick=quick)

    def sent(self, *, streamed: bool) -> None:
        """The provider has begun to answer."""
        if self._streamed is None:
            self._streamed = streamed
            self._lifecycle.tell(PostSend(self._request, streamed))

    def asked_again(self, retrievals: int) -> None:
        """In a hidden round, with so many retrieve calls answered."""
        self._rounds += 1
        self._retrievals += retrievals

    def answered(self, *, streamed: bool, usage: Any = None) -> None:
        """The client has the whole answer. LiteLLM may show what it put together of a stream as an answer of its own:
        that is none."""
        if not self._is_answered and streamed is self._streamed:
            self._is_answered = True
            self._lifecycle.tell(
                ResponseReceived(self._request, streamed, self._retrievals, self._rounds, _mapping(usage))
            )

    async def _may_go_on(self, question: InputReceived | PreSend, deadline: offload.Deadline, *, quick: bool) -> None:
        digest = await offload.run(lambda _: digest_of(question), deadline, quick=quick)
        if isinstance(await deadline.wait_for(self._lifecycle.decide(question, digest, tells=True)), Veto):
            raise Vetoed

    async def _is_vetoed(self, output: Output, item: Compressed, deadline: offload.Deadline, *, quick: bool) -> bool:
        def made(_: object) -> tuple[InputCompressed, bytes]:
            question = compressed(output, item, self._request)
            return question, digest_of(question)

        question, digest = await offload.run(made, deadline, quick=quick)
        return await deadline.wait_for(self._lifecycle.decide(question, digest)) is not None

    def _seen(self, conversation: Conversation) -> list[_Seen]:
        known, seen = self._known, []
        for output in outputs_of(conversation, self._request):
            digest = digest_about(InputRouted, output.about(self._request))
            answer = known(output.place) or known(digest)
            question = routed(output, self._request, self._settings) if answer is None else None
            seen.append(_Seen(output, answer, question, digest))
        return seen

    def _tell_cached(self, conversation: Conversation, seen: Sequence[_Seen]) -> None:
        new = [each.output.turn for each in seen if each.question is not None]
        if len(new) < len(seen):
            turns = min(new, default=len(conversation.turns))
            self._lifecycle.tell(InputCached(self._request, turns, len(seen) - len(new), len(new)))

    def _unasked(self, rewritten: Rewrite) -> list[tuple[Output, Compressed]]:
        """What was made shorter, and has not been asked about where it stands; first ones first."""
        made, known = {item.path: item for item in rewritten.compressed if item.kind != _CLEARED}, self._known
        return [
            (output, made[path])
            for path, output in self._outputs.items()
            if path in made and known(output.place) is None and known(output.place + _ASKED) is None
        ]


def _opening(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns up to the first that is not the system's: those are the same however long the conversation gets."""
    for number, turn in enumerate(turns, 1):
        if turn.role != "system":
            return tuple(turns[:number])
    return tuple(turns)


def _digest(tenant: str) -> str:
    return blake3(encode(tenant)).hexdigest()[:16] if tenant else ""


def _mapping(usage: Any) -> dict[str, Any] | None:
    """A provider's report, whatever it is made of."""
    if hasattr(usage, "model_dump"):
        usage = usage.model_dump(exclude_none=True)
    # The client gets the report itself, which a handler may change.
    return deepcopy(usage) if isinstance(usage, dict) else None
