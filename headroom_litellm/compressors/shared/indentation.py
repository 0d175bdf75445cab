"""How far in a line begins."""

from __future__ import annotations

__all__ = ["indentation"]


def indentation(line: str) -> int:
    """The white space before what stands on it, in characters; all of a blank line."""
    return len(line) - len(line.lstrip())
