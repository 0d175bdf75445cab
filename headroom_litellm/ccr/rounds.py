"""The hidden rounds behind one client request: which retrieve calls are answered, how, and when it is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..stores.base import Store
from .retrieve import Request, Screen, answer, parse

__all__ = ["Rounds"]

_ENOUGH = (
    "headroom_retrieve: the limit of retrievals for one answer is reached. "
    "Answer now with what you have, and say what is missing."
)
_CALLS: Final = 32
"""Calls of one round that are answered: more than a model has use for at once."""
_CHARACTERS: Final = 4_000_000
"""Characters of all texts for one answer: no model reads more. The first one is whole whatever its length."""
_TOO_MANY = (
    f"headroom_retrieve: only the first {_CALLS} calls made at once are answered. "
    "Make this one again if you still need it."
)
_TOO_MUCH = (
    "headroom_retrieve: with this one it would be more than can be brought back for one answer. "
    "Ask for less, with `query` or `lines`, or answer with what you have."
)
_AGAIN = "headroom_retrieve: you have just made this very call; its answer stands above and has not changed."


class Rounds:
    """Counts rounds up to `limit`; past it the model is told once that it is enough, and then no longer answered. What
    one round asks for, and what all of them bring back, is limited too, and the model is told so."""

    def __init__(
        self, originals: Mapping[str, str], store: Store, tenant: str, limit: int, *, screen: Screen | None = None
    ) -> None:
        self._originals = originals
        self._store = store
        self._tenant = tenant
        self._limit = limit
        self._screen = screen
        self._last: frozenset[Request] = frozenset()
        self._brought = 0
        self.rounds = 0
        self.retrievals = 0

    @property
    def exhausted(self) -> bool:
        """Whether the model has been told that it is enough."""
        return self.rounds > self._limit

    async def answer(self, arguments: Sequence[str]) -> list[str]:
        """The texts for one round of calls, in order. Raises Refused when the screen does."""
        self.rounds += 1
        if self.exhausted:
            return [_ENOUGH for _ in arguments]
        requests = [parse(text) for text in arguments[:_CALLS]]
        known = set(self._last)
        texts = []
        for request in requests:
            if request.key is not None and request in known:
                texts.append(_AGAIN)
                continue
            known.add(request)
            self.retrievals += 1
            texts.append(self._within_limit(await self._brought_back(request)))
        self._last = frozenset(requests)
        return texts + [_TOO_MANY] * (len(arguments) - len(texts))

    async def _brought_back(self, request: Request) -> str:
        return await answer(request, self._originals, self._store, self._tenant, screen=self._screen)

    def _within_limit(self, text: str) -> str:
        if self._brought and self._brought + len(text) > _CHARACTERS:
            return _TOO_MUCH
        self._brought += len(text)
        return text
