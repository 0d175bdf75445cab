"""A splicer that cannot break a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .base import Answer, Splicer

__all__ = ["Failsafe"]

T = TypeVar("T")


class Failsafe(Splicer):
    """Splices with another splicer until that one raises; from then on the stream passes as it comes, behind what was
    held back until then."""

    def __init__(self, splicer: Splicer) -> None:
        self._splicer = splicer
        self._surrendered: list[Any] = []
        self.ended = False
        self.error: Exception | None = None
        """What the splicer raised."""

    def feed(self, item: Any) -> Iterable[Any]:
        out = self._attempt(lambda splicer: list(splicer.feed(item)), None)
        return [*self.surrender(), item] if out is None else out

    def answer(self) -> Answer:
        return self._attempt(lambda splicer: splicer.answer(), Answer((), (), client_calls=False))

    def next_stream(self) -> None:
        self._attempt(lambda splicer: splicer.next_stream(), None)
        # The end of a stream that is followed up is none for the client.
        self._surrendered.clear()

    def finish(self) -> Iterable[Any]:
        nothing: list[Any] = []
        return [*self._attempt(lambda splicer: list(splicer.finish()), nothing), *self.surrender()]

    def surrender(self) -> Iterable[Any]:
        surrendered, self._surrendered = self._surrendered, []
        return surrendered

    def _attempt(self, work: Callable[[Splicer], T], otherwise: T) -> T:
        """What `work` returns; `otherwise` when it raises, and from then on."""
        if self.error is None:
            try:
                done = work(self._splicer)
                self.ended = self._splicer.ended
            except Exception as error:  # noqa: BLE001
                self.error, self.ended = error, False
                self._surrendered = self._held_back()
            else:
                return done
        return otherwise

    def _held_back(self) -> list[Any]:
        try:
            return list(self._splicer.surrender())
        except Exception:  # noqa: BLE001 - it cannot be had any more
            return []
