"""Where each record begins.

Records begin alike (`Bus 001`, `Bus 002`; `Name: a`, `Name: b`), or are the blocks under lines that stand out to the
left (`eth0: …`), and most of their lines have the same labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

__all__ = ["labels_of", "split"]

_FEWEST: Final = 3
_PREAMBLE: Final = 12
"""Lines among which the first record begins."""
_SHORTEST: Final = 3
"""Lines of a record, on average."""
_PROBED: Final = 40
_ALIKE: Final = 0.5
_DIGITS: Final = re.compile(r"[0-9a-fA-F]*[0-9][0-9a-fA-F]*")
_FIRST: Final = re.compile(r"\s*[^\s:=]+")
_LABEL: Final = re.compile(r"(\s*[^\s:=][^:=\t]{0,60}?)(?:\s*[:=]| {2}|\t|$)")
_LONGEST: Final = 200


def labels_of(lines: Iterable[str]) -> dict[str, str]:
    """For each line, what stands before the value on it, with the indentation; numbers in it are all the same."""
    known: dict[str, str] = {}
    return {line: known.setdefault(label, label) for line in lines for label in (_label(line),)}


def split(lines: Sequence[str]) -> list[int] | None:
    """The line with which each record begins, at least three; None where there are no records."""
    shape_of = {line: _shape(line) for line in dict.fromkeys(lines)}
    first = [shape for shape in map(shape_of.__getitem__, lines[: 2 * _PREAMBLE]) if shape]
    filled = len(lines) - sum(shape_of[line] == "" for line in lines)
    for shape in dict.fromkeys(first[:_PREAMBLE]):
        starts = [at for at, line in enumerate(lines) if shape_of[line] == shape]
        if _are_records(lines, starts, filled):
            return starts
    content = [at for at, line in enumerate(lines) if shape_of[line]]
    outermost = min((_indent(lines[at]) for at in content), default=0)
    starts = [at for at, below in pairwise(content) if _indent(lines[at]) == outermost < _indent(lines[below])]
    return starts if _are_records(lines, starts, filled) else None


def _label(line: str) -> str:
    match = _LABEL.match(line[:_LONGEST])
    return _DIGITS.sub("#", match[1] if match else line[:60])


def _shape(line: str) -> str:
    """The indentation and the first word of a line but for its numbers; nothing for a blank line."""
    match = _FIRST.match(line[:_LONGEST])
    return _DIGITS.sub("#", match[0]) if match else ""


def _are_records(lines: Sequence[str], starts: Sequence[int], filled: int) -> bool:
    if len(starts) < _FEWEST or starts[0] > _PREAMBLE or filled < _SHORTEST * len(starts):
        return False
    edges = [*starts, len(lines)][:_PROBED]
    blocks = [{_label(line) for line in lines[first:last] if line.strip()} for first, last in pairwise(edges)]
    shares = [len(one & other) / min(len(one), len(other)) for one, other in pairwise(blocks)]
    return sum(shares) >= _ALIKE * len(shares) and sum(map(len, blocks)) >= (_SHORTEST - 1) * len(blocks)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
