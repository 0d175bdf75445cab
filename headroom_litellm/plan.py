"""What is sent instead of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .conversation import Conversation
from .exchange import Exchange, Savings
from .history import Restored
from .pipeline import Rewrite
from .settings import Settings
from .wire import write

__all__ = ["Plan", "Reading", "changed", "make_plan", "read"]


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


@dataclass(frozen=True, slots=True)
class Reading:
    """A restored body as a conversation. `declares` as in Plan."""

    conversation: Conversation
    declares: bool


def read(exchange: Exchange, restored: Restored, settings: Settings, *, lossless: bool) -> Reading:
    """`lossless`: nothing may be put away."""
    wire = exchange.wire
    conversation = restored.conversation or wire.read(restored.whole, restored.calls)
    declares = exchange.can_call and conversation.retrievable and settings.compress_cache.enabled
    # A provider that keeps a retrieve call wants its result at the next request: nobody's are not known then.
    declares = declares and (bool(exchange.tenant) or not wire.is_kept(restored.base))
    return Reading(replace(conversation, retrievable=declares and not lossless), declares)


def make_plan(exchange: Exchange, restored: Restored, reading: Reading, rewritten: Rewrite) -> Plan:
    body = write(restored.whole, rewritten.texts)
    if reading.declares:
        body = exchange.wire.declare(body)
    before = sum(item.tokens_before for item in rewritten.compressed)
    after = sum(item.tokens_after for item in rewritten.compressed)
    return Plan(body, rewritten.originals, reading.declares, len(rewritten.compressed), Savings(before, after))


def changed(body: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `other` that are not those of `body`."""
    return {name: value for name, value in other.items() if value is not body.get(name)}
