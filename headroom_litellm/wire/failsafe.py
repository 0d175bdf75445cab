"""A splicer that cannot break a stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .base import Answer, Splicer

__all__ = ["Failsafe"]


class Failsafe(Splicer):
    """Splices with another splicer until that one raises; from then on the stream passes as it comes."""

    def __init__(self, splicer: Splicer) -> None:
        self._splicer = splicer
        self.error: Exception | None = None
        """What the splicer raised."""

    def feed(self, item: Any) -> Iterable[Any]:
        if self.error is None:
            try:
                return list(self._splicer.feed(item))
            except Exception as error:  # noqa: BLE001
                self.error = error
                return self.surrender(item)
        return [item]

    @property
    def ended(self) -> bool:
        return self.error is None and self._splicer.ended

    def answer(self) -> Answer:
        if self.error is None:
            try:
                return self._splicer.answer()
            except Exception as error:  # noqa: BLE001
                self.error = error
        return Answer((), (), client_calls=False)

    def next_stream(self) -> None:
        if self.error is None:
            try:
                self._splicer.next_stream()
            except Exception as error:  # noqa: BLE001
                self.error = error

    def surrender(self, item: Any) -> Iterable[Any]:
        try:
            return list(self._splicer.surrender(item))
        except Exception:  # noqa: BLE001 - what was held back cannot be had any more
            return [item]

    def finish(self) -> Iterable[Any]:
        if self.error is None:
            try:
                return list(self._splicer.finish())
            except Exception as error:  # noqa: BLE001
                self.error = error
        return []
