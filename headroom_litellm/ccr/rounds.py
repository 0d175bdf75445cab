"""The hidden rounds behind one client request: which retrieve calls are answered, how, and when it is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..stores.base import Store
from .retrieve import Request, answer, parse

__all__ = ["Rounds"]

_ENOUGH = (
    "headroom_retrieve: the limit of retrievals for one answer is reached. "
    "Answer now with what you have, and say what is missing."
)
_AGAIN = "headroom_retrieve: you have just made this very call; its answer stands above and has not changed."


class Rounds:
    """Counts rounds up to `limit`; past it the model is told once that it is enough, and then no longer answered."""

    def __init__(self, originals: Mapping[str, str], store: Store, tenant: str, limit: int) -> None:
        self._originals = originals
        self._store = store
        self._tenant = tenant
        self._limit = limit
        self._last: frozenset[Request] = frozenset()
        self.rounds = 0
        self.retrievals = 0

    @property
    def exhausted(self) -> bool:
        """Whether the model has been told that it is enough."""
        return self.rounds > self._limit

    async def answer(self, arguments: Sequence[str]) -> list[str]:
        """The texts for one round of calls, in order."""
        self.rounds += 1
        if self.exhausted:
            return [_ENOUGH for _ in arguments]
        requests = [parse(text) for text in arguments]
        texts = []
        for request in requests:
            if request.key is not None and request in self._last:
                texts.append(_AGAIN)
                continue
            self.retrievals += 1
            texts.append(await answer(request, self._originals, self._store, self._tenant))
        self._last = frozenset(requests)
        return texts
