"""The detour behind one answer: the model's retrieve calls are answered until it has an answer for the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .ccr.retrieve import WITHHELD, Refused
from .ccr.rounds import Rounds
from .exchange import Exchange
from .history import History
from .report.counters import Counters
from .wire import Answer, Retrieval

__all__ = ["Detour"]


class Detour:
    """`body` is the request's body as it was sent."""

    def __init__(
        self, exchange: Exchange, body: Mapping[str, Any], rounds: Rounds, history: History, counters: Counters
    ) -> None:
        self._exchange = exchange
        self._wire = exchange.wire
        self._rounds = rounds
        self._history = history
        self._counters = counters
        self._body = dict(body)
        self._known = len(self._wire.items(body))
        self._first_id = ""
        self._results: list[str] = []
        self._told: dict[Retrieval, str] = {}
        self._given_up = False
        self._ended: Answer | None = None

    def goes_on(self, answer: Answer) -> bool:
        """Whether the client does not get to see the answer before the model has been asked again. One that calls the
        client's tools too goes out, and its retrievals are answered when the client comes back."""
        ours = bool(answer.retrievals) and not answer.client_calls
        return ours and not self._given_up and not self._rounds.exhausted

    async def follow_up(self, answer: Answer) -> dict[str, Any]:
        """The body to ask the model with again. Raises Refused where a guardrail does not let it through."""
        self._first_id = self._first_id or answer.id
        self._body = self._wire.follow_up(self._body, answer, await self._answered(answer))
        self._results += self._told.values()
        self._told = {}
        return self._body

    def give_up(self) -> None:
        """The model is asked anew, as if there had been no detour."""
        self._given_up = True

    async def end(self, answer: Answer) -> None:
        """The client gets this answer, or more of it than last time: keep what it does not see, before it can come
        back."""
        if self._given_up or answer == self._ended:
            return
        self._ended = answer
        results = await self._answered(answer, withholding=True)
        texts = [*self._results, *self._told.values()]
        if texts:
            ended = self._wire.follow_up(self._body, answer, results)
            await self._history.keep(self._exchange, self._wire.items(ended)[self._known :], texts)
        if self._wire.is_kept(self._body):
            items = self._wire.results(results) if results else []
            await self._history.keep_answer(self._exchange, self._first_id, answer, items)

    async def _answered(self, answer: Answer, *, withholding: bool = False) -> list[tuple[Retrieval, str]]:
        """Of an answer that grows, the calls that are new are answered. `withholding`: what is refused is left out."""
        new = [call for call in answer.retrievals if call not in self._told]
        try:
            texts = await self._rounds.answer([call.arguments for call in new]) if new else []
        except Refused:
            self._counters.add("refused")
            if not withholding:
                raise
            texts = [WITHHELD for _ in new]
        self._counters.add("retrievals", len(texts))
        self._told |= zip(new, texts, strict=True)
        return [(call, self._told[call]) for call in answer.retrievals]
