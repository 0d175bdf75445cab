"""The parts of a diff: what is said around it, its files, and their hunks, as ranges of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

__all__ = ["File", "Hunk", "Prose", "parse"]

_HUNK: Final = re.compile(
    r"(@@+) ((?:-[0-9]{1,9}(?:,[0-9]{1,9})? ){1,9})\+([0-9]{1,9})(?:,([0-9]{1,9}))? (@@+)(.*)", re.DOTALL
)
_STARTS: Final = ("diff --git ", "diff --cc ", "diff --combined ", "diff -", "Index: ", "--- ", "Only in ")
_HEADER: Final = (
    "index ",
    "old mode ",
    "new mode ",
    "new file mode ",
    "deleted file mode ",
    "similarity index ",
    "dissimilarity index ",
    "rename from ",
    "rename to ",
    "copy from ",
    "copy to ",
    "mode ",
    "Binary files ",
    "=====",
)
_WORDS: Final = re.compile(r"\[-[^\[\]]{1,400}-\]|\{\+[^{}]{1,400}\+\}")
_MAX_LINE: Final = 2_000
_PREFIXES: Final = frozenset(
    pair for a, b in ("ab", "iw", "ci", "cw", "ow", "12") for pair in ((f"{a}/", f"{b}/"), (f"{b}/", f"{a}/"))
)
"""What git puts before the two paths, by the sides that it compares; the other way round with `-R`."""
_BINARY: Final = "GIT binary patch"
_NOTHING: Final = "/dev/null"
_AFTER_PATH: Final = re.compile(r"\t.*|\s{1,8}\((?:revision|working copy|nonexistent|\.\.\.).*")


@dataclass(frozen=True, slots=True)
class Hunk:
    """at: the line with `@@`; start, end: the lines of its body; old, new: the numbers of the first line on each old
    side and on the new side; exact: whether the body has as many lines as the header says (else nothing is known of
    its numbers)."""

    at: int
    start: int
    end: int
    old: tuple[int, ...]
    new: int
    heading: str
    exact: bool


@dataclass(slots=True)
class File:
    """start, end: its lines; body: the first line after its header; old, new: its paths, without `a/` and `b/`, "" for
    none; binary: it has no lines to show."""

    start: int
    body: int = 0
    end: int = 0
    old: str = ""
    new: str = ""
    binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.new or self.old


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines that belong to no file: a commit's header and message, a table of what changed, anything else."""

    start: int
    end: int


def parse(lines: Sequence[str]) -> list[Prose | File]:
    """The parts, in order; together they are all lines."""
    parts: list[Prose | File] = []
    position = prose = 0
    while position < len(lines):
        line = lines[position]
        if not line.startswith(_STARTS) or not _begins_file(lines, position):
            position += 1
            continue
        if prose < position:
            parts.append(Prose(prose, position))
        file = _file(lines, position)
        parts.append(file)
        position = prose = file.end
    if prose < len(lines):
        parts.append(Prose(prose, len(lines)))
    _distrust_words(lines, parts)
    return parts


def _distrust_words(lines: Sequence[str], parts: Sequence[Prose | File]) -> None:
    """In a diff by words the first character of a line is no sign, even where the lines happen to be as many: some
    hunk of it has another number of lines and marks words, or none of its lines is a change."""
    files = [part for part in parts if isinstance(part, File)]
    odd = [hunk for file in files for hunk in file.hunks if not hunk.exact]
    if any(_WORDS.search(line[:_MAX_LINE]) for hunk in odd for line in lines[hunk.start : hunk.end]) or any(
        all(line[:1] not in ("+", "-") for line in lines[hunk.start : hunk.end])
        for file in files
        for hunk in file.hunks
        if hunk.exact and len(hunk.old) == 1
    ):
        for file in files:
            file.hunks = [replace(hunk, exact=False) for hunk in file.hunks]


