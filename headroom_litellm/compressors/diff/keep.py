"""Which lines of a hunk stay: its changes, and as much around them as is needed to know the place."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from .parse import Hunk

__all__ = ["LONG_LINE", "LONG_RUN", "only_spaces", "some_lines"]

LONG_LINE: Final = 2_000
"""Lines of more characters than this stay only where the query names them."""

LONG_RUN: Final = 24
"""More lines than this added or removed in a row can be cut."""

_SMALLEST: Final = 4
"""Fewer unchanged lines than this and the two next to the changes stay: another header would be as long."""
_HEAD, _TAIL = 10, 2
_LONGEST: Final = 4 * LONG_LINE
_RUN: Final = re.compile(r"\++|-+| +")
_SPACES_MATTER: Final = re.compile(
    r"(?:\.(?:pyi?|pyx|ya?ml|pug|coffee|haml|slim|sass|styl|nim|mk|hs|elm|fs|md|rst|feature)|[Mm]akefile)$"
)
_BETWEEN_WORDS: Final = re.compile(r"(?<=\w)\s+(?=\w)")


def some_lines(lines: Sequence[str], hunk: Hunk, signs: str, named: Collection[int], *, cut: bool) -> bytearray:
    """For each line of the body, 1 if it stays. With `cut`, of many lines added or removed in a row only the first,
    the last and those that are named stay."""
    size = len(signs)
    keep = bytearray(b"\1") * size
    if not hunk.exact or ("+" not in signs and "-" not in signs):
        return keep
    for run in _RUN.finditer(signs):
        start, end = run.span()
        if signs[start] == " ":
            _around(lines, hunk, start, end, size, keep)
        elif cut and end - start > LONG_RUN:
            keep[start + _HEAD : end - _TAIL] = bytes(end - start - _HEAD - _TAIL)
    body = lines[hunk.start : hunk.end]
    if max(map(len, body), default=0) > LONG_LINE:
        for k, line in enumerate(body):
            if len(line) > LONG_LINE:
                keep[k] = 0
    if named:
        for k in range(size):
            if hunk.start + k in named and len(body[k]) <= _LONGEST:
                keep[k] = 1
    k = signs.find("\\", 1)
    while k > 0:
        keep[k] = keep[k - 1]
        k = signs.find("\\", k + 1)
    return keep


def _around(lines: Sequence[str], hunk: Hunk, start: int, end: int, size: int, keep: bytearray) -> None:
    """Of unchanged lines, the one next to a change, unless it says nothing; all of them where they are few."""
    before, after = start > 0, end < size
    if before and after and end - start <= _SMALLEST:
        return
    keep[start:end] = bytes(end - start)
    if before and len(lines[hunk.start + start].strip()) > 1:
        keep[start] = 1
    if after and len(lines[hunk.start + end - 1].strip()) > 1:
        keep[end - 1] = 1


def only_spaces(lines: Sequence[str], hunk: Hunk, signs: str, path: str) -> bool:
    """Whether nothing but white space changes, and none that means something in such a file."""
    if len(hunk.old) > 1:
        return False
    body = lines[hunk.start : hunk.end]
    removed = [line[1:] for line in body if line.startswith("-")]
    added = [line[1:] for line in body if line.startswith("+")]
    if "+" not in signs or "-" not in signs:
        return not any(line.strip() for line in removed + added)
    old, new = "\n".join(removed), "\n".join(added)
    if old.lstrip()[:1] != new.lstrip()[:1]:
        return False
    if _SPACES_MATTER.search(path):
        return [line.rstrip() for line in removed if line.strip()] == [line.rstrip() for line in added if line.strip()]
    return "".join(old.split()) == "".join(new.split()) and _without_spaces(old) == _without_spaces(new)


def _without_spaces(text: str) -> str:
    """The text without white space, but for what keeps two words apart."""
    return "".join(_BETWEEN_WORDS.sub("\0", text).split())
