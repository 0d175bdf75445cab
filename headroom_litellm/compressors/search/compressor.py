"""Matches of a search: each path once; where they are many, the best of each file, and what is left out by count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final

from ...relevance import NAMED, query_terms, rank
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI
from .choose import Choice, choose
from .counts import compress_counts, is_counts
from .cut import LONG, Cutter
from .detect import is_search
from .grouped import shown_headings, write
from .matches import CONTEXT, MATCH, OTHER, SEPARATOR, Matches, Section, is_complaint
from .notes import file_note, rest_note
from .parse import parse

__all__ = ["Search"]

_SMALL: Final = 5_000
"""A lossless form of up to this length is shown whole."""
_ALL_SHOWN: Final = 14_000
"""Longer texts hardly have a lossless form that would be shown whole."""
_SURELY: Final = 0.4
"""A form of this share of the text is short enough, whatever the lossless one takes."""
_SHARE: Final = 0.32
_MIN_BUDGET, _MAX_BUDGET = 5_000, 16_000
_REST_SHARE: Final = 0.15
_LEAST_GAIN: Final = 0.97
_WORTH: Final = 0.8
_MANY_COMPLAINTS, _THEIR_SHARE, _FIRST_COMPLAINTS = 24, 0.25, 4


class Search:
    """Lines that are no matches stay in place. Lines of matches are the source's own; their number says where they
    stand in the file above them, and each file's note how many more it has."""

    kind: ClassVar[str] = "search"

    def fits(self, sample: Sample) -> bool:
        return is_search(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        coloured = "\x1b" in text
        if coloured and document.lossless:
            return None
        lines = (ANSI.sub("", text) if coloured else text).split("\n")
        if not coloured and is_counts(lines):
            return compress_counts(document)
        found = parse(lines)
        if found is None:
            return None
        sections = found.sections()
        exact = None
        tried = coloured or document.lossless or len(text) <= _ALL_SHOWN
        if tried and not coloured:
            exact = _exact(found, sections, text)
            if document.lossless or (_size(exact, text) <= _SMALL and not _has_long(lines)):
                return exact
        shorter = _shorter(found, sections, document)
        if shorter is not None and len(shorter.text) <= _SURELY * len(text):
            return shorter
        exact = exact if tried else _exact(found, sections, text)
        return shorter if shorter is not None and len(shorter.text) <= _WORTH * _size(exact, text) else exact


def _size(exact: Rendition | None, text: str) -> int:
    return len(text) if exact is None else len(exact.text)


def _has_long(lines: Sequence[str]) -> bool:
    return any(len(line) > 4 * LONG for line in lines)


def _exact(found: Matches, sections: Sequence[Section], text: str) -> Rendition | None:
    short = write(found, sections)
    if short is None or len(short) > _LEAST_GAIN * len(text):
        return None
    total, unit = _total(found, [])
    return Rendition(short, total, total, unit)


def _total(found: Matches, dropped: Sequence[int]) -> tuple[int, str]:
    """How many there are of what; lines, where it is not matches only of which some may be left out."""
    matches = found.kinds.count(MATCH)
    if not dropped and not found.kinds.count(CONTEXT):
        return matches, "matches"
    others = sum(1 for i, kind in enumerate(found.kinds) if kind == OTHER and found.lines[i].strip())
    return matches + found.kinds.count(CONTEXT) + others, "lines"


def _shorter(found: Matches, sections: Sequence[Section], document: Document) -> Rendition | None:
    budget = int(max(_MIN_BUDGET, min(_MAX_BUDGET, _SHARE * len(document.text))))
    others, dropped = _others(found, document.query, budget)
    room = max(budget // 2, budget - sum(len(found.lines[i]) + 1 for i in others))
    choice = choose(found, sections, document.query, room)
    total, unit = _total(found, dropped)
    keep = choice.keep | others | shown_headings(found, choice.keep)
    notes, hidden = _notes(found, sections, choice, unit, int(room * _REST_SHARE))
    hidden += len(dropped)
    for gap in _gaps(found, dropped):
        note = f"[… {len(gap)} {'line' if len(gap) == 1 else 'lines'}]"
        notes[gap[-1]] = f"{note}\n{notes[gap[-1]]}" if gap[-1] in notes else note
    cutter = Cutter(list(query_terms(document.query)))
    short = write(found, sections, keep=keep, notes=notes, shorten=cutter)
    if short is None:
        return None
    return Rendition(short, total - hidden, total, unit, tuple(cutter.spans))


def _notes(
    found: Matches, sections: Sequence[Section], choice: Choice, unit: str, room: int
) -> tuple[dict[int, str], int]:
    """The notes by the line that they come after, and how many lines they speak of."""
    notes: dict[int, str] = {}
    hidden = 0
    unseen = []
    end = 0
    for section in sections:
        missing = [i for i in section.records if i not in choice.keep]
        end = section.records[-1]
        hidden += len(missing)
        if len(missing) == len(section.records):
            unseen.append(section)
        elif missing:
            notes[end] = file_note(found, missing, choice, unit)
    if unseen:
        rest = rest_note(found, unseen, unit, room)
        notes[end] = f"{notes[end]}\n{rest}" if end in notes else rest
    return notes, hidden


def _others(found: Matches, query: str, budget: int) -> tuple[set[int], list[int]]:
    """Lines of no file: those to show, and those to leave out, which are files that could not be searched where they
    are very many; some for each reason stay."""
    if OTHER not in found.kinds and (found.numbered or SEPARATOR not in found.kinds):
        return set(), []
    separate = found.style != "heading"
    shown = {i for i, kind in enumerate(found.kinds) if kind == OTHER and (separate or found.lines[i].strip())}
    complaints = [i for i in sorted(shown) if is_complaint(found.lines[i])]
    if len(complaints) <= _MANY_COMPLAINTS or sum([len(found.lines[i]) for i in complaints]) <= _THEIR_SHARE * budget:
        return shown, []
    scores = rank(query, [found.lines[i] for i in complaints])
    keep = {i for i, score in zip(complaints, scores, strict=True) if score >= NAMED}
    reasons: Counter[str] = Counter()
    for i in complaints:
        reason = found.lines[i].rsplit(": ", 1)[-1]
        reasons[reason] += 1
        if reasons[reason] <= _FIRST_COMPLAINTS:
            keep.add(i)
    dropped = [i for i in complaints if i not in keep]
    return shown.difference(dropped), dropped


def _gaps(found: Matches, dropped: Sequence[int]) -> list[list[int]]:
    gaps: list[list[int]] = []
    for i in dropped:
        if gaps and gaps[-1][-1] == i - 1:
            gaps[-1].append(i)
        else:
            gaps.append([i])
    return gaps
