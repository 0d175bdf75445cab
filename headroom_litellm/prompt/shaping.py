"""The output shaper: what the model writes gets shorter, in all conversations but those that are held out to measure
by how much.

Only agents are asked to be brief, which is to say requests with tools: what they write between calls nobody reads
twice, while elsewhere the answer is what the user came for. Never shaped are structured outputs, and conversations
whose first message asks for length. A later message does not count, or the system prompt would change in the midst of
a conversation and all that the provider has cached be lost: the instruction itself puts such a wish first. For the same
reason effort and verbosity, where they are set, are so on every turn: providers keep a cache for each effort.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from blake3 import blake3

from ..ccr.key import framed
from ..conversation import Conversation
from ..report.arms import HELD_OUT, TREATED
from ..settings import Settings
from ..wire import Body, Wire

__all__ = ["INSTRUCTION", "Assignment", "assign", "shape"]

INSTRUCTION: Final = (
    "Be concise. Between tool calls say only what is new, in a sentence at most. Do not restate the request, tool "
    "results, or code and text that were shown or written already: refer to them. No preamble, no recap, no offers of "
    "further help. Leave nothing out of code, file contents, commands or tool arguments. If the user asks for detail, "
    "for a length or for a format, that takes precedence."
)
"""Its bytes never change between turns."""

_LENGTH: Final = re.compile(
    r"\b(?:in (?:\w+ )?detail|in[- ]depth|detailed|comprehensive|exhaustive|elaborate|verbose|lengthy|long[- ]form"
    r"|full report|essay|as long as|step[- ]by[- ]step|at least \S{1,12} (?:word|page|paragraph|sentence)s"
    r"|[0-9][0-9,.]{0,9}[- ](?:word|page|paragraph)s?)\b",
    re.IGNORECASE,
)
_ENDS: Final = 4000
"""Characters at either end of a message among which a wish is looked for: what lies between was pasted."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The arm of a conversation, and what it is known by."""

    arm: str
    conversation: str


def assign(wire: Wire, body: Body, conversation: Conversation, *, tenant: str, settings: Settings) -> Assignment | None:
    """The arm that the conversation of a request is in; None for a request that is none of the shaper's business. A
    function of the tenant, the system prompt and the first user message, and so the same on all turns.

    Where the provider keeps the history, a later request need not hold that message: it is not shaped from the start.
    """
    if not settings.output_shaper or not wire.tool_names(body) or wire.is_structured(body) or wire.is_kept(body):
        return None
    if not _can_be_told(wire, body):
        return None
    system, first = _beginning(conversation)
    if not first or _LENGTH.search(first[:_ENDS]) or _LENGTH.search(first[_ENDS:][-_ENDS:]):
        return None
    # Times and identifiers in a system prompt may be others on the next turn.
    steady = " ".join(word for word in system.split() if word.isalpha())
    digest = blake3(framed([tenant, steady, first])).digest(length=16)
    held_out = int.from_bytes(digest[:8], "big") < settings.output_holdout * 2**64
    return Assignment(HELD_OUT if held_out else TREATED, digest.hex())


def shape(wire: Wire, body: dict[str, Any], settings: Settings, takes: frozenset[str]) -> dict[str, Any]:
    """The body as a treated conversation has it. `takes`: of `reasoning_effort` and `verbosity`, what the model has."""
    body = wire.instruct(body, INSTRUCTION)
    for name, level in (("reasoning_effort", settings.output_effort), ("verbosity", settings.output_verbosity)):
        if level != "keep" and name in takes:
            body = wire.with_parameter(body, name, level)
    return body


def _can_be_told(wire: Wire, body: Body) -> bool:
    """Whether there is a place for the instruction."""
    told = wire.instruct(body, INSTRUCTION)
    return any(value is not body.get(name) for name, value in told.items())


def _beginning(conversation: Conversation) -> tuple[str, str]:
    """The system prompt and the first user message: "" for what there is not."""
    system: list[str] = []
    for turn in conversation.turns:
        texts = [segment.text for segment in turn.segments if segment.kind == "text"]
        if turn.role == "system":
            system += texts
        elif turn.role == "user" and texts:
            return "\n".join(system), "\n".join(texts)
    return "", ""
