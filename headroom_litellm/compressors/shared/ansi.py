"""Terminal escape sequences."""

from __future__ import annotations

import re

__all__ = ["ANSI", "ESCAPE"]

ESCAPE = "\x1b"
"""What each of them begins with: a text that does not hold it has none."""

ANSI = re.compile(r"\x1b(?:\[[0-9;?:]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[()][0-9A-B]|[=>78cDEHM])")
"""Colours, cursor movements and titles, as programs write them for a terminal."""
