"""Checks that a text with gaps shows lines of its source, in order, and accounts for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headroom_litellm.compressors import Rendition

UNCOLOURED = "[colour codes removed]"
GAP = re.compile(r"^\[… (\d+) (?:lines?|more like this|overwritten states of the next line)\b")


def account(rendition: Rendition, source: list[str]) -> None:
    """Shown lines are the source's own, in order, and they and the gaps add up to all of it."""
    gaps = states = 0
    remaining: Iterator[str] = iter(source)
    count = 0
    for line in rendition.text.removeprefix(f"{UNCOLOURED}\n").split("\n"):
        gap = GAP.match(line)
        if gap is not None:
            gaps += int(gap[1])
            states += sum(map(int, re.findall(r", (\d+) overwritten states\)", line)))
        else:
            assert line in remaining
            count += 1
    assert count == rendition.kept
    assert count + gaps + states == rendition.total
