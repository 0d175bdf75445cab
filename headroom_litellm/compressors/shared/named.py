"""The lines that a query names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ...relevance import in_lower_case, query_terms

__all__ = ["named_lines"]

_RARE_WORD = 3
_SHARE = 50
_MIN_WORD = 5


def named_lines(lines: Sequence[str], query: str, *, limit: int, context: int = 1) -> set[int]:
    """The lines that hold an identifier of the query that few lines hold, or a word of it that hardly any line holds,
    each with `context` lines around it. The rarest come first; no more than `limit` lines are named."""
    terms = query_terms(query)
    if not terms or not lines:
        return set()
    text = "\n".join(lines)
    lowered = in_lower_case(text)
    if len(lowered) != len(text):
        lowered = text
    starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
    found: list[tuple[int, list[int]]] = []
    for term, identifier in terms.items():
        most = max(_RARE_WORD, len(lines) // _SHARE) if identifier else _RARE_WORD
        if identifier or len(term) >= _MIN_WORD:
            holding = _holding(lowered, term, starts, most)
            if 0 < len(holding) <= most:
                found.append((len(holding), holding))
    named: set[int] = set()
    for _, holding in sorted(found):
        if len(named) + len(holding) <= limit:
            named.update(holding)
    return {j for i in named for j in range(max(0, i - context), min(len(lines), i + context + 1))}


def _holding(text: str, term: str, starts: Sequence[int], most: int) -> list[int]:
    """The lines that hold the term as a word of its own; no more than one too many."""
    lines: list[int] = []
    position = text.find(term)
    while position >= 0 and len(lines) <= most:
        end = position + len(term)
        if not (text[position - 1 : position].isalnum() or text[end : end + 1].isalnum()):
            line = bisect_right(starts, position) - 1
            lines.append(line)
            end = starts[line + 1]
        position = text.find(term, end)
    return lines
