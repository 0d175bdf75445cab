"""Counts what happened, by name and cause. Names and causes are ours; nothing of a request gets in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Final

__all__ = ["COUNTED", "Counters", "Sink"]

COUNTED: Final[Mapping[str, str]] = {
    "requests": "Requests of a format that is handled.",
    "outputs_compressed": "Tool outputs that went out shorter, counted at every turn.",
    "tokens_saved": "Tokens by which they were shorter (cl100k), counted at every turn.",
    "volatile_values": "Values in tools and system prompts that are others at every request, by kind.",
    "volatile_tokens": "Tokens (estimated), sent before, that stood behind one that had changed: `lost` to the "
    "provider's cache, or `kept` in it because the values were moved.",
    "output_answers": "Answers in conversations of the output shaper's, by arm: `treated` or `held_out`.",
    "output_tokens": "Tokens that the model wrote for them, those of hidden calls included, by arm.",
    "retrievals": "Retrieve calls answered.",
    "refused": "Texts from the store that a guardrail did not let through.",
    "fail_open": "Stages that failed and were passed over, by stage.",
    "originals_stored": "Originals that the store has acknowledged.",
    "store_writes_skipped": "Originals not written yet because too much was being written.",
    "store_write_failures": "Originals that the store did not take.",
    "record_failures": "Records of hidden exchanges that could not be written or looked up.",
    "store_calls": "Calls to the store.",
    "store_call_seconds": "Time that they took.",
    "store_call_failures": "Calls to the store that failed, by kind.",
    "store_breaker": "Times that calls to the store began and ceased to be held back.",
    "store_refused": "Values that were too large for the store, by limit.",
    "store_evictions": "Entries that went to make room, by limit.",
    "store_expired": "Entries whose time was over.",
    "store_unreadable": "Entries that could not be opened: damaged, or sealed with another key.",
    "handler_calls": "Calls of event handlers.",
    "handler_call_failures": "Calls of event handlers that failed or were not made, by kind.",
    "handler_breaker": "Times that calls of an event handler began and ceased to be held back.",
    "handler_answers": "Answers that event handlers gave, by event.",
}
"""Every name there is, with what it counts."""

Sink = Callable[[str, float, str], None]
"""Takes a name, an amount and a cause, from any thread."""


class Counters:
    """Monotonic counters, safe to share between threads. What is added goes to the sinks too."""

    def __init__(self, sinks: Sequence[Sink] = ()) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()
        self._sinks = sinks

    def add(self, name: str, amount: float = 1, *, cause: str = "") -> None:
        with self._lock:
            self._counts[name, cause] += amount  # type: ignore[assignment]
        for sink in self._sinks:
            sink(name, amount, cause)

    def get(self, name: str, *, cause: str = "") -> float:
        return self._counts[name, cause]

    def snapshot(self) -> dict[str, float]:
        """All counts, as `name` or `name{cause}`."""
        with self._lock:
            return {f"{name}{{{cause}}}" if cause else name: count for (name, cause), count in self._counts.items()}
