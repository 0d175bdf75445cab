"""Holds calls back for a while after a backend failed, so that they fail at once and not each after its timeout."""

from __future__ import annotations

import threading
import time

__all__ = ["Breaker"]


class Breaker:
    """Whether to try: always, until a call failed; then not for `retry_after` seconds, then by one call at a time.

    A probe that never reports back, because its caller was cancelled, is given up after `probe_for` seconds.
    """

    def __init__(self, *, retry_after: float, probe_for: float) -> None:
        self._retry_after = retry_after
        self._probe_for = probe_for
        self._closed_until: float | None = None
        self._lock = threading.Lock()

    def admits(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if self._closed_until is None:
                return True
            if now < self._closed_until:
                return False
            self._closed_until = now + self._probe_for
            return True

    def succeeded(self) -> bool:
        """Let all calls through; True when that is a change."""
        with self._lock:
            changed, self._closed_until = self._closed_until is not None, None
            return changed

    def failed(self) -> bool:
        """Hold calls back; True when that is a change."""
        with self._lock:
            changed = self._closed_until is None
            self._closed_until = time.monotonic() + self._retry_after
            return changed
