"""Terminal escape sequences."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ANSI", "ESCAPE", "is_coloured"]

ESCAPE = "\x1b"
"""What each of them begins with: a text that does not hold it has none."""

ANSI = re.compile(r"\x1b(?:\[[0-9;?:]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[()][0-9A-B]|[=>78cDEHM])")
"""Colours, cursor movements and titles, as programs write them for a terminal."""

_SHARE: Final = 0.1
"""Of the lines, from which on a program has coloured its output."""


def is_coloured(text: str) -> bool:
    """Whether its escape sequences are there for a terminal. A few of them are as likely what the text is about: a
    value that a test compares, say."""
    if ESCAPE not in text:
        return False
    lines = text.split("\n")
    return sum(ESCAPE in line for line in lines) > _SHARE * len(lines)
