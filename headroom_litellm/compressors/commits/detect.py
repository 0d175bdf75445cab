"""Whether an output lists commits, and in which of git's forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..sample import Sample

__all__ = ["GRAPH", "LINE", "form_of", "is_commits"]

GRAPH: Final = r"(?:[*|\\/_]| (?= ?[*|\\/_])){0,80} ?"
"""The lines that `--graph` draws before a commit."""

_BLOCK: Final = re.compile(rf"{GRAPH} {{0,80}}commit [0-9a-f]{{7,40}}(?: .*)?$")
_FIELD: Final = re.compile(rf"{GRAPH} {{0,80}}(?:Merge: |Author: |AuthorDate: |tree [0-9a-f]{{40}}|Reflog: )")
LINE: Final = r"((?:(?= {0,80}[*|/\\])[*|\\/_ ]{1,200})?)([0-9a-f]{40}|[0-9a-f]{7,16})"
"""How a line of a commit begins: what `--graph` draws, and the hash."""
_LINE: Final = re.compile(LINE + r"(?: (?! )|[|;,:\t](?!refs/)| - )\S")
_DRAWN: Final = re.compile(r"[*|\\/_ .-]+$")
_BLAME: Final = re.compile(r"\^?[0-9a-f]{7,40} (?:\S{1,200} +)?\(.{1,80} [0-9]{4}-[0-9]{2}-[0-9]{2} .{0,40} +[0-9]+\)")
_BETWEEN: Final = re.compile(
    r"[|\\/ ]*(?:[0-9]+ files? changed|.{1,300} \| {1,9}(?:[0-9]{1,9}(?: [+-]{1,300})?|Bin\b.*)$|[MADTRC][0-9]{0,3}\t\S"
    r"|[0-9-]{1,9}\t[0-9-]{1,9}\t\S|(?:create|delete) mode )"
)
_AUTHOR: Final = re.compile(r"\S.{0,120} \([0-9]+\):$")
_SUBJECT: Final = re.compile(r" {6}\S")
_COUNT: Final = re.compile(r" {0,6}[0-9]{1,6}\t\S")
_SHARE: Final = 0.9
_LEAST: Final = 3
_LETTERS: Final = 0.6
_BEFORE: Final = 4


def is_commits(sample: Sample) -> bool:
    return form_of(sample.lines, sample.command) != ""


def form_of(lines: Sequence[str], command: str = "") -> str:
    """`blocks`: a header of several lines and a message each; `lines`: a line each; `shortlog`: the subjects of each
    author; `counts`: the number of commits of each author; "" for none of them."""
    for i, line in enumerate(lines[:_BEFORE]):
        if _BLOCK.match(line) and i + 1 < len(lines) and _FIELD.match(lines[i + 1]):
            return "blocks"
    if _is_lines(lines):
        return "lines"
    if lines and _AUTHOR.match(lines[0]) and len(lines) >= _LEAST:
        authors = sum(_AUTHOR.match(line) is not None for line in lines)
        subjects = sum(_SUBJECT.match(line) is not None for line in lines)
        if subjects >= authors and authors + subjects > _SHARE * len(lines):
            return "shortlog"
    if "shortlog" in command and lines and all(_COUNT.match(line) for line in lines):
        return "counts"
    return ""


def _is_lines(lines: Sequence[str]) -> bool:
    if len(lines) < _LEAST or _LINE.match(lines[0]) is None:
        return False
    sizes: dict[int, int] = {}
    found = letters = between = 0
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            between += _DRAWN.match(line) is not None or _BETWEEN.match(line) is not None
        elif _BLAME.match(line):
            return False
        else:
            found += 1
            letters += not match[2].isdigit() and not match[2].isalpha()
            sizes[len(match[2])] = sizes.get(len(match[2]), 0) + 1
    if found < _LEAST or found + between < _SHARE * len(lines) or letters < _LETTERS * found:
        return False
    usual = max(sizes.values())
    return usual > found // 2 and max(sizes) - min(sizes) <= _BEFORE
