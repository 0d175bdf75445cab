"""The detour behind one answer: the model's retrieve calls are answered until it has an answer for the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
        self._complete = True
        self.over = False
        """Whether the model's last answer is for the client."""

    def goes_on(self, answer: Answer) -> bool:
        """Whether the client does not get to see the answer before the model has been asked again. One that calls the
        client's tools too goes out, and its retrievals are answered when the client comes back."""
        return bool(answer.retrievals) and not answer.client_calls and not self._rounds.exhausted

    async def follow_up(self, answer: Answer) -> dict[str, Any]:
        """The body to ask the model with again."""
        self._first_id = self._first_id or answer.id
        self._body = self._wire.follow_up(self._body, answer, await self._answered(answer))
        return self._body

    def give_up(self) -> None:
        """The model is asked anew, as if there had been no detour."""
        self._complete = False

    async def end(self, answer: Answer) -> None:
        """The client gets this answer: keep what it does not see, before it can come back."""
        self.over = True
        if not self._complete:
            return
        results = await self._answered(answer)
        if self._results:
            ended = self._wire.follow_up(self._body, answer, results)
            await self._history.keep(self._exchange, self._wire.items(ended)[self._known :], self._results)
        if self._wire.is_kept(self._body):
            items = self._wire.results(results) if results else []
            await self._history.keep_answer(self._exchange, self._first_id, answer, items)

    async def _answered(self, answer: Answer) -> list[tuple[Retrieval, str]]:
        texts = await self._rounds.answer([call.arguments for call in answer.retrievals]) if answer.retrievals else []
        self._counters.add("retrievals", len(texts))
        self._results += texts
        return list(zip(answer.retrievals, texts, strict=True))
