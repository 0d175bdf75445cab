"""A diff without what its headers repeat: shorter, and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .parse import File, Prose

__all__ = ["line_end", "read_back", "shorten"]

_CRLF: Final = "[all lines end with \\r\\n]"
_LEGEND: Final = '["diff --git P (index ...)" = diff --git a/P b/P, index ..., --- a/P, +++ b/P]'
_SHORT: Final = re.compile(
    r"diff --git (.+) \(((?:(?:new|deleted) file mode [0-7]{6}, )?index [0-9a-f.]{4,100}(?: [0-7]{6})?)\)"
)
_NEW, _DELETED = "new file mode ", "deleted file mode "


def line_end(text: str) -> str:
    r"""`\r\n` where all lines end so, else `\n`."""
    return "\r\n" if "\r\n" in text and text.count("\r\n") == text.count("\n") else "\n"


def shorten(lines: Sequence[str], parts: Sequence[Prose | File], end: str) -> str | None:
    """The lines, which end with `end`, with one line for each file's header; None where no header is of that form, or
    the text holds a line that would be taken for one."""
    if any(line.startswith("diff --git ") and _long_header(line) is not None for line in lines):
        return None
    out = [_CRLF] if end == "\r\n" else []
    out.append(_LEGEND)
    found = False
    for part in parts:
        short = _short_header(lines, part.start, part.body) if isinstance(part, File) else None
        if short is not None and isinstance(part, File):
            found = True
            out.append(short)
            out.extend(lines[part.body : part.end])
        else:
            out.extend(lines[part.start : part.end])
    return "\n".join(out) if found else None


def read_back(text: str) -> str:
    """The text that a shortened diff stands for."""
    lines = text.split("\n")
    end = "\n"
    if lines[0] == _CRLF:
        end = "\r\n"
        del lines[0]
    out: list[str] = []
    for line in lines[1:]:
        long = _long_header(line) if line.startswith("diff --git ") else None
        out.extend([line] if long is None else long)
    return end.join(out)


def _short_header(lines: Sequence[str], start: int, end: int) -> str | None:
    """One line for the header of a file whose paths are the same on both sides; None where it has another form."""
    header = lines[start:end]
    first = header[0]
    path = first[len("diff --git a/") : (len(first) - len("diff --git ") - 1) // 2 + len("diff --git ")]
    mode = header[1] if len(header) == 5 else ""
    if mode and not mode.startswith((_NEW, _DELETED)):
        return None
    short = f"diff --git {path} ({mode}{', ' if mode else ''}{header[-3] if len(header) > 3 else ''})"
    return short if _long_header(short) == list(header) else None


def _long_header(short: str) -> list[str] | None:
    """The header that a line stands for, None for any other line."""
    match = _SHORT.fullmatch(short)
    if match is None:
        return None
    path, rest = match[1], match[2].split(", ")
    old = "--- /dev/null" if rest[0].startswith(_NEW) else f"--- a/{path}"
    new = "+++ /dev/null" if rest[0].startswith(_DELETED) else f"+++ b/{path}"
    return [f"diff --git a/{path} b/{path}", *rest, old, new]
