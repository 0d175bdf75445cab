"""Counts what happened, by name and cause. Names and causes are ours; nothing of a request gets in here."""

from __future__ import annotations

from collections import Counter
from threading import Lock

__all__ = ["Counters"]


class Counters:
    """Monotonic counters, safe to share between threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def add(self, name: str, amount: int = 1, *, cause: str = "") -> None:
        with self._lock:
            self._counts[name, cause] += amount

    def get(self, name: str, *, cause: str = "") -> int:
        return self._counts[name, cause]

    def snapshot(self) -> dict[str, int]:
        """All counts, as `name` or `name{cause}`."""
        with self._lock:
            return {f"{name}{{{cause}}}" if cause else name: count for (name, cause), count in self._counts.items()}
