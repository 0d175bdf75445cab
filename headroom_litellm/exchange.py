"""One client request: what it was, what was sent instead, and what its answer needs to know of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .budget import UNKNOWN, ModelFacts
from .ccr.replay import Transcript
from .prompt import Assignment
from .wire import Body, Wire

if TYPE_CHECKING:
    from .events.watch import Watch

__all__ = ["Exchange", "Savings"]


@dataclass(frozen=True, slots=True)
class Savings:
    """Tokens of the outputs that were made shorter, before and after."""

    tokens_before: int = 0
    tokens_after: int = 0


@dataclass(slots=True)
class Exchange:
    """One client request.

    call_type: LiteLLM's name of the call
    model: the name that the client asks for
    tenant:   who shares originals with it; "" for nobody, and then they are held with the request alone
    received: the parts of its body that were changed, as the provider would have had to get them
    sent:     the same parts as they were sent
    originals: what the markers in it stand for
    transcript: what the client has seen so far; None where hidden exchanges are not to be kept
    local: made by a program that calls LiteLLM itself, without a proxy
    deferred: the body is not to be changed before the provider call itself, when all guardrails have seen it
    can_call: the model can call tools
    takes_breakpoints: cache breakpoints may be set where the client sets none
    intercepts: whether retrieve calls in the answer are ours
    facts: what is known of the model
    takes: of the parameters that the output shaper may set, those that the model has
    assignment: the arm of the output shaper's that its conversation is in
    cost: what the first and the hidden calls cost together, where there were any and it is known
    watch: what happens to it is told to event handlers; None where there are none
    fields: names of what the request held when it came; what LiteLLM adds during the first call is that call's own
    screen: given the request's body, shows texts of the store's to the guardrails and returns what they make of them,
              or raises Refused; None where there are none
    """

    wire: Wire
    call_type: str
    tenant: str
    model: str = ""
    received: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    transcript: Transcript | None = None
    local: bool = False
    deferred: bool = False
    can_call: bool = True
    takes_breakpoints: bool = False
    intercepts: bool = False
    facts: ModelFacts = UNKNOWN
    takes: frozenset[str] = frozenset()
    assignment: Assignment | None = None
    savings: Savings = field(default_factory=Savings)
    cost: float | None = None
    watch: Watch | None = None
    fields: frozenset[str] = frozenset()
    screen: Callable[[Body, Sequence[str]], Awaitable[list[str]]] | None = None

    @property
    def route(self) -> str:
        """LiteLLM's name for the way that the request takes."""
        return self.wire.call_types[self.call_type]
