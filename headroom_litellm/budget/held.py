"""What of a conversation could be cleared, and what speaks for keeping each of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..ccr import marker
from ..ccr.key import key_of
from ..ccr.tool import is_retrieve_tool
from ..conversation import Segment, Turn
from ..failing import failed
from ..sources import argument_values

__all__ = ["Held", "held", "task_of"]

_WORD: Final = re.compile(r"[A-Za-z0-9_]{4,}")
_RARE: Final = 3
"""Outputs that may hold a word by whose use one of them is told."""
_PATHS: Final = ("file_path", "path", "filepath", "filename", "notebook_path", "file")
_PART_OF: Final = ("offset", "limit", "view_range", "start_line", "end_line", "lines", "range")
"""Arguments of a read that shows a part of a file."""
_ASIDE: Final = ("description", "explanation", "encoding", "timeout")
"""Arguments that say nothing of what is shown."""
_CONTENT: Final = ("content", "file_text", "contents")
"""Arguments of a call that writes a whole file."""


@dataclass(frozen=True, slots=True)
class Held:
    """A tool's output, the arguments of a call, or what the user or the model said.

    number, turn: where it stands, counted from 0
    used:         the last turn that used it: its own where none did
    superseded:   what it shows was shown again, or replaced, since
    telling:      it reports a failure, or the model asked for it when it had been put away
    """

    number: int
    turn: int
    segment: Segment
    used: int
    superseded: bool
    telling: bool


def held(turns: Sequence[Turn]) -> list[Held]:
    """All of it in these turns that is no stub, in order. What the system and the user's first words say is not to be
    cleared."""
    places = [
        (number, turn, segment)
        for number, (turn, segment) in enumerate((at, one) for at, turn in enumerate(turns) for one in turn.segments)
    ]
    task = task_of(turns)
    used = _used(turns, [place for place in places if place[2].kind == "result"])
    asked, superseded = _asked_for(turns), _superseded(places)
    return [
        Held(
            number,
            turn,
            segment,
            used.get(number, turn),
            number in superseded,
            segment.kind == "result" and (segment.is_error or failed(segment.text) or _was_asked_for(segment, asked)),
        )
        for number, turn, segment in places
        if segment.kind != "picture"
        and not segment.stub
        and not segment.untouched
        and turn > task
        and turns[turn].role != "system"
    ]


def task_of(turns: Sequence[Turn]) -> int:
    """The last turn of what the user says first: clients put their own words before it, in turns of their own."""
    first = next((at for at, turn in enumerate(turns) if turn.role == "user"), len(turns))
    behind = (
        at
        for at, turn in enumerate(turns[first + 1 :], first + 1)
        if turn.role not in ("user", "system") or any(segment.kind == "result" for segment in turn.segments)
    )
    return next(behind, len(turns)) - 1 if first < len(turns) else first


def _used(turns: Sequence[Turn], results: Iterable[tuple[int, int, Segment]]) -> dict[int, int]:
    """For each output, the last turn in which the assistant says a word that hardly any other output holds."""
    last: dict[int, int] = {}
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for number, turn, segment in results:
        last[number] = turn
        for word in set(_WORD.findall(segment.text)):
            holders[word].append(number)
    for at, said in enumerate(turns):
        if said.role == "assistant":
            for word in {word for segment in said.segments for word in _WORD.findall(segment.text)}:
                numbers = holders.get(word, ())
                if len(numbers) <= _RARE:
                    for number in numbers:
                        last[number] = max(last[number], at)
    return last


def _asked_for(turns: Sequence[Turn]) -> frozenset[str]:
    """Keys that the model has asked for."""
    calls = (
        segment.text
        for turn in turns
        for segment in turn.segments
        if segment.kind == "call" and segment.call is not None and is_retrieve_tool(segment.call.name)
    )
    return frozenset(key for text in calls for key in marker.scan_bare(text))


def _was_asked_for(segment: Segment, asked: frozenset[str]) -> bool:
    answers = segment.call is not None and is_retrieve_tool(segment.call.name)
    return answers or (bool(asked) and key_of(segment.text) in asked)


def _superseded(places: Iterable[tuple[int, int, Segment]]) -> set[int]:
    """Reads of files that were read again in whole, or written in whole, since; outputs of commands that were run
    again."""
    found: set[int] = set()
    standing: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)

    def replaced(name: str, tool: str = "") -> None:
        found.update(number for by, number in standing[name] if tool in ("", by))
        standing[name] = [(by, number) for by, number in standing[name] if tool not in ("", by)]

    for number, _, segment in places:
        values = argument_values(segment.call)
        if not isinstance(values, dict):
            continue
        path, whole = _path(values), not any(name in values for name in _PART_OF)
        if segment.kind == "call":
            if path and any(name in values for name in _CONTENT):
                replaced(path)
        elif segment.kind == "result" and segment.call is not None and not segment.is_error:
            tool = segment.call.name
            if path and _reads(values):
                if whole:
                    replaced(path, tool)
                standing[path].append((tool, number))
            elif not path and "command" in values:
                again = repr([value for name, value in values.items() if name not in _ASIDE])
                replaced(again, tool)
                standing[again].append((tool, number))
    return found


def _path(values: Mapping[str, Any]) -> str:
    return next((values[name] for name in _PATHS if isinstance(values.get(name), str)), "")


def _reads(values: Mapping[str, Any]) -> bool:
    """Whether a call with a path in it shows what stands there: it brings no text of its own."""
    known = (*_PATHS, *_PART_OF, *_ASIDE)
    return not any(isinstance(value, str) and value != "view" for name, value in values.items() if name not in known)
