"""The parts of a mixed output: each is compressed as what it is.

A shell call often prints several things: a wrapper of the agent's around it all, the outputs of commands between the
lines that the command line echoes, several files under their names, a diff or a JSON value among other lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final

__all__ = ["embedded", "sections"]

_WRAPPING: Final = 12
"""Lines at either end among which a wrapper is looked for."""
_WRAPPER: Final = re.compile(r"\s*$|</?[a-z_]{2,40}>(?:[^<>]{0,80}</[a-z_]{2,40}>)?$|[Ee]xit code:? -?[0-9]+$")
_SMALLEST: Final = 400
"""Characters of an embedded part; smaller ones stay with the lines around them."""
_TRIES: Final = 20
_ECHO: Final = re.compile(
    r"\b(?:echo|printf)\s+(?:-\w+\s+)?(?:\"([^\"$`\\]{3,80})\"|'([^'\\]{3,80})'|([^\s\"'$;&|<>]{3,80}))"
)
_DIFF_START: Final = "diff --git "
_DIFF_HEADER: Final = re.compile(
    r"diff --git |index [0-9a-f]|(?:old|new) mode |(?:new|deleted) file mode |(?:dis)?similarity index "
    r"|(?:rename|copy) |--- |\+\+\+ |Binary files |\\ No newline"
)
_HUNK: Final = re.compile(r"@@ -[0-9]+(?:,([0-9]+))? \+[0-9]+(?:,([0-9]+))? @@")
_HEADING: Final = "==> "
_JSON_LINE: Final = re.compile(r"[\[{]\s*$|[\[{] ?[\[{\"]")


def sections(text: str, command: str) -> list[str]:
    """The text cut at the wrapper around it, at the lines that `command`, the shell command line that printed it,
    echoes, and at the names of several files. Joined by line feeds they give the text."""
    separators = _separators(command)
    if not separators and _HEADING not in text and text.count("\n") >= 2 * _WRAPPING:
        return _unwrapped(text)
    lines = text.split("\n")
    start, end = _body(lines)
    cuts = {0, start, end, len(lines)}
    if separators:
        cuts.update(cut for at in range(start, end) if lines[at].strip() in separators for cut in (at, at + 1))
    if _HEADING in text:
        cuts.update(cut for at in range(start, end) if _is_heading(lines[at]) for cut in (at, at + 1))
    return _cut(lines, cuts) if len(cuts) > 2 else [text]


def embedded(text: str) -> list[str]:
    """The text cut around diffs, and JSON values over several lines, that stand among other lines. Joined by line feeds
    they give the text."""
    if _DIFF_START not in text and not text.startswith(("[", "{")) and "\n[" not in text and "\n{" not in text:
        return [text]
    lines = text.split("\n")
    return _cut(lines, {0, len(lines), *(cut for found in _embedded(lines) for cut in found)})


def _is_heading(line: str) -> bool:
    """Whether it is the line by which `head` and `tail` name the file that comes."""
    return line.startswith(_HEADING) and line.endswith(" <==")


def _cut(lines: Sequence[str], cuts: set[int]) -> list[str]:
    edges = sorted(cuts)
    return ["\n".join(lines[first:last]) for first, last in pairwise(edges)]


def _body(lines: Sequence[str]) -> tuple[int, int]:
    """What is left between the tags, exit codes and blank lines at both ends."""
    start, end = 0, len(lines)
    while start < min(_WRAPPING, end) and _WRAPPER.match(lines[start]):
        start += 1
    while end > max(start, len(lines) - _WRAPPING) and _WRAPPER.match(lines[end - 1]):
        end -= 1
    return start, end


def _unwrapped(text: str) -> list[str]:
    """A text of many lines cut at the wrapper around it, without a look at those between."""
    before = list(takewhile(_WRAPPER.match, text.split("\n", _WRAPPING)[:-1]))
    behind = list(takewhile(_WRAPPER.match, reversed(text.rsplit("\n", _WRAPPING)[1:])))[::-1]
    start = sum(len(line) + 1 for line in before)
    end = len(text) - sum(len(line) + 1 for line in behind)
    return ["\n".join(before)] * bool(before) + [text[start:end]] + ["\n".join(behind)] * bool(behind)


def _separators(command: str) -> set[str]:
    """What the command line prints between the outputs of its commands."""
    return {next(filter(None, match)).strip() for match in _ECHO.findall(command)} - {""}


def _embedded(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    at = tries = 0
    while at < len(lines):
        line = lines[at]
        stop = at + 1
        if line.startswith(_DIFF_START):
            stop = _diff_end(lines, at)
        elif line[:1] in ("{", "[") and tries < _TRIES and _JSON_LINE.match(line):
            tries += 1
            stop = _json_end(lines, at)
        if stop > at + 1 and sum(len(line) + 1 for line in lines[at:stop]) >= _SMALLEST:
            yield at, stop
        at = stop


def _diff_end(lines: Sequence[str], at: int) -> int:
    """The line behind a diff, by the counts of its hunks."""
    while at < len(lines):
        hunk = _HUNK.match(lines[at])
        if hunk is None:
            if not _DIFF_HEADER.match(lines[at]):
                break
            at += 1
            continue
        old, new = (int(count) if count is not None else 1 for count in hunk.groups())
        at += 1
        while at < len(lines) and (old > 0 or new > 0):
            sign = lines[at][:1]
            old -= sign != "+" and sign != "\\"
            new -= sign != "-" and sign != "\\"
            at += 1
    return at


def _json_end(lines: Sequence[str], at: int) -> int:
    """The line behind a JSON value of more than one line that begins with line `at`; the next one if there is none."""
    closing = "}" if lines[at][0] == "{" else "]"
    last = next((i for i in range(at + 1, len(lines)) if lines[i].startswith(closing)), None)
    if last is None:
        return at + 1
    try:
        json.loads("\n".join(lines[at : last + 1]))
    except (ValueError, RecursionError):
        return at + 1
    return last + 1
