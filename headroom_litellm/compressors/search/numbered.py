"""`path:12:text`, and `path-11-text` beside it: what `grep -rn`, `rg -n`, `git grep -n` and others print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from .matches import CONTEXT, MATCH, OTHER, SEPARATOR, Matches
from .paths import has_extension, is_path

__all__ = ["parse_numbered", "split_numbered"]

_NUMBER: Final = re.compile(r":([1-9][0-9]{0,7}):")
_DASHED: Final = re.compile(r"(?=([-=])[0-9]+\1)")
_DIGITS: Final = re.compile(r"[0-9]{1,8}")
_LONGEST: Final = 420
_OFTEN: Final = 3


def split_numbered(line: str) -> tuple[str, str, str] | None:
    """(path, number, text) by the first number between colons; the path may be none."""
    found = _NUMBER.search(line, 1, _LONGEST)
    return (line[: found.start()], found[1], line[found.end() :]) if found else None


def parse_numbered(lines: Sequence[str]) -> Matches:
    ids: dict[str, int] = {}
    no: set[str] = set()
    counts: Counter[int] = Counter()
    owner = [-1] * len(lines)
    number = [0] * len(lines)
    texts = [""] * len(lines)
    search = _NUMBER.search
    for i, line in enumerate(lines):
        found = search(line, 1, _LONGEST)
        if found is None:
            continue
        path = line[: found.start()]
        file = ids.get(path)
        if file is None:
            if path in no or not is_path(path):
                no.add(path)
                continue
            file = ids[path] = len(ids)
        owner[i], number[i], texts[i] = file, int(found[1]), line[found.end() :]
        counts[file] += 1
    doubtful = {file for path, file in ids.items() if _is_doubtful(path, ids, counts[file])}
    if doubtful:
        for i, file in enumerate(owner):
            if file in doubtful:
                owner[i], number[i], texts[i] = -1, 0, ""
    kinds = bytearray([MATCH if file >= 0 else OTHER for file in owner])
    matches = Matches(lines, kinds, owner, number, texts, list(ids), "numbered")
    if OTHER in kinds:
        _find_context(matches)
    return matches


def _is_doubtful(path: str, ids: dict[str, int], count: int) -> bool:
    """Might `a.py-12-x.y`, seen before `:30:`, be the 12th line of `a.py`?"""
    for dash in _DASHED.finditer(path):
        before = path[: dash.start()]
        if before in ids or (has_extension(before) and count < _OFTEN):
            return True
    return False


def _find_context(found: Matches) -> None:
    """Lines beside a match that go on from it, number by number, are its context."""
    kinds = found.kinds
    before: int | None = None
    start = 0
    for i, kind in enumerate(kinds):
        if kind == MATCH:
            if start < i:
                _resolve(found, before, range(start, i), i)
            before, start = i, i + 1
        elif found.lines[i] == "--":
            kinds[i] = SEPARATOR
            _resolve(found, before, range(start, i), None)
            before, start = None, i + 1
    _resolve(found, before, range(start, len(kinds)), None)


def _resolve(found: Matches, before: int | None, between: range, after: int | None) -> None:
    """Which of the lines between two matches, or between a match and the end of its group, belong to either?"""
    lines, paths, owner, number = found.lines, found.paths, found.owner, found.number
    taken: dict[int, tuple[int, int]] = {}
    if before is not None:
        path, at = paths[owner[before]], number[before]
        for i in between:
            at += 1
            if not lines[i].startswith((f"{path}-{at}-", f"{path}={at}=")):
                break
            taken[i] = (owner[before], at)
    if after is not None and len(taken) < len(between):
        path, at = paths[owner[after]], number[after]
        for i in reversed(between):
            at -= 1
            if not lines[i].startswith((f"{path}-{at}-", f"{path}={at}=")):
                if i not in taken and (above := _function_above(lines[i], path, at)):
                    taken[i] = (owner[after], above)
                break
            if taken.setdefault(i, (owner[after], at)) != (owner[after], at):
                del taken[i]
                break
    for i, (file, at) in taken.items():
        found.kinds[i], owner[i], number[i] = CONTEXT, file, at


def _function_above(line: str, path: str, at: int) -> int:
    """The number of a line that `git grep -p` shows as the function in which a match stands, or 0."""
    digits = _DIGITS.match(line, len(path) + 1) if line.startswith(f"{path}=") else None
    return int(digits[0]) if digits and line.startswith("=", digits.end()) and int(digits[0]) <= at else 0
