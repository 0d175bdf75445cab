"""The history as the model knows it: what a client's request lacks of it is put back, and kept beforehand.

A client lacks what was hidden from it, and all that the provider keeps where it goes on from an earlier answer's id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from . import offload, tokens
from .ccr.key import key_of
from .ccr.records import Records, dump, load
from .ccr.replay import Heard, Transcript
from .conversation import Span, ToolCall
from .exchange import Exchange
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
    """

    base: Body
    whole: Body
    calls: Mapping[str, ToolCall] = field(default_factory=dict)
    transcript: Transcript | None = None


class History:
    def __init__(self, records: Records, settings: Settings) -> None:
        self._records = records
        self._settings = settings

    async def restore(self, exchange: Exchange, body: Body) -> Restored:
        """The body with what it lacks."""
        base, calls = await self._behind_earlier(exchange, body)
        if not self._may_replay(exchange, base):
            return Restored(base, base, calls)
        transcript, answers = await self._offloaded(lambda: _answers(exchange, base))
        names = {
            heard.span: _referred(heard.reference) if heard.reference else _said(heard.fingerprint) for heard in answers
        }
        found = await self._records.find(exchange.tenant, list(names.values()))
        if not found:
            return Restored(base, base, calls, transcript)
        hidden = [(span, found[name]) for span, name in names.items() if name in found]
        whole = await self._offloaded(
            lambda: exchange.wire.put_back(base, self._within_limit(exchange.wire, hidden)),
        )
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
        cost = await self._offloaded(lambda: sum(map(tokens.count, results)))
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
        return exchange.wire.go_on_from(body, id_, record.get("results", ())), {call.id: call for call in calls}

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

    async def _offloaded(self, work: Callable[[], T]) -> T:
        return await offload.run(lambda _: work(), deadline=self._settings.deadline_seconds)


def _answers(exchange: Exchange, body: Body) -> tuple[Transcript, list[Heard]]:
    wire = exchange.wire
    items = wire.items(body)
    transcript = Transcript(exchange.model, wire.goes_on_from(body))
    turns = wire.read(body).turns
    return transcript, list(transcript.answers(turns, lambda span: media(items[span[0] : span[1]])))


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
