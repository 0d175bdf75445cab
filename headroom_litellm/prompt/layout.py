"""Whitespace that a description does without: what is left of a source file's layout, not what the text itself has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

__all__ = ["tidy"]

_BLANKS: Final = " \t"
_AT_END: Final = " \t\r"
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})([^`]*)$")
_PREFORMATTED: Final = ("<pre", "*** Begin Patch", "\n@@")
"""Signs of what stands without a fence and means its blanks: in a patch they mark the lines that stay."""


def tidy(text: str) -> str:
    """The text without blanks at the ends of lines, without blank lines at its ends and behind each other, and without
    the indentation that all its lines share, or all but the first one where a docstring was cut out of its source.
    Lines within code fences stay as they are, and so do the blank lines of what is indented. Idempotent; a text that
    has none of this is the same object."""
    if (text.strip() == text and "\n" not in text) or any(sign in text for sign in _PREFORMATTED):
        return text
    lines = text.split("\n")
    fenced = list(_fenced(lines))
    bare = [line if within else line.rstrip(_AT_END) for line, within in zip(lines, fenced, strict=True)]
    filled = [at for at, line in enumerate(bare) if line or fenced[at]]
    if not filled:
        return ""
    first, last = filled[0], filled[-1] + 1
    kept, within = bare[first:last], fenced[first:last]
    if not any(within):
        kept = _dedented(kept, 0, _margin(kept))
        closing = lines[-1].rstrip("\r")
        # The line of a docstring's closing quotes tells what its source was indented by.
        if first == 0 and last < len(lines) and closing and closing == _margin(kept[1:]):
            kept = _dedented(kept, 1, closing)
    tidied = "\n".join(_without_blank_runs(kept, within))
    return text if tidied == text else tidied


def _fenced(lines: Sequence[str]) -> Iterator[bool]:
    """Of each line, whether it is within a code fence or one of its borders."""
    fence = ""
    for line in lines:
        border = _FENCE.match(line.rstrip(_AT_END))
        if fence:
            yield True
            if border and border[1].startswith(fence) and not border[2].strip():
                fence = ""
        else:
            yield border is not None
            fence = border[1] if border else ""


def _margin(lines: Sequence[str]) -> str:
    """What all lines begin with that are not blank, as far as it is blank."""
    margin: str | None = None
    for line in filter(None, lines):
        indentation = line[: len(line) - len(line.lstrip(_BLANKS))]
        if margin is None or margin.startswith(indentation):
            margin = indentation
        elif not indentation.startswith(margin):
            return ""
    return margin or ""


def _dedented(lines: Sequence[str], start: int, margin: str) -> list[str]:
    return [line.removeprefix(margin) if at >= start else line for at, line in enumerate(lines)]


def _without_blank_runs(lines: Sequence[str], fenced: Sequence[bool]) -> Iterator[str]:
    """One blank line for several, but for those in what is indented."""
    before, blank = "", 0
    for line, within in zip(lines, fenced, strict=True):
        if not line and not within:
            blank += 1
            continue
        together = _is_indented(before) and _is_indented(line)
        yield from [""] * (blank if together else min(blank, 1))
        yield line
        before, blank = line, 0


def _is_indented(line: str) -> bool:
    return line[:1] in (" ", "\t")
