"""Say it once: lines that the model has already been shown become one line that says where they stand.

Loses nothing: what is referred to stands in the same context, earlier, line by line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from .gutter import NOTE, Lines, Partly
from .pieces import Pieces, Teller
from .places import Places, all_places, remember
from .sources import shorten

__all__ = ["Repeat", "Run", "Seen", "Source", "Within"]

_ANCHOR: Final = 6
"""Characters that a line needs to be looked up; shorter ones (braces, blanks) only extend a run."""
_LEAST_GAIN: Final = 60
"""Characters that a reference must save: a reader has to look elsewhere for the lines."""
_LEAST_GAIN_SIMPLE: Final = 24
"""The same for a reference to where the reader looks already, and for a whole output that is the same again."""
_FEWEST: Final = 2
"""Lines of a run."""
_LARGE: Final = 40
"""Lines from which on a reference also names the original."""
_QUOTE: Final = 24


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was shown, under the name by which a reader finds it; "" for the very text that refers to it."""

    name: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class Run:
    """Lines `start` to `end` (exclusive, from 0) of a text stand in `source` from line `at` on."""

    start: int
    end: int
    source: Source
    at: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Repeat:
    """A text with each of `runs` replaced by a reference.

    view:   its lines, those to be compared that are in view now: shown, or found by their number where one points
    marked: it carries its original's marker
    """

    text: str
    view: Lines
    runs: tuple[Run, ...]
    marked: bool


_Place = tuple[Source, int]
_STRIDE: Final = 2**32
"""Places of one source."""
Within = Literal["never", "unique", "any"]


