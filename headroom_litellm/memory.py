"""Memory that is free again goes back to the system.

Requests bring large texts that are gone a moment later, and what is remembered of them is small and stays: glibc then
keeps the free memory between the small pieces. Without this a proxy's memory grows to several times what it holds.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from functools import cache

__all__ = ["Trimming", "trim"]


class Trimming:
    """Says when it is time, once in so many `seconds`; 0 for never."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Also counts as the last time, if it is."""
        now = time.monotonic()
        if not self._seconds or now - self._last < self._seconds:
            return False
        self._last = now
        return True


def trim() -> None:
    """Takes about a millisecond for each 6 MB that go back, without Python's lock. Does nothing where the C library
    has no such call."""
    _malloc_trim()(0)


@cache
def _malloc_trim() -> Callable[[int], int]:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return lambda _: 0
    return found
