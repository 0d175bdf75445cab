"""Bytes that nobody reads, in lines of hexadecimal digits and the like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["without_bytes"]

_DUMP: Final = re.compile(
    r"\s*(?:(?:[0-9a-fA-F]{2}[ :]){11,}|(?:[0-9a-fA-F]{4,8} ){7,}|[0-9A-Fa-f]{48,}\s*$|[\w+/]{60,}={0,2}\s*$)"
)
_LAST: Final = re.compile(r"\s*(?:[0-9a-fA-F]{2}[ :]?){1,16}\s*$|\s*[\w+/]{1,76}={0,2}\s*$")
"""A shorter line at the end of a dump."""
_LEAST: Final = 3
"""Lines of a dump."""


def without_bytes(record: Sequence[str]) -> tuple[list[str], int]:
    """(the record with a note in place of each dump, how many lines are not there)"""
    out: list[str] = []
    gone = at = 0
    while at < len(record):
        end = at
        while end < len(record) and _DUMP.match(record[end]):
            end += 1
        if end > at and end < len(record) and _LAST.match(record[end]) and record[end].strip():
            end += 1
        if end - at >= _LEAST:
            out.append(f"[… {end - at} lines of bytes]")
            gone += end - at
        else:
            end = max(end, at + 1)
            out += record[at:end]
        at = end
    return out, gone
