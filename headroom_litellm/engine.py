"""What one plugin shares between its requests, and the two sides of a request. Knows no format and no litellm."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from . import offload
from .ccr.rounds import Rounds
from .outbox import Outbox
from .pipeline import Rewrite, rewrite
from .report.counters import Counters
from .settings import Settings
from .stores import MemoryStore, SealedStore, Store, from_url
from .stores.sqlite import SqliteStore
from .wire import Answer, Failsafe, Wire, write

__all__ = ["Engine", "Exchange", "Reenter", "Savings"]

T = TypeVar("T")
_LOG = logging.getLogger("headroom_litellm")

Reenter = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Makes a hidden call with the given parts of the request body replaced; returns a response or a stream."""


@dataclass(frozen=True, slots=True)
class Savings:
    """Tokens of the outputs that were made shorter, before and after."""

    tokens_before: int = 0
    tokens_after: int = 0


@dataclass(slots=True)
class Exchange:
    """One client request.

    tenant:   who shares originals with it; "" for nobody, and then they are held with the request alone
    received: the parts of its body that were changed, as the client sent them
    sent:     the same parts as they were sent
    originals: what the markers in it stand for
    deferred: the body is not to be changed before the provider call itself, when all guardrails have seen it
    intercepts: whether retrieve calls in the answer are ours
    cost: what the first and the hidden calls cost together, where there were any and it is known
    fields: names of what the request held when it came; what LiteLLM adds during the first call is that call's own
    """

    wire: Wire
    tenant: str
    received: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    deferred: bool = False
    intercepts: bool = False
    savings: Savings = field(default_factory=Savings)
    cost: float | None = None
    fields: frozenset[str] = frozenset()


class _Closable(Protocol):
    async def aclose(self) -> None: ...


