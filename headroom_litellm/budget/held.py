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
from ..conversation import Segment, ToolCall, Turn
from ..failing import failed
from ..sources import argument_values

__all__ = ["Held", "held", "task_of"]

_WORD: Final = re.compile(r"[A-Za-z0-9_]{4,}")
_RARE: Final = 3
"""Outputs that may hold a word by whose use one of them is told."""
_PATHS: Final = ("file_path", "path", "filepath", "filename", "notebook_path", "file")
_PART_OF: Final = ("offset", "limit", "view_range", "start_line", "end_line", "lines", "range")
"""Arguments of a read that shows a part of a file."""
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
    """All of it in these turns that is no stub, in order. What the system prompt and the user's first text say is not
    to be cleared."""
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
        if segment.kind != "picture" and not segment.stub and not segment.untouched and turn > task
    ]


def task_of(turns: Sequence[Turn]) -> int:
    """The turn of the user's first text."""
    return next((at for at, turn in enumerate(turns) if turn.role == "user"), len(turns))


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
    standing: defaultdict[str, list[int]] = defaultdict(list)
    for number, _, segment in places:
        values = argument_values(segment.call)
        if not isinstance(values, dict):
            continue
        path, whole = _path(values), not any(name in values for name in _PART_OF)
        if segment.kind == "call":
            if path and any(name in values for name in _CONTENT):
                found.update(standing.pop(path, ()))
        elif segment.kind == "result" and not segment.is_error:
            if path and _reads(segment.call, values):
                if whole:
                    found.update(standing.pop(path, ()))
                standing[path].append(number)
            elif not path and len(values) and "command" in values:
                again = f"$ {values['command']}"
                found.update(standing.pop(again, ()))
                standing[again].append(number)
    return found


def _path(values: Mapping[str, Any]) -> str:
    return next((values[name] for name in _PATHS if isinstance(values.get(name), str)), "")


def _reads(call: ToolCall | None, values: Mapping[str, Any]) -> bool:
    """Whether a call with a path in it shows what stands there: it brings no text of its own."""
    return call is not None and not any(isinstance(value, str) and "\n" in value for value in values.values())
