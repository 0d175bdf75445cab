"""A log as a terminal shows it in the end: without colours, and without what was overwritten."""

from __future__ import annotations

from ..shared.ansi import ANSI

__all__ = ["screen"]


def screen(text: str, *, coloured: bool) -> tuple[list[str], dict[int, int]]:
    """(the lines, how many overwritten states each line had); `coloured`: it has colours, which go"""
    if coloured:
        text = ANSI.sub("", text)
    lines = text.split("\n")
    if len(lines) > 1 and lines[-1] == "":
        lines.pop()
    overwritten: dict[int, int] = {}
    if "\r" in text:
        for i, line in enumerate(lines):
            if "\r" in line:
                states = [state for state in line.split("\r") if state.strip()]
                lines[i] = states[-1] if states else ""
                if len(states) > 1:
                    overwritten[i] = len(states) - 1
    return lines, overwritten
