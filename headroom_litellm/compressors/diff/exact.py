"""A diff without what its headers repeat: shorter, and nothing lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .header import LEGEND, long_header, short_header
from .parse import File, Prose

__all__ = ["line_end", "read_back", "shorten"]

_CRLF: Final = "[all lines end with \\r\\n]"


def line_end(text: str) -> str:
    r"""`\r\n` where all lines end so, else `\n`."""
    return "\r\n" if "\r\n" in text and text.count("\r\n") == text.count("\n") else "\n"


def shorten(lines: Sequence[str], parts: Sequence[Prose | File], end: str) -> str | None:
    """The lines, which end with `end`, with one line for each file's header; None where no header is of that form, or
    the text holds a line that would be taken for one."""
    if any(line.startswith("diff --git ") and long_header(line) is not None for line in lines):
        return None
    out = [_CRLF] if end == "\r\n" else []
    out.append(LEGEND)
    found = False
    for part in parts:
        short = short_header(lines, part.start, part.body) if isinstance(part, File) else None
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
        long = long_header(line) if line.startswith("diff --git ") else None
        out.extend([line] if long is None else long)
    return end.join(out)
