"""ContentRouter: which treatment a tool output gets."""

from __future__ import annotations

from dataclasses import dataclass

from .compressors import COMPRESSORS, Compressor, Document
from .conversation import ToolCall
from .detect import detect
from .settings import Settings
from .shell import reads_a_file

__all__ = ["Route", "route"]


@dataclass(frozen=True, slots=True)
class Route:
    """exact:      the output is a file's content, which the agent may be about to edit
    kind:       what it is, where that matters and is known
    compressor: the compressor of its kind; None where it must stay exact, is small, or is of no kind in use
    """

    exact: bool
    kind: str | None = None
    compressor: Compressor | None = None


def route(document: Document, call: ToolCall | None, settings: Settings) -> Route:
    """The way of one output, which answers `call`."""
    if call is not None and (settings.is_exact(call.name) or reads_a_file(call)):
        return Route(exact=True)
    kind = detect(document)
    if kind is None or kind not in settings.kinds or len(document.text) < settings.min_characters:
        return Route(exact=False, kind=kind)
    return Route(exact=False, kind=kind, compressor=COMPRESSORS.get(kind))
