"""What is sent instead of a request: decided on once, off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .exchange import Exchange, Savings
from .history import Restored
from .pipeline import rewrite
from .settings import Settings
from .wire import write

__all__ = ["Plan", "changed", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """body:      what is sent
    originals: what the markers in it stand for
    declares:  the model gets the retrieve tool
    outputs:   how many tool outputs were made shorter
    """

    body: dict[str, Any]
    originals: dict[str, str]
    declares: bool
    outputs: int
    savings: Savings


def make_plan(
    exchange: Exchange, restored: Restored, settings: Settings, cancelled: Callable[[], bool], *, lossless: bool
) -> Plan:
    """`lossless`: nothing may be put away. Raises what `rewrite` raises."""
    wire = exchange.wire
    conversation = wire.read(restored.whole, restored.calls)
    declares = exchange.can_call and conversation.retrievable and settings.compress_cache.enabled
    # A provider that keeps a retrieve call wants its result at the next request: nobody's are not known then.
    declares = declares and (bool(exchange.tenant) or not wire.is_kept(restored.base))
    conversation = replace(conversation, retrievable=declares and not lossless)
    result = rewrite(conversation, settings, cancelled=cancelled)
    body = write(restored.whole, result.texts)
    if declares:
        body = wire.declare(body)
    before = sum(item.tokens_before for item in result.compressed)
    after = sum(item.tokens_after for item in result.compressed)
    return Plan(body, result.originals, declares, len(result.compressed), Savings(before, after))


def changed(body: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `other` that are not those of `body`."""
    return {name: value for name, value in other.items() if value is not body.get(name)}
