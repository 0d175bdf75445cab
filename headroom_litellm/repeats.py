"""Say it once: lines that the model has already been shown become one line that says where they stand.

Loses nothing: what is referred to stands in the same context, earlier, line by line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from .gutter import Lines, read_lines
from .sources import shorten

__all__ = ["Repeat", "Run", "Seen", "Source"]

_CANDIDATES: Final = 24
"""Places remembered for one line: the first third and the latest ones."""
_ANCHOR: Final = 6
"""Characters that a line needs to be looked up; shorter ones (braces, blanks) only extend a run."""
_LEAST_GAIN: Final = 100
"""Characters that a reference must save: a reader has to look elsewhere for the lines."""
_LEAST_GAIN_SIMPLE: Final = 24
"""The same for a reference to where the reader looks already, and for a whole output that is the same again."""
_LARGE: Final = 40
"""Lines from which on a reference also names the original."""
_QUOTE: Final = 36


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was shown, under the name by which a reader finds it."""

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
    """A text of `total` lines with each of `runs` replaced by a reference. `marked`: it carries its original's
    marker."""

    text: str
    runs: tuple[Run, ...]
    total: int
    marked: bool


_Place = tuple[Source, int]


class Seen:
    """The lines that one conversation has shown so far."""

    def __init__(self) -> None:
        self._places: dict[str, list[_Place]] = {}

    def add(self, name: str, text: str, *, among: Collection[str] | None = None) -> None:
        """The lines of `text` are in view from now on, under this name; only those in `among`, where it is given."""
        source = Source(name, _lines(text, among))
        for at in range(len(source.lines.texts)):
            _remember(self._places, source, at)

    def find(self, text: str, *, marker: str = "", among: Collection[str] | None = None) -> Repeat | None:
        """`text` with each run of lines that stands earlier replaced by a reference; None where there is none.

        References to large runs carry `marker`, when it is given. Lines that are not in `among` are never replaced.
        """
        own = Source("", _lines(text, among))
        runs = tuple(self._runs(own))
        if not runs:
            return None
        out: list[str] = []
        at = 0
        previous: Run | None = None
        for run in runs:
            out += own.lines.raw[at : run.start]
            out.append(_reference(run, own, previous, marker if run.length >= _LARGE else ""))
            at, previous = run.end, run
        text = "\n".join([*out, *own.lines.raw[at:]])
        marked = bool(marker) and any(run.length >= _LARGE for run in runs)
        return Repeat(text, runs, len(own.lines.raw), marked)

    def _runs(self, own: Source) -> Iterator[Run]:
        within: dict[str, list[_Place]] = {}
        previous: Run | None = None
        done = at = 0
        while at < len(own.lines.texts):
            text = own.lines.texts[at]
            places = [*self._places.get(text, ()), *within.get(text, ())] if text is not None else []
            runs = (_run(own, at, done, place) for place in places)
            run = max(runs, key=lambda run: run.length, default=None)
            end = at + 1
            if run is not None and _pays(run, own, previous):
                yield run
                previous, done, end = run, run.end, run.end
            for line in range(at, end):
                _remember(within, own, line)
            at = end


def _lines(text: str, among: Collection[str] | None) -> Lines:
    lines = read_lines(text)
    if among is not None:
        lines.texts[:] = [line if line in among else None for line in lines.texts]
    return lines


def _remember(places: dict[str, list[_Place]], source: Source, at: int) -> None:
    text = source.lines.texts[at]
    if text is None or len(text.strip()) < _ANCHOR:
        return
    known = places.setdefault(text, [])
    if len(known) >= _CANDIDATES:
        del known[_CANDIDATES // 3]
    known.append((source, at))


def _run(own: Source, at: int, done: int, place: _Place) -> Run:
    """The run through line `at` of `own` and `place`, as long as it gets without going back before line `done`."""
    source, there = place
    mine, theirs = own.lines, source.lines
    reach = min(len(mine.texts) - at, (at if source is own else len(theirs.texts)) - there)
    length = 1
    while length < reach and _joined(mine, at + length, theirs, there + length):
        length += 1
    back, most = 0, min(at - done, there)
    while back < most and _joined(mine, at - back, theirs, there - back, before=True):
        back += 1
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


def _pays(run: Run, own: Source, previous: Run | None) -> bool:
    there = previous is not None and previous.source is run.source
    least = _LEAST_GAIN_SIMPLE if there or _is_whole(run, own) else _LEAST_GAIN
    size = sum(len(own.lines.raw[line]) + 1 for line in range(run.start, run.end))
    return size > least and size - len(_reference(run, own, previous)) >= least


def _is_whole(run: Run, own: Source) -> bool:
    return run.length == len(own.lines.raw) == len(run.source.lines.raw)


def _reference(run: Run, own: Source, previous: Run | None, marker: str = "") -> str:
    """Says which lines are left out and where they stand. Behind a reference to the same source its name is `there`."""
    mine, theirs = own.lines, run.source.lines
    numbered, numbered_there = bool(mine.groups[run.start]), bool(theirs.groups[run.at])
    count = f"{run.length} line{'s' if run.length > 1 else ''}"
    here = f"lines {_span(mine, run.start, run.length)}" if numbered else count
    if _is_whole(run, own):
        return f"[same as {run.source.name} above{' ' + marker if marker else ''}]"
    if run.source is own:
        where = "above in this output"
    elif previous is not None and previous.source is run.source:
        where = "there"
    else:
        where = f"in {run.source.name} above"
    there = _span(theirs, run.at, run.length) if numbered_there else ""
    if there and (not numbered or there != _span(mine, run.start, run.length)):
        where += f", lines {there}" if numbered_there else ""
    if not numbered and not numbered_there:
        where += f": {_quote(mine.texts[run.start : run.end])}"
    return f"[{here} as {where}{' ' + marker if marker else ''}]"


def _quote(texts: list[str | None]) -> str:
    """The first and the last line, by which a run without line numbers is found."""
    said = [shorten(text, _QUOTE) for text in texts if text and text.strip()]
    return f'"{said[0]}"' if len(said) == 1 else f'"{said[0]}" … "{said[-1]}"'


def _span(lines: Lines, start: int, length: int) -> str:
    first = lines.numbers[start] or 0
    return f"{first}-{first + length - 1}" if length > 1 else str(first)
