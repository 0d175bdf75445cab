"""ContentRouter: which treatment a tool output gets."""

from __future__ import annotations

import re
from typing import Final

from .compressors import COMPRESSORS, Compressor, Document
from .conversation import ToolCall
from .detect import detect
from .settings import Settings
from .sources import argument_values

__all__ = ["compressor_for"]

_READERS: Final = re.compile(
    r"^\s*(?:cd\s+\S+\s*&&\s*|sudo\s+)*(?:cat|head|tail|sed|nl|less|more|bat|batcat|awk|tac|view|type|get-content)\b",
    re.IGNORECASE,
)
_COMMANDS: Final = ("command", "cmd", "script", "code")


def compressor_for(document: Document, call: ToolCall | None, settings: Settings) -> Compressor | None:
    """The compressor of the document's kind; None where it must stay exact, is small, or is of no known kind."""
    if len(document.text) < settings.min_characters:
        return None
    if call is not None and (settings.is_exact(call.name) or reads_a_file(call)):
        return None
    kind = detect(document)
    return COMPRESSORS.get(kind) if kind is not None and kind in settings.kinds else None


def reads_a_file(call: ToolCall) -> bool:
    """Whether a shell call prints a file that the agent may be about to edit."""
    values = argument_values(call)
    if not isinstance(values, dict):
        return False
    command = next((values[key] for key in _COMMANDS if isinstance(values.get(key), str)), "")
    return _READERS.match(command) is not None
