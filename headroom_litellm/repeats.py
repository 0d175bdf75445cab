"""Say it once: lines that the model has already been shown become one line that says where they stand.

Loses nothing: what is referred to stands in the same context, earlier, line by line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from .gutter import Lines
from .sources import shorten

__all__ = ["Repeat", "Run", "Seen", "Source", "Within"]

_CANDIDATES: Final = 8
"""Places remembered for one line: the first third and the latest ones."""
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
    marker. `sparse`: some of its lines are shown without their numbers."""

    text: str
    runs: tuple[Run, ...]
    total: int
    marked: bool
    sparse: bool


_Place = tuple[Source, int]
Within = Literal["never", "unique", "any"]


class Seen:
    """The lines that one conversation has shown so far."""

    def __init__(self) -> None:
        self._places: dict[str, list[_Place]] = {}

    def add(self, name: str, lines: Lines) -> None:
        """The lines are in view from now on, under this name."""
        source = Source(name, lines)
        for at in range(len(lines.texts)):
            _remember(self._places, source, at)

    def find(self, lines: Lines, *, marker: str = "", within: Within = "unique") -> Repeat | None:
        """The text of `lines` with each run that stands earlier replaced by a reference; None where there is none.

        References to large runs carry `marker`, when it is given. `within`: which lines without a number may refer to
        this very text; `unique` ones stand in it only once, so that no reader takes another place for the one meant.
        """
        runs = tuple(self._runs(lines, within))
        if not runs:
            return None
        out: list[str] = []
        at, sparse = 0, False
        previous: Run | None = None
        for run in (*runs, None):
            end = run.start if run is not None else len(lines.raw)
            rows = lines.shown(at, end)
            sparse = sparse or rows != lines.raw[at:end]
            out += rows
            if run is not None:
                out.append(_reference(run, lines, previous, marker if run.length >= _LARGE else ""))
                at, previous = run.end, run
        marked = bool(marker) and any(run.length >= _LARGE for run in runs)
        return Repeat("\n".join(out), runs, len(lines.raw), marked, sparse)

    def _runs(self, lines: Lines, within: Within) -> Iterator[Run]:
        own, above = Source("", lines), dict[str, list[_Place]]()
        previous: Run | None = None
        done = 0
        # Most lines of most outputs are new, and only once in them: they are not looked at one by one.
        told = self._told(lines)
        for at, text in enumerate(lines.texts):
            if text is None or text not in told:
                continue
            if at >= done:
                here = above.get(text, [])
                if not lines.groups[at] and (within == "never" or (within == "unique" and len(here) != 1)):
                    here = []
                runs = (_run(lines, at, done, place) for place in (*self._places.get(text, ()), *here))
                run = max(runs, key=lambda run: run.length, default=None)
                if run is not None and _pays(run, lines, previous):
                    yield run
                    previous, done = run, run.end
            _remember(above, own, at)

    def _told(self, lines: Lines) -> set[str]:
        """The texts of these lines that stand earlier, or more than once among them."""
        counts = Counter(text for text in lines.texts if text is not None)
        told = {text for text, count in counts.items() if count > 1 or text in self._places}
        return {text for text in told if len(text.strip()) >= _ANCHOR}


def _remember(places: dict[str, list[_Place]], source: Source, at: int) -> None:
    text = source.lines.texts[at]
    if text is None or len(text) < _ANCHOR or len(text.strip()) < _ANCHOR:
        return
    known = places.get(text)
    if known is None:
        places[text] = [(source, at)]
        return
    if len(known) >= _CANDIDATES:
        del known[_CANDIDATES // 3]
    known.append((source, at))


def _run(mine: Lines, at: int, done: int, place: _Place) -> Run:
    """The run through line `at` and `place`, as long as it gets without going back before line `done`."""
    source, there = place
    theirs = source.lines
    itself = theirs is mine
    back, most = 0, min(at - done, there)
    while back < most and _joined(mine, at - back, theirs, there - back, before=True):
        back += 1
    # A text refers to itself only above the run.
    reach = min(len(mine.texts) - at, (at - back if itself else len(theirs.texts)) - there)
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
    there = previous is not None and previous.source is run.source and run.source.lines is not lines
    least = _LEAST_GAIN_SIMPLE if there or whole else _LEAST_GAIN
    size = sum(len(lines.raw[line]) + 1 for line in range(run.start, run.end))
    return size > least and size - len(_reference(run, lines, previous)) >= least


def _is_whole(run: Run, lines: Lines) -> bool:
    """Whether it is the same output again, line numbers included."""
    return run.length == len(lines.raw) == len(run.source.lines.raw) and lines.numbers == run.source.lines.numbers


def _reference(run: Run, lines: Lines, previous: Run | None, marker: str = "") -> str:
    """Says which lines are left out and where they stand. Behind a reference to the same source its name is `there`.

    Lines with numbers are found by them; others by their place in the source, counted from 1, and by the first of
    them, and the last where it has no number either.
    """
    tail = f" {marker}]" if marker else "]"
    if _is_whole(run, lines):
        return f"[same as {run.source.name} above{tail}"
    theirs = run.source.lines
    here = _span(lines.numbers[run.start], run.length)
    there = _span(theirs.numbers[run.at], run.length)
    what = f"lines {here}" if here else f"{run.length} lines"
    if run.source.lines is lines:
        where = "above in this output"
    else:
        where = "there" if previous is not None and previous.source is run.source else f"in {run.source.name} above"
    if not there:
        span = _span(run.at + 1, run.length)
        first, last = _quotes(lines.texts[run.start : run.end])
        quote = f'from "{first}"' if here or first == last else f'"{first}" … "{last}"'
        return f"[{what} as {where}, its lines {span}: {quote}{tail}"
    return f"[{what} as {where}{tail}" if here == there else f"[{what} as {where}, lines {there}{tail}"


def _quotes(texts: list[str | None]) -> tuple[str, str]:
    """The first and the last line that say something."""
    said = [text for text in texts if text and text.strip()]
    return shorten(said[0], _QUOTE), shorten(said[-1], _QUOTE)


def _span(first: int | None, length: int) -> str:
    if first is None:
        return ""
    return f"{first}-{first + length - 1}" if length > 1 else str(first)
