"""Which rows of a table report a failure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

from ..shared.signs import member_fails, member_role, plainly_fails

__all__ = ["failing_rows", "thinned"]

_STATES: Final = re.compile(
    r"status|state|phase|ready|health|result|outcome|conclusion|active|sub|load|stat|s|condition|severity|level",
    re.IGNORECASE,
)
_SURE: Final = re.compile(
    r"(?:init:)?crashloopbackoff|errimagepull|imagepullbackoff|oomkilled|error|failed|failure|fail|fatal|critical"
    r"|exited \((?!0\))[0-9]+\).*|.*?\(unhealthy\)(?s:.*)|timeout|crashed",
    re.IGNORECASE,
)
"""A whole cell that reads so tells of a failure in a column of any name."""
_BAD: Final = re.compile(
    r"(?:init:)?(?:error|err(?:imagepull|imageneverpull)|invalidimagename|createcontainer(?:config)?error"
    r"|runcontainererror|containercannotrun|deadlineexceeded|evicted|notready|backoff|lost|crashloopbackoff)(?:,\S+)?"
    r"|failing|errored|crit|panic(?:ked)?|aborted|timed?[ _-]?out|unhealthy|severe|emerg(?:ency)?|alert|exception"
    r"|broken|killed|rollback_\w+|\w+_failed|restarting \((?!0\))[0-9]+\).*|z[ns<+l]{0,3}",
    re.IGNORECASE,
)
"""In a column of states, a whole cell that reads so tells of one as well."""
_READY: Final = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")
_SERVER_ERROR: Final = re.compile(r"5[0-9]{2}")
_WORDS: Final = (
    *("error", "fatal", "crit", "severe", "emerg", "alert", "panic", "fail", "exception", "traceback", "dumped"),
    *("killed", "backoff", "imagepull", "unhealthy", "exited (", "timeout", "crash", "caused by", "segmentation"),
    *("out of memory", "oom", "***", "http/", "status", "✗", "✖", "✘", "❌"),
)
"""No text without one of these reports a failure."""
_SHORT: Final = 40
_MAX_ALIKE: Final = 40
_FIRST, _LAST = 10, 2
"""Rows that are shown of more than so many failures alike."""
_NUMBER: Final = re.compile(r"[0-9]+")
_STRIP: Final = '" \ufeff\u25cf'


def failing_rows(name: str, cells: Sequence[str], *, numeric: bool) -> list[int]:
    """The positions of the cells of the column of this name ("" where unknown) by which their rows fail."""
    name = name.strip(_STRIP)
    role = member_role(name)
    if numeric and role not in ("code", "exit", "state"):
        return []
    values = list(dict.fromkeys(cells))
    if role in ("error", "flag", "exit", "code", "state") or _STATES.fullmatch(name):
        bad = {value for value in values if value and _is_bad(name, role, value.strip(_STRIP))}
    else:
        bad = {values[k] for k in _speaking(values) if _tells(values[k].strip(_STRIP))}
    return [k for k, cell in enumerate(cells) if cell in bad] if bad else []


def thinned(failures: Mapping[int, Sequence[str]]) -> tuple[set[int], list[list[int]]]:
    """(the rows to show of those that fail, the groups of which not all are). `failures`: by position, the cells by
    which each row fails; rows with the same cells but for their numbers fail alike."""
    groups: dict[str, list[int]] = {}
    for position, cells in failures.items():
        groups.setdefault(_NUMBER.sub("0", "\0".join(cells)), []).append(position)
    many = [sorted(group) for group in groups.values() if len(group) > _MAX_ALIKE]
    return set(failures).difference(*(group[_FIRST:-_LAST] for group in many)), many


def _is_bad(name: str, role: str, value: str) -> bool:
    """Does a state, a code, a flag or what is said of an error tell of a failure?"""
    if role in ("error", "flag", "exit"):
        return member_fails(role, value)
    if value.isdigit():
        return role != "" and _SERVER_ERROR.fullmatch(value) is not None
    ready = _READY.fullmatch(value) if name.lower() == "ready" else None
    if ready is not None:
        return int(ready[1]) < int(ready[2])
    return (role == "state" and member_fails(role, value)) or _BAD.fullmatch(value[:200]) is not None or _tells(value)


def _tells(value: str) -> bool:
    if len(value) <= _SHORT and _SURE.fullmatch(value):
        return True
    return " " in value and plainly_fails(value)


def _speaking(values: Sequence[str]) -> list[int]:
    """The values with a word in them by which failures are told."""
    text = "\n".join(values).lower()
    words = [word for word in _WORDS if word in text]
    if not words:
        return []
    starts = list(accumulate((len(value) + 1 for value in values), initial=0))
    if starts[-1] != len(text) + 1:
        return list(range(len(values)))
    found: set[int] = set()
    for word in words:
        position = text.find(word)
        while position >= 0:
            k = bisect_right(starts, position) - 1
            found.add(k)
            position = text.find(word, starts[k + 1])
    return sorted(found)
