"""Long text of no other kind: its outline, its beginning and end, and the passages that matter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from ...relevance import rank
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.gaps import fill_gaps, repeated_lines
from ..shared.named import named_lines
from ..shared.signs import HINT, line_fails, plainly_fails
from .detect import is_text

__all__ = ["Text"]

_MIN_TEXT = 12_000
"""Shorter texts are left as they are."""

_HEAD, _TAIL = 1_500, 800
_SHARE = 0.3
_MIN_BUDGET, _MAX_BUDGET = 4_000, 16_000
_PASSAGE = 12
_LEAD = 3
_MAX_NAMED = 60
_MAX_FAILING, _MAX_UNCLEAR = 100, 10
_SMALLEST_GAP = 3
_MAX_LINE = 2_000
_MIN_LINES = 20
_WORTH = 0.8

_HEADING = re.compile(
    r"#{1,6} \S|[0-9]+(?:\.[0-9]+)*\.? [A-Z]|[A-Z][A-Z0-9 _/&-]{3,60}:?$|\*\*[^*]{2,80}\*\*:?$|={1,3} \S"
    r"|\[[^\]]{2,60}\]$"
)
_UNDERLINE = re.compile(r"(?:=|-|~|\^){3,}\s*$")


class Text:
    """Whole lines stay or go, in order; each gap says which lines it holds. Headings, the first lines under them, the
    beginning, the end, failures and what the query is after stay, within a budget of a good quarter of the text."""

    kind: ClassVar[str] = "text"

    def fits(self, sample: Sample) -> bool:
        return len(sample.document.text) >= _MIN_TEXT and is_text(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        if document.lossless:
            return repeated_lines(text)
        lines = text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        if len(text) < _MIN_TEXT or len(lines) < _MIN_LINES:
            return None
        kept, short = fill_gaps(lines, _choose(lines, document.query, len(text)), smallest=_SMALLEST_GAP)
        if len(short) > _WORTH * len(text):
            return repeated_lines(text)
        return Rendition(short, kept, len(lines), "lines")


def _choose(lines: Sequence[str], query: str, size: int) -> set[int]:
    keep = set(_while_short(range(len(lines)), lines, _HEAD))
    keep |= set(_while_short(range(len(lines) - 1, -1, -1), lines, _TAIL))
    keep |= named_lines(lines, query, limit=_MAX_NAMED, context=2)
    suspect = [i for i, line in enumerate(lines) if HINT.search(line[:_MAX_LINE])]
    failing = [i for i in suspect if plainly_fails(lines[i][:_MAX_LINE])]
    keep.update(failing[:_MAX_FAILING])
    if len(suspect) <= _MAX_UNCLEAR:
        keep.update(i for i in suspect if line_fails(lines[i][:_MAX_LINE]))
    budget = int(max(_MIN_BUDGET, min(_MAX_BUDGET, size * _SHARE))) - sum(len(lines[i]) + 1 for i in keep)
    headings = _headings(lines)
    budget -= _take([[i] for i in headings], lines, keep, budget // 2, spread=True)
    budget -= _take(_relevant(lines, query), lines, keep, int(budget * 0.7), spread=False)
    _take(_leads(lines, headings), lines, keep, budget, spread=True)
    return keep


def _while_short(order: Iterable[int], lines: Sequence[str], limit: int) -> list[int]:
    taken: list[int] = []
    for i in order:
        limit -= len(lines[i]) + 1
        if limit < 0:
            break
        taken.append(i)
    return taken


def _take(wanted: Sequence[Sequence[int]], lines: Sequence[str], keep: set[int], limit: int, *, spread: bool) -> int:
    """Keep as many of the passages as the limit has room for: the first ones, or some at even distances. Returns the
    characters used."""
    costs = [sum(len(lines[i]) + 1 for i in passage if i not in keep) for passage in wanted]
    step = max(1.0, sum(costs) / limit) if limit > 0 else math.inf
    order = [int(k * step) for k in range(int(len(wanted) / step))] if spread else range(len(wanted))
    used = 0
    for k in order:
        if 0 < costs[k] <= limit - used:
            used += costs[k]
            keep.update(wanted[k])
    return used


def _headings(lines: Sequence[str]) -> list[int]:
    """Lines that look like headings; in an indented text, the lines that are not indented."""
    indented = sum(line[:1] in " \t" for line in lines if line)
    outline = indented * 10 > sum(1 for line in lines if line) * 6
    found: list[int] = []
    fenced = False
    for i, line in enumerate(lines):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        elif fenced or not line or len(line) > 200:
            continue
        elif _HEADING.match(line) or (outline and line[0] not in " \t"):
            found.append(i)
        elif i and _UNDERLINE.match(line) and lines[i - 1].strip() and len(lines[i - 1]) < 200:
            found += [i - 1, i]
    return found


def _leads(lines: Sequence[str], headings: Sequence[int]) -> list[list[int]]:
    """The first lines with text under each heading; without headings, the first lines of each paragraph."""
    starts = headings
    if len(headings) < 3:
        starts = [i - 1 for i, line in enumerate(lines) if line.strip() and (not i or not lines[i - 1].strip())]
    leads = []
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        first = next((i for i in range(start + 1, min(following, start + 5)) if lines[i].strip()), None)
        if first is not None:
            leads.append(list(range(first, min(following, first + _LEAD))))
    return leads


def _relevant(lines: Sequence[str], query: str) -> list[range]:
    """The passages that score best for the query, best first."""
    starts = range(0, len(lines), _PASSAGE)
    scores = rank(query, ["\n".join(lines[start : start + _PASSAGE]) for start in starts])
    best = max(scores, default=0.0)
    order = sorted((-score, start) for start, score in zip(starts, scores, strict=True) if score > best / 3)
    return [range(start, min(len(lines), start + _PASSAGE)) for _, start in order[:8]]