class Seen:
    """The lines that one conversation has shown so far."""

    def __init__(self) -> None:
        self._places: Places[str] = {}
        self._sources: list[Source] = []
        self._pieces = Pieces()

    @property
    def weight(self) -> int:
        """Bytes that pieces of long lines take up beside the lines, roughly."""
        return self._pieces.weight

    def add(self, name: str, lines: Lines) -> None:
        """The lines are in view from now on, under this name."""
        places = self._places
        for place, text in enumerate(lines.texts, len(self._sources) * _STRIDE):
            if text is None or len(text) < _ANCHOR:
                continue
            # Nearly all lines are new: what `remember` does for those is done here, without a call for each.
            if text in places:
                remember(places, text, place)
            elif len(text.strip()) >= _ANCHOR:
                places[text] = place
        self._sources.append(Source(name, lines))
        self._pieces.add(name, lines)

    def find(self, lines: Lines, *, marker: str = "", within: Within = "unique", pieces: int = 0) -> Repeat | None:
        """The text of `lines` with each run that stands earlier replaced by a reference; None where there is none.

        References to large runs carry `marker`, when it is given. `within`: which lines without a number may refer to
        this very text; `unique` ones stand in it only once, so that no reader takes another place for the one meant.
        `pieces`: also what a line of at least so many characters shares with one that stands earlier; 0 for none.
        """
        own = list(lines.texts)
        runs = tuple(self._runs(lines, own, within))
        told_partly = 0 < pieces <= max(map(len, lines.raw), default=0)
        teller = Teller(self._pieces, least=pieces, itself=within != "never") if told_partly else None
        if not runs and teller is None:
            return None
        stretches = _between(runs, len(lines.raw))
        between = [lines.shown(start, end) for start, end in stretches]
        sparse = lines.sparse and between != [lines.raw[start:end] for start, end in stretches]
        out = [NOTE] if sparse else []
        places: list[int] = []
        partly: dict[int, Partly] = {}
        previous: Run | None = None
        for (start, end), rows, run in zip(stretches, between, (*runs, None), strict=True):
            places += range(len(out) + 1, len(out) + 1 + len(rows))
            told = _told_partly(lines, range(start, end), places, runs, teller) if teller is not None else {}
            if told:
                partly |= told
                rows = [told[at][0] if at in told else row for at, row in enumerate(rows, start)]
                previous = None
            out += rows
            if run is not None:
                place = run.source.lines.place(run.at) if run.source.name else places[run.at]
                out.append(_reference(run, lines, previous, place, marker if run.length >= _LARGE else ""))
                places += [len(out)] * run.length
                previous = run
        if not runs and not partly:
            return None
        for at in partly:
            own[at] = None
        marked = bool(marker) and any(run.length >= _LARGE for run in runs)
        return Repeat("\n".join(out), replace(lines, texts=own, partly=partly, places=places), runs, marked)

    def _runs(self, lines: Lines, own: list[str | None], within: Within) -> Iterator[Run]:
        """The runs, in order. In `own`, the texts of `lines`, those that can no longer be found are struck out."""
        itself = Source("", replace(lines, texts=own))
        above: Places[str] = {}
        previous: Run | None = None
        done = 0
        # Most lines of most outputs are new, and only once in them: they are not looked at one by one.
        told = self._told(lines, within)
        if not told:
            return
        for at, text in enumerate(lines.texts):
            if text is None or text not in told:
                continue
            if at >= done:
                here = all_places(above.get(text))
                if within == "never" or (within == "unique" and not lines.groups[at] and len(here) != 1):
                    here = ()
                places = (*self._found(text), *((itself, place) for place in here if own[place] is not None))
                run = max((_run(lines, at, done, place) for place in places), key=lambda run: run.length, default=None)
                if run is not None and _pays(run, lines, previous):
                    yield run
                    previous, done = run, run.end
                    for gone in range(run.start, run.end):
                        if lines.number(gone) is None:
                            own[gone] = None
            if own[at] is not None:
                remember(above, text, at)

    def _found(self, text: str) -> Iterator[_Place]:
        for place in all_places(self._places.get(text)):
            yield self._sources[place // _STRIDE], place % _STRIDE

    def _told(self, lines: Lines, within: Within) -> set[str]:
        """The texts of these lines that stand earlier, or more than once among them."""
        if within == "never":
            told = {text for text in lines.texts if text is not None and text in self._places}
        else:
            counts = Counter(lines.texts)
            told = {text for text, count in counts.items() if text is not None and (count > 1 or text in self._places)}
        return {text for text in told if len(text.strip()) >= _ANCHOR}


def _between(runs: Sequence[Run], end: int) -> list[tuple[int, int]]:
    """The stretches of lines before, between and behind the runs."""
    return list(zip((0, *(run.end for run in runs)), (*(run.start for run in runs), end), strict=True))


def _told_partly(
    lines: Lines, rows: range, places: Sequence[int], runs: Sequence[Run], teller: Teller
) -> dict[int, Partly]:
    """Of these rows of `lines`, those with references in them. What a run refers to stays as it is."""
    told: dict[int, Partly] = {}
    for at in rows:
        text = lines.texts[at]
        if text is None or len(text) < teller.least or lines.groups[at]:
            continue
        if any(not run.source.name and run.at <= at < run.at + run.length for run in runs):
            continue
        shown = teller.tell(text, places[at])
        if shown is not None:
            told[at] = shown
    return told


def _run(mine: Lines, at: int, done: int, place: _Place) -> Run:
    """The run through line `at` and `place`, as long as it gets without going back before line `done`."""
    source, there = place
    theirs = source.lines
    # A text refers to itself only above the run.
    back, most = 0, min(at - done, there, there if source.name else at - there - 1)
    while back < most and _joined(mine, at - back, theirs, there - back, before=True):
        back += 1
    reach = min(len(mine.texts) - at, (len(theirs.texts) if source.name else at - back) - there)
    length = 1
    while length < reach and _joined(mine, at + length, theirs, there + length):
        length += 1
    return Run(at - back, at + length, source, there - back)


def _joined(mine: Lines, at: int, theirs: Lines, there: int, *, before: bool = False) -> bool:
    """Whether the pair of lines (or, `before`, the pair above it) carries on the run of its neighbour."""
    mine_at, theirs_at = (at - 1, there - 1) if before else (at, there)
    return (
        mine.texts[mine_at] is not None
        and mine.texts[mine_at] == theirs.texts[theirs_at]
        and mine.groups[at] == mine.groups[at - 1]
        and theirs.groups[there] == theirs.groups[there - 1]
    )


def _pays(run: Run, lines: Lines, previous: Run | None) -> bool:
    whole = _is_whole(run, lines)
    if run.length < _FEWEST and not whole:
        return False
    there = previous is not None and previous.source is run.source and bool(run.source.name)
    least = _LEAST_GAIN_SIMPLE if there or whole else _LEAST_GAIN
    size = sum(len(lines.raw[line]) + 1 for line in range(run.start, run.end))
    return size > least and size - len(_reference(run, lines, previous, run.at + 1)) >= least


def _is_whole(run: Run, lines: Lines) -> bool:
    """Whether it is the same output again, line numbers included."""
    return run.length == len(lines.raw) == len(run.source.lines.raw) and lines.numbers == run.source.lines.numbers


def _reference(run: Run, lines: Lines, previous: Run | None, place: int, marker: str = "") -> str:
    """Says which lines are left out and where they stand. Behind a reference to the same source its name is `there`.

    Lines with numbers are found by them; others by their `place` in the source as it is shown, counted from 1, and by
    the first of them, and the last where it has no number either.
    """
    tail = f" {marker}]" if marker else "]"
    if _is_whole(run, lines):
        return f"[same as {run.source.name} above{tail}"
    here = _span(lines.numbers[run.start], run.length)
    there = _span(run.source.lines.number(run.at), run.length)
    what = f"lines {here}" if here else f"{run.length} lines"
    if not run.source.name:
        where = "above in this output"
    else:
        where = "there" if previous is not None and previous.source is run.source else f"in {run.source.name} above"
    if not there:
        first, last = _quotes(lines.texts[run.start : run.end])
        quote = f'from "{first}"' if here or first == last else f'"{first}" … "{last}"'
        return f"[{what} as {where}, its lines {_span(place, run.length)}: {quote}{tail}"
    return f"[{what} as {where}{tail}" if here == there else f"[{what} as {where}, lines {there}{tail}"


def _quotes(texts: Sequence[str | None]) -> tuple[str, str]:
    """The first and the last line that say something."""
    first = next(text for text in texts if text and text.strip())
    last = next(text for text in reversed(texts) if text and text.strip())
    return shorten(first, _QUOTE), shorten(last, _QUOTE)


def _span(first: int | None, length: int) -> str:
    if first is None:
        return ""
    return f"{first}-{first + length - 1}" if length > 1 else str(first)
