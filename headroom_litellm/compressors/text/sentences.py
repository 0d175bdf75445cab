"""Text in which a line is a whole paragraph: sentences stay or go."""

from __future__ import annotations

import re
from typing import Final

from ..base import Rendition
from ..shared.passages import Limits, choose

__all__ = ["shorten_paragraphs"]

_END: Final = re.compile(r"\n+|(?<=[.!?])[\"')\]”’]{0,2} +(?=[A-Z0-9\"'(\[“‘*`])|[。！？][」』”’）)]{0,2}")
"""Where a sentence ends: before a capital; after the full stops of scripts without spaces."""
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|e\.g|i\.e|cf|vs|etc|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|Sec|Vol|pp?|al|approx)\.$"
)
_MOST: Final = 1_200
"""Characters of the longest sentence; a text with a longer one is no prose."""
_LEAST_SENTENCES: Final = 20
_MIN_GAIN: Final = 60
_LONG_GAP: Final = 240


def shorten_paragraphs(text: str, query: str, limits: Limits) -> Rendition | None:
    """None where there are too few sentences to choose from, or one of them is far too long."""
    pieces = _sentences(text)
    if len(pieces) < _LEAST_SENTENCES or max(map(len, pieces)) > _MOST:
        return None
    titles = [i for i, piece in enumerate(pieces) if piece.startswith("#")]
    keep = choose([piece.strip() for piece in pieces], titles, query, limits)
    out: list[str] = []
    shown = position = 0
    for i in [*sorted(keep), len(pieces)]:
        if i > position:
            gap = "".join(pieces[position:i])
            count = i - position
            note = f"[… {count} {'sentence' if count == 1 else 'sentences'}]"
            if len(gap) - len(note) > _MIN_GAIN and (count > 1 or len(gap) > _LONG_GAP):
                # What stands after the gap begins a paragraph if it did before.
                out += [note, gap[len(gap.rstrip()) :]]
            else:
                out.append(gap)
                shown += count
        if i < len(pieces):
            out.append(pieces[i])
            shown += 1
        position = i + 1
    return Rendition("".join(out), shown, len(pieces), "sentences")


def _sentences(text: str) -> list[str]:
    """The sentences, each with what separates it from the next: joined they are the text."""
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if end[0][0] == "\n" or not _ABBREVIATED.search(text[max(start, end.start() - 12) : end.start()]):
            pieces.append(text[start : end.end()])
            start = end.end()
    if start < len(text):
        pieces.append(text[start:])
    return pieces
