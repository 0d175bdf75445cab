"""Rows of `ls -l` and the like: what most rows have in common is said once, in a row with places for the rest.

    [SIZE NAME is -rw-r--r-- 1 ann ann SIZE Oct 24 2024 NAME; LINKS NAME/ is drwxr-xr-x LINKS ann ann 4096 ...]
    806 .editorconfig
    8 .git/
    [MODE -rwxr-xr-x] 1633 setup.py

Rows of files, of directories (a slash at their end) and of links (` -> `) each have their own. A field in which a row
differs stands in brackets before it, by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from .model import Row

__all__ = ["DATE", "FIELDS", "MODE", "SIZE", "Pattern", "is_directory", "patterns", "read_row", "shape_of"]

# What stands before the mode may be an inode, a count of blocks, or both.
FIELDS: Final = ("FIRST", "SECOND", "MODE", "LINKS", "OWNER", "GROUP", "SIZE", "DATE")
MODE, SIZE, DATE = 2, 6, 7

_MODE = r"[-dlcbpsDPh][-rwxsStTlL]{9}[.+@]?"
_SIZE = r"[0-9][0-9.,]{0,18}(?:[KMGTPEBkmg]i?B?)?"
_DATE = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?(?: [+-][0-9]{4})?)?"
    r"|[0-9]{2}-[0-9]{2}(?:-[0-9]{4})? [0-9]{2}:[0-9]{2}"
    r"|[A-Z][a-z]{2} [ 0-9]?[0-9] {1,2}(?:[0-9]{4}|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2} [0-9]{4})?)"
)
_LONG: Final = re.compile(
    rf" {{0,20}}(?:([0-9]{{1,20}}) {{1,20}})?(?:([0-9]{{1,20}}) {{1,20}})?({_MODE}) {{1,20}}"
    rf"(?:([0-9]{{1,9}}) {{1,20}}([^\s/]{{1,64}}) {{1,40}}([^\s/]{{1,64}}) {{1,40}}"
    rf"([0-9]{{1,5}}, {{0,5}}[0-9]{{1,7}}|{_SIZE})"
    rf"|([^\s/]{{1,64}}/[^\s/]{{1,64}}) {{1,40}}({_SIZE})) {{1,4}}({_DATE}) (\S[^\n]{{0,1000}}|[^\n]{{1,80}}\S)"
)
_SHORT: Final = re.compile(
    rf"[ ]{{0,20}}({_SIZE})(?:[ \t]{{1,20}}({_DATE}) {{1,4}}|[ \t]{{1,4}})([^\s<>\"|:;]{{1,400}})"
)
_SAMPLE: Final = 2_000
"""Of so many rows it is found out what they have in common."""
_SPACES: Final = re.compile(r" {2,}")


def read_row(line: str) -> tuple[Row, str] | None:
    """(the fields, the name) of a line of `ls -l`, `find -ls`, `tar tv`, `unzip -l`, `du -a` or `wc -l`."""
    found = _LONG.fullmatch(line)
    if found is not None:
        inode, blocks, mode, links, owner, group, size, both, size_too, date, name = found.groups()
        if both is not None:
            return (inode, blocks, mode, None, both, None, size_too, _even(date)), name
        return (inode, blocks, mode, links, owner, group, _even(size), _even(date)), name
    found = _SHORT.fullmatch(line)
    if found is None:
        return None
    size, date, name = found.groups()
    return (None, None, None, None, None, None, size, date and _even(date)), name


def shape_of(row: Row, name: str) -> str:
    """Whether a row is written as one of a directory, a link or a file: its `Pattern` is told by how it ends."""
    if " -> " in name:
        return "link"
    return "directory" if is_directory(row, name) else "file"


def is_directory(row: Row, name: str) -> bool:
    return (row[MODE] or "")[:1] == "d" or name.endswith("/")


@dataclass(frozen=True)
class Pattern:
    """What the rows of one shape have in common.

    constant: the value of each field that is said once; None where it is said in each row, or where there is none
    varying:  the places of the fields that each row says
    slash:    a slash is added to the name
    """

    constant: Sequence[str | None]
    varying: Sequence[int]
    slash: bool = False

    @cached_property
    def _once(self) -> Sequence[tuple[int, str]]:
        return [(k, value) for k, value in enumerate(self.constant) if value is not None]

    def write(self, row: Row, name: str) -> str:
        differing = [f"{FIELDS[k]} {row[k]}" for k, value in self._once if value != row[k]]
        words = [row[k] or "-" for k in self.varying]
        words.append(name + "/" if self.slash else name)
        if differing:
            words.insert(0, f"[{'; '.join(differing)}]")
        elif not self.varying and name.startswith("["):
            words.insert(0, "[]")
        return " ".join(words)

    def legend(self, name: str) -> str:
        """What a row stands for."""
        source = [
            FIELDS[k] if k in self.varying else value
            for k, value in enumerate(self.constant)
            if k in self.varying or value is not None
        ]
        short = " ".join([*(FIELDS[k] for k in self.varying), name + "/" * self.slash])
        full = " ".join([*(word for word in source if word), name])
        return f"{short} is {full}" if short != full else ""


def patterns(rows: Iterable[tuple[Row, str]]) -> dict[str, Pattern]:
    """The pattern of each shape that the rows have. A field is said once where that is shorter."""
    shapes: dict[str, list[Row]] = {}
    slashed = True
    for row, name in rows:
        shape = shape_of(row, name)
        shapes.setdefault(shape, []).append(row)
        slashed = slashed and (shape != "directory" or name.endswith("/"))
    found: dict[str, Pattern] = {}
    for shape, every in shapes.items():
        members = every[:: 1 + len(every) // _SAMPLE]
        constant: list[str | None] = []
        varying: list[int] = []
        for k, column in enumerate(zip(*members, strict=True)):
            value = column[0]
            times = column.count(value)
            if times < len(column):
                value, times = Counter(column).most_common(1)[0]
            elif value is None:
                constant.append(None)
                continue
            size = len(value or "-") + 1
            once = value is not None and (len(column) - times) * (size + len(FIELDS[k]) + 4) < len(column) * size
            once = once and (k != SIZE or shape == "directory")
            constant.append(value if once else None)
            if not once:
                varying.append(k)
        found[shape] = Pattern(constant, varying, slash=shape == "directory" and not slashed)
    return found


def _even(text: str) -> str:
    return _SPACES.sub(" ", text) if "  " in text else text
