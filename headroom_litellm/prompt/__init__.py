"""What is done to a prompt besides shortening its tool outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..report.arms import TREATED
from ..settings import Settings
from ..wire import Wire, replaced
from .aligner import Aligned, align
from .losses import Losses
from .shaping import Assignment, assign, shape
from .tool_order import in_order
from .tool_schemas import trim

__all__ = ["Aligned", "Assignment", "Losses", "Prepared", "assign", "prepare"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """body:    what is sent; the given one where nothing applies
    aligned: the volatile values in it, where there are any
    moved:   whether they stand at its end now
    """

    body: dict[str, Any]
    aligned: Aligned | None = None
    moved: bool = False


def prepare(
    wire: Wire,
    body: dict[str, Any],
    settings: Settings,
    *,
    takes_breakpoints: bool,
    assignment: Assignment | None = None,
    takes: frozenset[str] = frozenset(),
) -> Prepared:
    """The order counts: what changes the tools and the system prompt comes before their values are taken out, and the
    cache breakpoints stand before what is said last. `assignment`: the arm of the output shaper's; `takes` as in
    `shape`."""
    if settings.tool_schemas == "lossless":
        body = trim(wire, body)
    if assignment is not None and assignment.arm == TREATED:
        body = shape(wire, body, settings, takes)
    if settings.align_tools:
        body = in_order(wire, body)
    aligned = align(wire, body, settings.aligner_confidence) if settings.aligner != "off" else None
    moved = settings.aligner == "move" and aligned is not None and wire.say_last(body, aligned.block) is not None
    if aligned is not None and moved:
        body = replaced(body, aligned.texts)
    if settings.auto_cache_control and takes_breakpoints:
        body = wire.with_breakpoints(body)
    if aligned is not None and moved:
        body = wire.say_last(body, aligned.block) or body
    return Prepared(body, aligned, moved)
