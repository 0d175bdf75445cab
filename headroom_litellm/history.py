"""The history as the model knows it: what a client's request lacks of it is put back, and kept beforehand.

A client lacks what was hidden from it, and all that the provider keeps where it goes on from an earlier answer's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

from . import offload, tokens
from .ccr.key import key_of
from .ccr.records import Records, dump, load
from .ccr.replay import Heard, Transcript
from .ccr.retrieve import WITHHELD, Refused
from .conversation import Conversation, Span, ToolCall
from .exchange import Exchange
from .report.counters import Counters
from .settings import Settings
from .wire import Answer, Body, Wire, media, write

__all__ = ["History", "Restored"]

T = TypeVar("T")

_LEFT_OUT: Final = "headroom_retrieve: shown to you at that time, and left out since. Call it again if you need it."


@dataclass(frozen=True)
class Restored:
    """base:  the body as the provider has to get it, whatever else is done to it
    whole: the same with the hidden exchanges in it
    calls: those that its results may answer without it holding them, by id
    transcript: what its client has seen; None where hidden exchanges are not to be kept
    conversation: what `whole` reads as, where it has been read
    """

    base: Body
    whole: Body
    calls: Mapping[str, ToolCall] = field(default_factory=dict)
    transcript: Transcript | None = None
    conversation: Conversation | None = None


class History:
    def __init__(self, records: Records, settings: Settings, counters: Counters) -> None:
        self._records = records
        self._settings = settings
        self._counters = counters

    async def restore(self, exchange: Exchange, body: Body, deadline: offload.Deadline, *, quick: bool) -> Restored:
        """The body with what it lacks. `quick`: it holds little. Raises TimeoutError at the deadline."""
        base, calls = await self._behind_earlier(exchange, body)
        if not self._may_replay(exchange, base):
            return Restored(base, base, calls)
        read, transcript, answers = await offload.run(lambda _: _answers(exchange, base, calls), deadline, quick=quick)
        names = {
            heard.span: _referred(heard.reference) if heard.reference else _said(heard.fingerprint) for heard in answers
        }
        found = await self._records.find(exchange.tenant, list(names.values()))
        if not found:
            return Restored(base, base, calls, transcript, read)
        hidden = [(span, found[name]) for span, name in names.items() if name in found]
        kept = await offload.run(lambda _: self._within_limit(exchange.wire, hidden), deadline)
        shown = await self._screened(exchange, body, [items for _, items in kept])
        spans = [span for span, _ in kept]
        whole = await offload.run(lambda _: exchange.wire.put_back(base, zip(spans, shown, strict=True)), deadline)
        return Restored(base, whole, calls, transcript)

    async def keep(self, exchange: Exchange, hidden: Sequence[Any], results: Sequence[str]) -> None:
        """Keep what stands in the history where the client has one answer: `hidden`, with these results in it. Not that
        of an answer which the client had begun: it has a part of its own in what it will send back."""
        if exchange.transcript is None or exchange.transcript.is_open or not exchange.tenant:
            return
        transcript = exchange.transcript.copy()
        for turn in exchange.wire.read({exchange.wire.history: list(hidden)}).turns:
            if turn.role == "assistant":
                transcript.say(turn)
        fingerprint = transcript.close()
        if not fingerprint:
            return
        deadline = offload.Deadline(self._settings.deadline_seconds)
        cost = await offload.run(lambda _: sum(map(tokens.count, results)), deadline)
        fits = cost <= self._settings.replay_max_tokens
        items = list(hidden) if fits else _without_results(exchange.wire, hidden)
        record = dump({"items": items, "tokens": cost if fits else 0})
        id_ = exchange.wire.id_of_last(hidden)
        names = [_said(fingerprint), *([_referred(id_)] if id_ else [])]
        await self._records.keep(exchange.tenant, dict.fromkeys(names, record))

    async def keep_answer(self, exchange: Exchange, first_id: str, answer: Answer, results: Sequence[Any]) -> None:
        """Keep what a request needs to know that goes on from the answer, by its own id or that of the first of the
        calls that led to it: the calls in it, and the results of those that the client does not know of."""
        if not answer.id or not exchange.tenant:
            return
        segments = exchange.wire.read({exchange.wire.history: list(answer.items)}).segments()
        calls = [segment.call for _, segment in segments if segment.kind == "call" and segment.call is not None]
        records = {}
        if calls:
            told = [[call.id, call.name, call.arguments] for call in calls]
            records[_answer(answer.id)] = dump({"calls": told, "results": list(results)})
        if first_id and first_id != answer.id:
            records[_answer(first_id)] = dump({"goes_on_as": answer.id})
        if records:
            await self._records.keep(exchange.tenant, records)

    def _may_replay(self, exchange: Exchange, body: Body) -> bool:
        if not (self._settings.replay and self._settings.compress_cache.enabled):
            return False
        return bool(exchange.tenant) and exchange.can_call and exchange.wire.may_hold_calls(body)

    async def _behind_earlier(self, exchange: Exchange, body: Body) -> tuple[Body, dict[str, ToolCall]]:
        id_ = exchange.wire.goes_on_from(body)
        if not id_ or not exchange.tenant:
            return body, {}
        record = await self._record(exchange.tenant, id_)
        if isinstance(later := record.get("goes_on_as"), str):
            id_, record = later, await self._record(exchange.tenant, later)
        elif not record:
            return body, {}
        calls = [ToolCall(*call) for call in record.get("calls", ())]
        (results,) = await self._screened(exchange, body, [record.get("results", [])])
        return exchange.wire.go_on_from(body, id_, results), {call.id: call for call in calls}

    async def _record(self, tenant: str, id_: str) -> dict[str, Any]:
        found = await self._records.find(tenant, [_answer(id_)])
        return load(found.get(_answer(id_), b""))

    def _within_limit(self, wire: Wire, hidden: Sequence[tuple[Span, bytes]]) -> list[tuple[Span, list[Any]]]:
        """The first ones win, so that what was put back once is put back at every later turn. Of the others the calls
        are: what else the model said with them may not stand without them."""
        left, kept = self._settings.replay_max_tokens, []
        for span, value in hidden:
            record = load(value)
            items, cost = record.get("items"), record.get("tokens")
            if not isinstance(items, list) or not items or not isinstance(cost, int):
                continue
            left -= cost if (fits := cost <= left) else 0
            kept.append((span, items if fits else _without_results(wire, items)))
        return kept

    async def _screened(self, exchange: Exchange, body: Body, kept: Sequence[list[Any]]) -> Sequence[list[Any]]:
        """The same items, with their results as the guardrails let them through now."""
        wire = exchange.wire
        together = {wire.history: [item for items in kept for item in items]}
        results = [segment for _, segment in wire.read(together).segments() if segment.kind == "result"]
        if exchange.screen is None or not results:
            return kept
        try:
            shown = await exchange.screen(body, [result.text for result in results])
        except Refused:
            self._counters.add("refused")
            shown = [WITHHELD for _ in results]
        changed = {result.path: text for result, text in zip(results, shown, strict=True) if text != result.text}
        rest = iter(wire.items(write(together, changed)))
        return [list(islice(rest, len(items))) for items in kept]


def _answers(
    exchange: Exchange, body: Body, calls: Mapping[str, ToolCall]
) -> tuple[Conversation, Transcript, list[Heard]]:
    wire = exchange.wire
    items = wire.items(body)
    transcript = Transcript(exchange.model, wire.goes_on_from(body))
    read = wire.read(body, calls)
    return read, transcript, list(transcript.answers(read.turns, lambda span: media(items[span[0] : span[1]])))


def _without_results(wire: Wire, items: Sequence[Any]) -> list[Any]:
    """A hidden exchange with a short word in place of each result."""
    body = {wire.history: list(items)}
    results = [segment for _, segment in wire.read(body).segments() if segment.kind == "result"]
    return wire.items(write(body, {segment.path: _LEFT_OUT for segment in results}))


def _said(fingerprint: str) -> str:
    return f"replay-{fingerprint}"


def _referred(id_: str) -> str:
    return f"replay-of-{key_of(id_)}"


def _answer(id_: str) -> str:
    return f"answer-{key_of(id_)}"
