"""What a provider with a prompt cache charges, in units of one input token at list price."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from standin import Usage

__all__ = ["CACHED", "OUTPUT", "UNCACHED", "bill", "tokens_sent"]

CACHED: Final = 0.1
UNCACHED: Final = 1.25
"""A token that is not in the cache is written to it."""
OUTPUT: Final = 5.0


def tokens_sent(calls: Iterable[Usage]) -> int:
    return sum(call.prompt for call in calls)


def bill(calls: Iterable[Usage]) -> float:
    return sum(CACHED * call.read + UNCACHED * (call.written + call.fresh) + OUTPUT * call.output for call in calls)
