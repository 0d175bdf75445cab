"""ContentRouter: which treatment a tool output gets."""

from __future__ import annotations

from .compressors import COMPRESSORS, Compressor, Document
from .conversation import ToolCall
from .detect import detect
from .settings import Settings
from .shell import reads_a_file

__all__ = ["compressor_for", "must_stay_exact"]


def compressor_for(document: Document, call: ToolCall | None, settings: Settings) -> Compressor | None:
    """The compressor of the document's kind; None where it must stay exact, is small, or is of no known kind."""
    if len(document.text) < settings.min_characters:
        return None
    if must_stay_exact(call, settings):
        return None
    kind = detect(document)
    return COMPRESSORS.get(kind) if kind is not None and kind in settings.kinds else None


def must_stay_exact(call: ToolCall | None, settings: Settings) -> bool:
    """Whether the output is a file's content, which the agent may be about to edit."""
    return call is not None and (settings.is_exact(call.name) or reads_a_file(call))