def _begins_file(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if line.startswith("--- "):
        return following.startswith("+++ ") and at + 2 < len(lines) and lines[at + 2].startswith("@@ -")
    if line.startswith("Index: "):
        return following.startswith("=====")
    if line.startswith("Only in "):
        return ": " in line
    if line.startswith("diff --"):
        return True
    return following.startswith("--- ")


def _file(lines: Sequence[str], start: int) -> File:
    file = File(start)
    position = start + (not lines[start].startswith("--- "))
    while position < len(lines) and lines[position].startswith(_HEADER):
        file.binary = file.binary or lines[position].startswith("Binary files ")
        position += 1
    if lines[position : position + 1] == [_BINARY]:
        file.binary = True
        position += 1
        while position < len(lines) and (lines[position] or _is(lines, position + 1, ("literal ", "delta "))):
            position += 1
    if _is(lines, position, "--- ") and _is(lines, position + 1, "+++ "):
        position += 2
    file.old, file.new = _paths(lines, start, position)
    file.body = position
    while position < len(lines):
        hunk = _hunk(lines, position)
        if hunk is None:
            break
        file.hunks.append(hunk)
        position = hunk.end
    file.end = position
    return file


def _is(lines: Sequence[str], at: int, prefix: str | tuple[str, ...]) -> bool:
    return at < len(lines) and lines[at].startswith(prefix)


def _path(line: str) -> str:
    return _AFTER_PATH.sub("", line[4:].rstrip("\r"))


def _paths(lines: Sequence[str], start: int, end: int) -> tuple[str, str]:
    """The paths that a header names, "" for a side on which there is no file."""
    first = lines[start].rstrip("\r")
    names = first.partition(" --git ")[2]
    half = len(names) // 2
    old, new = _without_prefixes(names[:half], names[half + 1 :])
    is_one = old == new and names[half : half + 1] == " "
    if _is(lines, end - 2, "--- ") and _is(lines, end - 1, "+++ "):
        sides = _path(lines[end - 2]), _path(lines[end - 1])
        if not is_one:
            old, new = _without_prefixes(*sides)
        return "" if sides[0] == _NOTHING else old, "" if sides[1] == _NOTHING else new
    if is_one:
        return old, new
    old = new = ""
    for line in lines[start:end]:
        if line.startswith(("rename from ", "copy from ")):
            old = line.split(" ", 2)[2]
        elif line.startswith(("rename to ", "copy to ")):
            new = line.split(" ", 2)[2]
    return old, new or names or first.split(" ", 2)[-1]


def _without_prefixes(old: str, new: str) -> tuple[str, str]:
    """The paths without what git puts before them to tell the sides apart."""
    (before, old_name), (after, new_name) = _split(old), _split(new)
    return (old_name, new_name) if (before, after) in _PREFIXES else (old, new)


def _split(path: str) -> tuple[str, str]:
    quote = '"' if path.startswith('"') else ""
    at = len(quote)
    return path[at : at + 2], quote + path[at + 2 :]


def _hunk(lines: Sequence[str], at: int) -> Hunk | None:
    match = _HUNK.fullmatch(lines[at]) if lines[at].startswith("@@") else None
    if match is None or match[1] != match[5]:
        return None
    sides = [_side(side[1:]) for side in match[2].split()]
    if len(sides) != len(match[1]) - 1:
        return None
    new, new_count = int(match[3]), 1 if match[4] is None else int(match[4])
    if len(sides) == 1:
        end, exact = _body(lines, at + 1, sides[0][1], new_count)
    else:
        end, exact = _combined_body(lines, at + 1, [count for _, count in sides], new_count)
    if not exact:
        end = _next_start(lines, at + 1)
    old = tuple(start + (not count) for start, count in sides)
    return Hunk(at, at + 1, end, old, new + (not new_count), match[6], exact)


def _side(side: str) -> tuple[int, int]:
    start, _, count = side.partition(",")
    return int(start), int(count) if count else 1


def _body(lines: Sequence[str], position: int, old: int, new: int) -> tuple[int, bool]:
    """Where the body ends, and whether it has the number of lines that its header says."""
    total = len(lines)
    while (old > 0 or new > 0) and position < total:
        sign = lines[position][:1]
        if sign == " " or sign in ("", "\r"):
            old -= 1
            new -= 1
        elif sign == "+":
            new -= 1
        elif sign == "-":
            old -= 1
        elif sign != "\\":
            break
        position += 1
    if position < total and lines[position].startswith("\\ "):
        position += 1
    return position, old == 0 and new == 0


def _combined_body(lines: Sequence[str], position: int, old: list[int], new: int) -> tuple[int, bool]:
    width = len(old)
    while position < len(lines) and (new > 0 or any(count > 0 for count in old)):
        signs = lines[position][:width]
        if not lines[position].startswith("\\"):
            if signs.strip(" +-\r") or (signs and len(signs) < width):
                break
            removed = "-" in signs
            new -= not removed
            for k in range(width):
                sign = signs[k : k + 1]
                old[k] -= sign == "-" or (not removed and sign != "+")
        position += 1
    if position < len(lines) and lines[position].startswith("\\ "):
        position += 1
    return position, new == 0 and not any(old)


def _next_start(lines: Sequence[str], position: int) -> int:
    """Where the next hunk, file or commit begins, for a body that cannot be counted."""
    while position < len(lines):
        line = lines[position]
        if line.startswith(("@@ -", "@@@ -", "diff --", "Index: ")) or re.match(r"commit [0-9a-f]{40}\b", line):
            return position
        position += 1
    return position
