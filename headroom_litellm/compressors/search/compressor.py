"""Matches of a search: each path once; where they are many, the best of each file, and what is left out by count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from ...relevance import query_terms
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI
from .choose import Choice, choose
from .complaints import is_complaint, left_out, notes_on
from .counts import compress_counts, is_counts
from .cut import LONG, Cutter
from .detect import is_search
from .grouped import shown_headings, write
from .matches import CONTEXT, MATCH, OTHER, SEPARATOR, Matches, Section
from .notes import file_note, rest_note
from .parse import parse

__all__ = ["Search"]

_WHOLE: Final = 9_000
"""A lossless form of up to this length is shown whole: a match that is missed costs another call."""
_READING: Final = 24_000
"""The same where the search reads passages of one file, any line of which may be what is needed."""
_TRIED: Final = 3
"""Texts of so many times this length hardly have a lossless form that would be shown whole."""
_SURELY: Final = 0.4
"""A form of this share of the text is short enough, whatever the lossless one takes."""
_SHARE: Final = 0.32
_MIN_BUDGET, _MAX_BUDGET = 6_000, 16_000
_REST_SHARE: Final = 0.15
_LEAST_GAIN: Final = 0.97
_WORTH: Final = 0.8
_WORTH_CHARACTERS: Final = 2_500
"""What leaving lines out must save, to be worth having to ask for them."""


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
        if document.lossless:
            return _exact(found, sections, text)
        if coloured:
            shorter = _shorter(found, sections, document)
            return shorter if shorter is not None and len(shorter.text) <= _WORTH * len(text) else None
        whole = _READING if _is_reading(found) else _WHOLE
        exact = None
        tried = len(text) <= _TRIED * whole
        if tried:
            exact = _exact(found, sections, text)
            if _size(exact, text) <= whole and not _has_long(lines):
                return exact
        shorter = _shorter(found, sections, document)
        if shorter is not None and not tried and len(shorter.text) <= _SURELY * len(text):
            return shorter
        exact = exact if tried else _exact(found, sections, text)
        size = _size(exact, text)
        worth = min(_WORTH * size, size - _WORTH_CHARACTERS)
        return shorter if shorter is not None and len(shorter.text) <= worth else exact


def _size(exact: Rendition | None, text: str) -> int:
    return len(text) if exact is None else len(exact.text)


def _is_reading(found: Matches) -> bool:
    """Is it one file, and more of what surrounds the matches than matches?"""
    return len(found.paths) == 1 and found.kinds.count(CONTEXT) > found.kinds.count(MATCH)


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
    for end, note in notes_on(found.lines, dropped).items():
        notes[end] = f"{note}\n{notes[end]}" if end in notes else note
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
    hidden = end = 0
    unseen: list[Section] = []
    seen: set[int] = set()
    for section in sections:
        missing = [i for i in section.records if i not in choice.keep]
        end = section.records[-1]
        hidden += len(missing)
        if len(missing) < len(section.records):
            seen.add(section.file)
        elif found.style != "single":
            unseen.append(section)
            continue
        if missing:
            notes[end] = file_note(found, missing, choice, unit)
    if unseen:
        rest = rest_note(found, unseen, seen, unit, room)
        notes[end] = f"{notes[end]}\n{rest}" if end in notes else rest
    return notes, hidden


def _others(found: Matches, query: str, budget: int) -> tuple[set[int], list[int]]:
    """Lines of no file: those to show, and those to leave out, which are some of very many complaints."""
    if OTHER not in found.kinds and (found.numbered or SEPARATOR not in found.kinds):
        return set(), []
    separate = found.style != "heading"
    shown = {i for i, kind in enumerate(found.kinds) if kind == OTHER and (separate or found.lines[i].strip())}
    complaints = [i for i in sorted(shown) if is_complaint(found.lines[i])]
    dropped = left_out(found.lines, complaints, query, budget)
    return shown.difference(dropped), dropped
