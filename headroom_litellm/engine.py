"""What one plugin shares between its requests, and the two sides of a request. Knows no format and no litellm."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from . import offload
from .ccr.records import Records
from .ccr.retrieve import Refused
from .ccr.rounds import Rounds
from .detour import Detour
from .events.lifecycle import Lifecycle
from .events.watch import Vetoed
from .exchange import Exchange
from .history import History, Restored
from .memory import Trimming, trim
from .opened import Opened
from .outbox import Outbox
from .pipeline import remember
from .plan import Plan, Reading, changed, make_plan, read
from .prompt import Losses, assign, prepare
from .report.arms import Arms
from .report.counters import Counters
from .rewriter import Rewriter
from .settings import Settings
from .storage import open_store
from .stores import Store, WatchedStore
from .wire import Answer, Failsafe

__all__ = ["Engine", "Reenter"]

T = TypeVar("T")
_LOG = logging.getLogger("headroom_litellm")

Reenter = Callable[[Mapping[str, Any]], Awaitable[T]]
"""Makes a hidden call with the given parts of the request body replaced; returns a response or a stream."""


class Engine:
    def __init__(
        self,
        settings: Settings,
        store: Store,
        counters: Counters | None = None,
        lifecycle: Lifecycle | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.counters = counters or Counters()
        self._lifecycle = lifecycle
        ttl = settings.compress_cache.ttl_seconds
        self._losses = Losses(self.counters)
        self.output_tokens = Arms()
        remember(settings)
        self.rewriter = Rewriter(settings.worker_processes, most=settings.remembered_bytes // 4)
        self._watched = WatchedStore(store)
        self.outbox = Outbox(self._watched, ttl=ttl, counters=self.counters)
        self._trimming = Trimming(settings.memory_trim_seconds)
        records = Records(self._watched, ttl=ttl, counters=self.counters, most=settings.remembered_bytes // 4)
        self.history = History(records, settings, self.counters)

    @classmethod
    def from_settings(cls, settings: Settings) -> Engine:
        """With the store that the settings name, and with metrics; connects to nothing yet."""
        from .report.prometheus import prometheus_sink

        counters = Counters([prometheus_sink])
        return cls(settings, open_store(settings, counters), counters, Lifecycle.from_settings(settings, counters))

    async def compress(self, exchange: Exchange, body: Mapping[str, Any]) -> dict[str, Any]:
        """The parts of the body to send instead; none where nothing changes or anything fails."""
        self.counters.add("requests")
        if self._trimming.is_due():
            offload.submit(trim)
        began = time.monotonic()
        restored, deadline = Restored(body, body), offload.Deadline(self.settings.deadline_seconds)
        try:
            if self._lifecycle is not None:
                exchange.watch = self._lifecycle.watch(exchange)
            quick = offload.is_small([exchange.wire.items(body), *map(body.get, exchange.wire.head)])
            if self.settings.mode == "optimize":
                restored = await deadline.wait_for(self.history.restore(exchange, body, deadline, quick=quick))
                quick = quick and restored.whole is restored.base
            plan = await self._plan(exchange, restored, deadline, quick=quick)
            if plan.originals and not await self._delivered(exchange, body, plan.originals, deadline):
                plan = await self._plan(exchange, restored, deadline, quick=quick, lossless=True)
            if exchange.watch is not None:
                await exchange.watch.ready(plan.outputs, plan.savings, deadline, quick=quick)
        except Vetoed:
            return changed(body, restored.base)
        except Exception as error:  # noqa: BLE001 - whatever fails here, the request goes out as it came
            self.fail_open("compress", error)
            return changed(body, restored.base)
        finally:
            if self._lifecycle is not None:
                self._lifecycle.started(time.monotonic() - began)
        self.counters.add("outputs_compressed", plan.outputs)
        self.counters.add("tokens_saved", plan.savings.tokens_before - plan.savings.tokens_after)
        if self.settings.mode != "optimize":
            return {}
        exchange.transcript = restored.transcript
        exchange.sent = changed(body, plan.body)
        exchange.received = {name: restored.base.get(name) for name in exchange.sent}
        exchange.originals = plan.originals
        exchange.intercepts = plan.declares and self.settings.handle_responses
        exchange.savings = plan.savings
        exchange.assignment = plan.assignment
        return exchange.sent

    async def _plan(
        self,
        exchange: Exchange,
        restored: Restored,
        deadline: offload.Deadline,
        *,
        quick: bool,
        lossless: bool = False,
    ) -> Plan:
        reading = await offload.run(
            lambda _: read(exchange, restored, self.settings, lossless=lossless), deadline, quick=quick
        )
        rewrite = partial(self.rewriter.rewrite, settings=self.settings, deadline=deadline, facts=exchange.facts)
        if exchange.watch is None:
            rewritten = await rewrite(reading.conversation)
        else:
            names = exchange.wire.tool_names(restored.base)
            known = await exchange.watch.received(reading.conversation, names, deadline, quick=quick)
            known, rewritten = await exchange.watch.compressed(known, rewrite, deadline, quick=quick)
            reading = replace(reading, conversation=known)

        def finish(_: object) -> Plan:
            plan = make_plan(exchange, restored, reading, rewritten)
            if self.settings.mode != "optimize":
                return plan
            return self._attempt("prompt", lambda: self._prepared(exchange, plan, reading, counted=not lossless), plan)

        return await offload.run(finish, deadline, quick=quick)

    def _prepared(self, exchange: Exchange, plan: Plan, reading: Reading, *, counted: bool) -> Plan:
        assignment = assign(
            exchange.wire, plan.body, reading.conversation, tenant=exchange.tenant, settings=self.settings
        )
        prepared = prepare(
            exchange.wire,
            plan.body,
            self.settings,
            takes_breakpoints=exchange.takes_breakpoints,
            assignment=assignment,
            takes=exchange.takes,
        )
        if prepared.aligned is not None and counted:
            self._losses.count(prepared.aligned, reading.conversation.turns, moved=prepared.moved)
        return replace(plan, body=prepared.body, assignment=assignment)

    async def _delivered(
        self, exchange: Exchange, body: Mapping[str, Any], originals: Mapping[str, str], deadline: offload.Deadline
    ) -> bool:
        """Whether what is put away can be redeemed. This request holds it; where the provider keeps the history a later
        one will not, so the store must have it before."""
        if self.settings.mode != "optimize":
            return True
        is_kept, stored = exchange.wire.is_kept(body), False
        if is_kept:
            stored = await deadline.wait_for(self.outbox.deliver(exchange.tenant, originals))
        else:
            # What the store has no room for is held with the request alone.
            fits = {key: text for key, text in originals.items() if self.settings.has_room_for(text)}
            self.outbox.send(exchange.tenant, fits)
        if exchange.watch is not None and exchange.tenant:
            exchange.watch.remembered(originals, stored=stored)
        return stored or not is_kept or not exchange.wire.goes_on_from(body)

    async def complete(self, exchange: Exchange, body: Mapping[str, Any], response: Any, reenter: Reenter[Any]) -> Any:
        """The final response for the client; the given one itself where the model did not retrieve."""
        wire, detour, responses = exchange.wire, self._detour(exchange, body), [response]
        if exchange.watch is not None:
            exchange.watch.sent(streamed=False)
        answer = self._attempt("response", partial(wire.answer, response), None)
        while answer is not None and detour.goes_on(answer):
            responses.append(await self._asked_again(exchange, body, detour, answer, reenter))
            answer = self._attempt("response", partial(wire.answer, responses[-1]), None)
        if answer is not None:
            await self._end(detour, answer)
        if len(responses) == 1 and (answer is None or not answer.retrievals):
            final = self._attempt("response", partial(wire.plain, response), response)
        else:
            final = self._attempt("response", partial(wire.join, responses), responses[-1])
        self._answered(exchange, final)
        return final

    def passed_on(self, exchange: Exchange, response: Any) -> None:
        """The client gets the response as it is: nothing in it is ours."""
        if exchange.watch is not None:
            exchange.watch.sent(streamed=False)
            self._answered(exchange, response)

    def _answered(self, exchange: Exchange, final: Any) -> None:
        watch, usage = exchange.watch, exchange.wire.usage
        if watch is not None:
            self._attempt("response", lambda: watch.answered(streamed=False, usage=usage(final)), None)

    async def stream(
        self, exchange: Exchange, body: Mapping[str, Any], items: AsyncIterator[Any], reenter: Reenter[Any]
    ) -> AsyncGenerator[Any, None]:
        """The client's stream: that of the model, live, with the streams of follow-ups joined on."""
        splicer, detour = Failsafe(exchange.wire.splicer()), self._detour(exchange, body)
        hidden: Opened | None = None

        async def open_again(parts: Mapping[str, Any]) -> Opened:
            return await Opened.open(await reenter(parts), exchange.wire.is_error)

        try:
            while True:
                async for item in items:
                    if exchange.watch is not None:
                        exchange.watch.sent(streamed=True)
                    out = splicer.feed(item)
                    if splicer.ended and not detour.goes_on(answer := splicer.answer()):
                        await self._end(detour, answer)
                    for one in out:
                        yield one
                answer = splicer.answer()
                if not detour.goes_on(answer):
                    break
                items = hidden = await self._asked_again(exchange, body, detour, answer, open_again)
                splicer.next_stream()
            for one in splicer.finish():
                yield one
            if exchange.watch is not None:
                exchange.watch.answered(streamed=True)
        finally:
            if splicer.error is not None:
                self.fail_open("stream", splicer.error)
            if hidden is not None:
                await hidden.aclose()

    async def _asked_again(
        self, exchange: Exchange, body: Mapping[str, Any], detour: Detour, answer: Answer, reenter: Reenter[T]
    ) -> T:
        """The follow-up's response; where that fails, that of the request as it came, which cannot retrieve. Raises
        Refused where a guardrail does not let it through."""
        try:
            follow_up = await detour.follow_up(answer)
            if exchange.watch is not None:
                exchange.watch.asked_again(len(answer.retrievals))
            return await reenter(changed(body, follow_up))
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - the client still gets an answer
            self.fail_open("follow_up", error)
            detour.give_up()
            return await reenter(exchange.received)

    async def _end(self, detour: Detour, answer: Answer) -> None:
        try:
            await detour.end(answer)
        except Exception as error:  # noqa: BLE001 - a later turn then lacks what was hidden
            self.fail_open("replay", error)

    def written(self, arm: str, conversation: str, tokens: int, *, answers: int) -> None:
        """The model has written so much in a conversation of the output shaper's. `answers`: 0 in a hidden call."""
        self.output_tokens.add(arm, conversation, tokens, answers=answers)
        self.counters.add("output_tokens", tokens, cause=arm)
        self.counters.add("output_answers", answers, cause=arm)

    def _detour(self, exchange: Exchange, body: Mapping[str, Any]) -> Detour:
        limit = self.settings.max_retrieval_rounds
        screen = partial(exchange.screen, body) if exchange.screen is not None else None
        rounds = Rounds(exchange.originals, self._watched, exchange.tenant, limit, screen=screen)
        return Detour(exchange, {**body, **exchange.sent}, rounds, self.history, self.counters)

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
