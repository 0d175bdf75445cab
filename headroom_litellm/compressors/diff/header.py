"""The header of a file in one line instead of four, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["LEGEND", "long_header", "short_header"]

LEGEND: Final = '["diff --git P (index ...)" = diff --git a/P b/P, index ..., --- a/P, +++ b/P]'

_SHORT: Final = re.compile(
    r"diff --git (.+) \(((?:(?:new|deleted) file mode [0-7]{6}, )?index [0-9a-f.]{4,100}(?: [0-7]{6})?)\)"
)
_NEW, _DELETED = "new file mode ", "deleted file mode "


def short_header(lines: Sequence[str], start: int, end: int) -> str | None:
    """One line for the header of a file whose paths are the same on both sides; None where it has another form."""
    header = lines[start:end]
    first = header[0]
    path = first[len("diff --git a/") : (len(first) - len("diff --git ") - 1) // 2 + len("diff --git ")]
    mode = header[1] if len(header) == 5 else ""
    if mode and not mode.startswith((_NEW, _DELETED)):
        return None
    short = f"diff --git {path} ({mode}{', ' if mode else ''}{header[-3] if len(header) > 3 else ''})"
    return short if long_header(short) == list(header) else None


def long_header(short: str) -> list[str] | None:
    """The header that a line stands for, None for any other line."""
    match = _SHORT.fullmatch(short)
    if match is None:
        return None
    path, rest = match[1], match[2].split(", ")
    old = "--- /dev/null" if rest[0].startswith(_NEW) else f"--- a/{path}"
    new = "+++ /dev/null" if rest[0].startswith(_DELETED) else f"+++ b/{path}"
    return [f"diff --git a/{path} b/{path}", *rest, old, new]
