"""The lines of a search in the style in which the program has printed them.

A line is taken for one of a file only where the text leaves no doubt; any other stays a line by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from .complaints import is_complaint
from .matches import CONTEXT, HEADING, MATCH, SEPARATOR, Matches
from .numbered import parse_numbered, split_numbered
from .paths import is_path
from .plain import parse_plain

__all__ = ["parse"]

_SINGLE: Final = re.compile(r"([1-9][0-9]{0,7})([:=-])")
_ENTRY: Final = re.compile(r"[ \t]{0,8}(?:[Ll]ine |L)?([1-9][0-9]{0,7})(?: (?=\|))?([:=|-])")
_HEADING: Final = re.compile(r"(?:(?:File|file|Path): |#{1,4} )?(.{1,400}?)(?: \([0-9]+ match(?:es)?\))?:?")
_SEPARATORS: Final = ("--", "----")
_TRIED: Final = 80
"""Lines by which the style is told."""
_FEW: Final = 12
_ENTRIES: Final = 0.25
_READ: Final = 0.7
_IN_GROUPS: Final = 0.4


def parse(lines: Sequence[str]) -> Matches | None:
    """The lines in the style that most of them have, or None where they are no matches."""
    tried = [line for line in lines[: 2 * _TRIED] if line and line != "--" and not is_complaint(line)][:_TRIED]
    if len(tried) < _FEW:
        tried += [line for line in lines[2 * _TRIED :: 1 + len(lines) // _TRIED] if line and line != "--"]
    if not tried:
        return None
    entries = sum([_ENTRY.match(line) is not None for line in tried])
    tries: list[Callable[[Sequence[str]], Matches | None]] = []
    if entries > _ENTRIES * len(tried):
        tries = [_parse_headed, _parse_single]
    if any((parts := split_numbered(line)) and is_path(parts[0]) for line in (tried[:_FEW] if tries else tried)):
        tries.insert(0, parse_numbered)
    for parse_as in tries if entries > _ENTRIES * len(tried) else [*tries, parse_plain]:
        found = parse_as(lines)
        if found is not None and found.convincing():
            return found
    return None


def _parse_headed(lines: Sequence[str]) -> Matches | None:
    found = Matches(lines, bytearray(len(lines)), [-1] * len(lines), [0] * len(lines), [""] * len(lines), [], "heading")
    paths: list[str] = []
    file = -1
    entries = [_ENTRY.match(line) for line in lines]
    for i, entry in enumerate(entries):
        if entry is not None and file >= 0:
            _set_entry(found, i, file, entry)
        elif lines[i] in _SEPARATORS and file >= 0:
            found.kinds[i] = SEPARATOR
        else:
            file = -1
            if entry is None and i + 1 < len(lines) and entries[i + 1] is not None:
                heading = _HEADING.fullmatch(lines[i].rstrip("\r")) if len(lines[i]) < 500 else None
                if heading is not None and is_path(heading[1]):
                    file = len(paths)
                    paths.append(heading[1])
                    found.kinds[i], found.owner[i] = HEADING, file
    return Matches(lines, found.kinds, found.owner, found.number, found.texts, paths, "heading") if paths else None


def _parse_single(lines: Sequence[str]) -> Matches | None:
    """Numbers only. Numbers one after the other, all with a colon, are those of a file that is read."""
    found = Matches(
        lines, bytearray(len(lines)), [-1] * len(lines), [0] * len(lines), [""] * len(lines), [""], "single"
    )
    following = 0
    last = -1
    for i, line in enumerate(lines):
        entry = _SINGLE.match(line)
        if entry:
            _set_entry(found, i, 0, entry)
            following += found.number[i] == last + 1
            last = found.number[i]
        elif line == "--":
            found.kinds[i] = SEPARATOR
    matches, context = found.kinds.count(MATCH), found.kinds.count(CONTEXT)
    if following > _READ * matches if not context else following < _IN_GROUPS * (matches + context):
        return None
    return found


def _set_entry(found: Matches, i: int, file: int, entry: re.Match[str]) -> None:
    found.owner[i], found.number[i] = file, int(entry[1])
    found.kinds[i] = MATCH if entry[2] == ":" else CONTEXT
    if found.kinds[i] == MATCH:
        found.texts[i] = found.lines[i][entry.end() :]
