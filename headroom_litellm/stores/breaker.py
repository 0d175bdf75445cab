"""Holds calls back for a while after a backend failed, so that they fail at once and not each after its timeout."""

from __future__ import annotations

import threading
import time
from typing import Literal

from ..report.counters import Counters

__all__ = ["Breaker"]


class Breaker:
    """Whether to try: always, until `after` calls in a row failed; then not for `retry_after` seconds, then by one call
    at a time.

    A probe that never reports back, because its caller was cancelled, is given up after `timeout` seconds, or
    `retry_after` if that is longer. Counts `store_breaker` (opened, closed), and each call that it holds back as one of
    `store_call_failures`.
    """

    def __init__(self, *, retry_after: float, timeout: float, counters: Counters, after: int = 1) -> None:
        self._retry_after = retry_after
        self._probe_for = max(retry_after, timeout)
        self._counters = counters
        self._after = after
        self._failures = 0
        self._closed_until: float | None = None
        self._lock = threading.Lock()

    def admits(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if self._closed_until is None:
                return True
            if now >= self._closed_until:
                self._closed_until = now + self._probe_for
                return True
        self._count("held_back")
        return False

    def succeeded(self) -> None:
        """Let all calls through."""
        with self._lock:
            changed, self._closed_until, self._failures = self._closed_until is not None, None, 0
        if changed:
            self._count("closed")

    def failed(self) -> None:
        """Hold calls back, if it is one too many."""
        with self._lock:
            self._failures += 1
            if self._failures < self._after:
                return
            changed = self._closed_until is None
            self._closed_until = time.monotonic() + self._retry_after
        if changed:
            self._count("opened")

    def _count(self, what: Literal["opened", "closed", "held_back"]) -> None:
        if what == "held_back":
            self._counters.add("store_call_failures", cause=what)
        else:
            self._counters.add("store_breaker", cause=what)
