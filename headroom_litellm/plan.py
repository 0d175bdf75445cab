"""What is sent instead of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .conversation import Conversation
from .exchange import Exchange, Savings
from .history import Restored
from .pipeline import Rewrite
from .prompt import Assignment
from .rewritten import rewritten
from .settings import Settings
from .wire.content import json_text

__all__ = ["Plan", "Reading", "changed", "make_plan", "read"]


@dataclass(frozen=True, slots=True)
class Plan:
    """body:      what is sent
    originals: what the markers in it stand for
    declares:  the model gets the retrieve tool
    outputs:   how many tool outputs were made shorter
    assignment: the arm of the output shaper's that the conversation is in
    """

    body: dict[str, Any]
    originals: dict[str, str]
    declares: bool
    outputs: int
    savings: Savings
    assignment: Assignment | None = None


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
    # Asked for only where it counts: with a window that may get full.
    has_window = exchange.facts.window or settings.budget.context_window
    declared = json_text(restored.whole.get("tools")) if has_window else ""
    return Reading(replace(conversation, retrievable=declares and not lossless, declared=declared), declares)


def make_plan(exchange: Exchange, restored: Restored, reading: Reading, rewrite: Rewrite) -> Plan:
    body = rewritten(exchange.wire, restored.whole, reading.conversation, rewrite)
    if reading.declares:
        body = exchange.wire.declare(body)
    before = sum(item.tokens_before for item in rewrite.compressed)
    after = sum(item.tokens_after for item in rewrite.compressed)
    return Plan(body, rewrite.originals, reading.declares, len(rewrite.compressed), Savings(before, after))


def changed(body: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `other` that are not those of `body`."""
    return {name: value for name, value in other.items() if value is not body.get(name)}