class Engine:
    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.counters = Counters()
        self.outbox = Outbox(store, ttl=settings.compress_cache.ttl_seconds, counters=self.counters)

    @classmethod
    def from_settings(cls, settings: Settings) -> Engine:
        """With the store that the settings name; connects to nothing yet."""
        cache, timeout = settings.compress_cache, settings.store_timeout_seconds
        max_age = cache.max_age_seconds
        inner: Store
        if settings.redis_url is not None:
            inner = from_url(settings.redis_url.get_secret_value(), timeout=timeout, max_age=max_age)
        elif cache.cache_path is not None:
            inner = SqliteStore(cache.cache_path, timeout=timeout, max_age=max_age, max_bytes=cache.max_bytes)
        else:
            inner = MemoryStore(max_entries=cache.max_entries, max_bytes=cache.max_bytes, max_age=max_age)
        secret = settings.encryption_key
        return cls(settings, SealedStore(inner, encryption_key=secret.get_secret_value() if secret else None))

    async def compress(self, exchange: Exchange, body: Mapping[str, Any]) -> dict[str, Any]:
        """The parts of the body to send instead; none where nothing changes or anything fails."""
        self.counters.add("requests")
        try:
            result, sent, intercepts, savings = await offload.run(
                lambda cancelled: self._plan(exchange.wire, body, cancelled), deadline=self.settings.deadline_seconds
            )
        except Exception as error:  # noqa: BLE001 - whatever fails here, the request goes out as it came
            self.fail_open("compress", error)
            return {}
        self.counters.add("outputs_compressed", len(result.compressed))
        self.counters.add("tokens_saved", savings.tokens_before - savings.tokens_after)
        if self.settings.mode != "optimize":
            return {}
        exchange.sent = sent
        exchange.received = {name: body.get(name) for name in sent}
        exchange.originals = result.originals
        exchange.intercepts = intercepts
        exchange.savings = savings
        if exchange.tenant:
            self.outbox.send(exchange.tenant, result.originals)
        return sent

    def _plan(
        self, wire: Wire, body: Mapping[str, Any], cancelled: Callable[[], bool]
    ) -> tuple[Rewrite, dict[str, Any], bool, Savings]:
        conversation = wire.read(body)
        result = rewrite(conversation, self.settings, cancelled=cancelled)
        changed = write(body, result.texts)
        declares = conversation.retrievable and self.settings.compress_cache.enabled
        if declares:
            changed = wire.declare(changed)
        sent = _changed(body, changed)
        savings = Savings(
            sum(item.tokens_before for item in result.compressed), sum(item.tokens_after for item in result.compressed)
        )
        return result, sent, declares and self.settings.handle_responses, savings

    async def complete(self, exchange: Exchange, body: Mapping[str, Any], response: Any, reenter: Reenter) -> Any:
        """The final response for the client; the given one itself where the model did not retrieve."""
        wire, rounds = exchange.wire, self._rounds(exchange)
        responses = [response]
        followed = {**body, **exchange.sent}
        answer = self._attempt("response", partial(wire.answer, response), None)
        while answer is not None and self._goes_on(answer, rounds):
            followed = await self._follow_up(wire, followed, answer, rounds)
            responses.append(await self._reenter(exchange, _changed(body, followed), reenter))
            answer = self._attempt("response", partial(wire.answer, responses[-1]), None)
        if len(responses) == 1 and (answer is None or not answer.retrievals):
            return response
        return self._attempt("response", partial(wire.join, responses), responses[-1])

    async def stream(
        self, exchange: Exchange, body: Mapping[str, Any], items: AsyncIterator[Any], reenter: Reenter
    ) -> AsyncGenerator[Any, None]:
        """The client's stream: that of the model, live, with the streams of follow-ups joined on."""
        wire, rounds, splicer = exchange.wire, self._rounds(exchange), Failsafe(exchange.wire.splicer())
        followed = {**body, **exchange.sent}
        hidden: _Closable | None = None
        try:
            while True:
                async for item in items:
                    for out in splicer.feed(item):
                        yield out
                answer = splicer.answer()
                if not self._goes_on(answer, rounds):
                    break
                followed = await self._follow_up(wire, followed, answer, rounds)
                items = hidden = await self._reenter(exchange, _changed(body, followed), reenter)
                splicer.next_stream()
            for out in splicer.finish():
                yield out
        finally:
            if splicer.error is not None:
                self.fail_open("stream", splicer.error)
            if hidden is not None and hasattr(hidden, "aclose"):
                await hidden.aclose()

    async def _reenter(self, exchange: Exchange, changed: Mapping[str, Any], reenter: Reenter) -> Any:
        """The follow-up's response; where that fails, that of the request as it came, which cannot retrieve."""
        try:
            return await reenter(changed)
        except Exception as error:  # noqa: BLE001 - the client still gets an answer
            self.fail_open("follow_up", error)
            return await reenter(exchange.received)

    def _rounds(self, exchange: Exchange) -> Rounds:
        return Rounds(exchange.originals, self.store, exchange.tenant, self.settings.max_retrieval_rounds)

    @staticmethod
    def _goes_on(answer: Answer, rounds: Rounds) -> bool:
        return bool(answer.retrievals) and not answer.client_calls and not rounds.exhausted

    async def _follow_up(self, wire: Wire, body: Mapping[str, Any], answer: Answer, rounds: Rounds) -> dict[str, Any]:
        texts = await rounds.answer([call.arguments for call in answer.retrievals])
        self.counters.add("retrievals", len(texts))
        return wire.follow_up(body, answer, list(zip(answer.retrievals, texts, strict=True)))

    def _attempt(self, stage: str, work: Callable[[], T], otherwise: T) -> T:
        """What `work` returns; `otherwise`, counted, when it raises."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            self.fail_open(stage, error)
            return otherwise

    def fail_open(self, stage: str, error: Exception) -> None:
        """Count and log that a stage failed and was passed over."""
        self.counters.add("fail_open", cause=stage)
        # The error's text may quote the request.
        _LOG.warning("headroom: %s failed (%s); the request goes on without", stage, type(error).__name__)


def _changed(body: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `other` that are not those of `body`."""
    return {name: value for name, value in other.items() if value is not body.get(name)}
