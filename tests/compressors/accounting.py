"""Checks that a text with gaps shows lines of its source, in order, and accounts for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headroom_litellm.compressors import Rendition

UNCOLOURED = "[colour codes removed]"
CUT = re.compile(r"\[… (\d+) characters\]")
GAP = re.compile(r"^\[… (\d+) (?:lines?|more like this|overwritten states of the next line)\b")


def account(rendition: Rendition, source: list[str]) -> None:
    """Shown lines are the source's own, in order, and they, those without their middle and the gaps add up to all of
    it."""
    gaps = states = cut = 0
    remaining: Iterator[str] = iter(source)
    count = 0
    for line in rendition.text.removeprefix(f"{UNCOLOURED}\n").split("\n"):
        gap = GAP.match(line)
        if gap is not None:
            gaps += int(gap[1])
            states += sum(map(int, re.findall(r", (\d+) overwritten states\)", line)))
        elif CUT.search(line) and line not in source:
            assert any(is_cut(line, each) for each in remaining)
            cut += 1
        else:
            assert line in remaining
            count += 1
    assert count == rendition.kept
    assert count + gaps + states + cut == rendition.total


def is_cut(line: str, whole: str) -> bool:
    """Is the line that one without as many characters as it says, where it says so?"""
    parts = CUT.split(line)
    at = 0
    for number, part in enumerate(parts):
        if number % 2:
            at += int(part)
        elif whole[at : at + len(part)] != part:
            return False
        else:
            at += len(part)
    return at == len(whole)
