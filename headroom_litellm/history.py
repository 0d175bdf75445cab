"""The history as the model knows it: what a client's request lacks of it is put back, and kept beforehand.

A client lacks what was hidden from it, and all that the provider keeps where it goes on from an earlier answer's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from . import offload, tokens
from .ccr.key import key_of
from .ccr.records import Record, Records
from .ccr.replay import Heard, Transcript
from .conversation import Span, ToolCall
from .exchange import Exchange
from .settings import Settings
from .wire import Answer, Body, Wire, write

__all__ = ["History", "Restored"]

_DEADLINE: Final = 5.0
_LEFT_OUT: Final = "headroom_retrieve: shown to you at that time, and left out since. Call it again if you need it."


@dataclass(frozen=True)
class Restored:
    """base:  the body as the provider has to get it, whatever else is done to it
    whole: the same with the hidden exchanges in it
    calls: those that its results may answer without it holding them, by id
    """

    base: Body
    whole: Body
    calls: Mapping[str, ToolCall] = field(default_factory=dict)


class History:
    def __init__(self, records: Records, settings: Settings) -> None:
        self._records = records
        self._settings = settings

    async def restore(self, exchange: Exchange, body: Body) -> Restored:
        """The body with what it lacks. From here on, the exchange knows what its client has seen."""
        base, calls = await self._behind_earlier(exchange, body)
        if not self._may_replay(exchange, body):
            return Restored(base, base, calls)
        exchange.transcript, answers = await offload.run(
            lambda _: _answers(exchange.wire, body), deadline=self._settings.deadline_seconds
        )
        names = {
            heard.span: _referred(heard.reference) if heard.reference else _said(heard.fingerprint) for heard in answers
        }
        found = await self._records.find(exchange.tenant, list(names.values()))
        hidden = [(span, found[name]) for span, name in names.items() if name in found]
        if not hidden:
            return Restored(base, base, calls)
        return Restored(base, exchange.wire.put_back(base, self._within_limit(exchange.wire, hidden)), calls)

    async def keep(self, exchange: Exchange, hidden: Sequence[Any], results: Sequence[str]) -> None:
        """Keep what stands in the history where the client has one answer: `hidden`, with these results in it."""
        if exchange.transcript is None or not exchange.tenant:
            return
        cost = await offload.run(lambda _: sum(map(tokens.count, results)), deadline=_DEADLINE)
        transcript = exchange.transcript.copy()
        for turn in exchange.wire.read({exchange.wire.history: list(hidden)}).turns:
            if turn.role == "assistant":
                transcript.say(turn)
        if fingerprint := transcript.close():
            items = hidden if cost <= self._settings.replay_max_tokens else _without_results(exchange.wire, hidden)
            record = {"items": list(items), "tokens": 0 if items is not hidden else cost}
            await self._records.keep(exchange.tenant, _said(fingerprint), record)
            if id_ := exchange.wire.id_of_last(hidden):
                await self._records.keep(exchange.tenant, _referred(id_), record)

    async def keep_answer(self, exchange: Exchange, first_id: str, answer: Answer, results: Sequence[Any]) -> None:
        """Keep what a request needs to know that goes on from the answer, by its own id or that of the first of the
        calls that led to it: the calls in it, and the results of those that the client does not know of."""
        if not answer.id or not exchange.tenant:
            return
        segments = exchange.wire.read({exchange.wire.history: list(answer.items)}).segments()
        calls = [segment.call for _, segment in segments if segment.kind == "call" and segment.call is not None]
        if calls:
            record = {"calls": [[call.id, call.name, call.arguments] for call in calls], "results": list(results)}
            await self._records.keep(exchange.tenant, _answer(answer.id), record)
        if first_id and first_id != answer.id:
            await self._records.keep(exchange.tenant, _answer(first_id), {"goes_on_as": answer.id})

    def _may_replay(self, exchange: Exchange, body: Body) -> bool:
        if not (self._settings.replay and self._settings.compress_cache.enabled):
            return False
        return bool(exchange.tenant) and exchange.can_call and exchange.wire.can_retrieve(body)

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
        return exchange.wire.go_on_from(body, id_, record.get("results", ())), {call.id: call for call in calls}

    async def _record(self, tenant: str, id_: str) -> Record:
        return (await self._records.find(tenant, [_answer(id_)])).get(_answer(id_), {})

    def _within_limit(self, wire: Wire, hidden: Sequence[tuple[Span, Record]]) -> list[tuple[Span, list[Any]]]:
        """The first ones win, so that what was put back once is put back at every later turn. Of the others the calls
        are: what else the model said with them may not stand without them."""
        left, kept = self._settings.replay_max_tokens, []
        for span, record in hidden:
            fits = record["tokens"] <= left
            left -= record["tokens"] if fits else 0
            kept.append((span, record["items"] if fits else _without_results(wire, record["items"])))
        return kept


def _answers(wire: Wire, body: Body) -> tuple[Transcript, list[Heard]]:
    transcript = Transcript()
    answers = list(transcript.answers(wire.read(body).turns))
    return transcript, answers


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
