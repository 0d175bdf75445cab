"""Where each record begins.

Records begin alike (`Bus 001`, `Bus 002`; `Name: a`, `Name: b`), or are the blocks under lines that stand out to the
left (`eth0: …`), and most of their lines have the same labels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from ..shared.indentation import indentation

__all__ = ["split", "value_of"]

_FEWEST: Final = 3
_PREAMBLE: Final = 12
"""Lines among which the first record begins."""
_SHORTEST: Final = 3
"""Lines of a record, on average."""
_PROBED: Final = 40
_ALIKE: Final = 0.5
_DIGITS: Final = re.compile(r"(?<![0-9a-fA-F])[a-fA-F]*[0-9][0-9a-fA-F]*")
_LABEL: Final = re.compile(r"\s*[^\s:=][^:=\t ]*(?: [^:=\t ]+){0,20}")
"""Words with one space between them, up to a colon and the like."""
_NEARLY: Final = 0.8
_LONGEST: Final = 80
"""Characters of a label."""


class Split(NamedTuple):
    """starts: the line with which each record begins, at least three
    labels: for each different line what stands before its value, with the indentation; all numbers in it are `#`
    """

    starts: list[int]
    labels: dict[str, str]


def split(lines: Sequence[str]) -> Split | None:
    """The records among the lines; None where there are none."""
    different = list(dict.fromkeys(lines))
    shapes = _DIGITS.sub("#", "\n".join([line[: _end(line)] for line in different])).split("\n")
    known: dict[str, str] = {}
    labels = {line: known.setdefault(shape, shape) for line, shape in zip(different, shapes, strict=True)}
    word_of = {label: _first_word(label) for label in known}
    words = {line: word_of[label] for line, label in labels.items()}
    content = [at for at, line in enumerate(lines) if words[line]]
    tried: set[str] = set()
    for at in content[:_PREAMBLE]:
        for shape_of in (words, labels):
            shape = shape_of[lines[at]]
            if shape not in tried:
                tried.add(shape)
                starts = [k for k in content if shape_of[lines[k]] == shape]
                if _are_records(lines, labels, starts, len(content)):
                    return Split(_from_blank_lines(lines, starts), labels)
    outermost = min((indentation(lines[at]) for at in content), default=0)
    starts = [at for at, below in pairwise(content) if indentation(lines[at]) == outermost < indentation(lines[below])]
    return Split(starts, labels) if _are_records(lines, labels, starts, len(content)) else None


def value_of(line: str, label: str) -> str:
    """What stands behind the label of a line."""
    end = len(label) if line.startswith(label) else _end(line)
    return line[end:].strip(" :=\t")


def _from_blank_lines(lines: Sequence[str], starts: Sequence[int]) -> list[int]:
    """The starts, or as many lines before each as stand between it and a blank line, where that is nearly always the
    same: what differs too much to be told by its form begins a record then."""
    backs = Counter(_since_blank(lines, at, before) for before, at in pairwise(starts))
    back, times = backs.most_common(1)[0]
    if back <= 0 or times < _NEARLY * (len(starts) - 1):
        return list(starts)
    return [
        max(0, at - back) if _since_blank(lines, at, before) == back or before < 0 else at
        for before, at in pairwise([-1, *starts])
    ]


def _since_blank(lines: Sequence[str], at: int, before: int) -> int:
    """How many lines stand between a line and the blank line before it, after `before`; -1 where there is none."""
    blank = next((k for k in range(at - 1, max(before, at - _PREAMBLE - 1), -1) if not lines[k].strip()), None)
    return -1 if blank is None else at - blank - 1


def _end(line: str) -> int:
    """Where the label of a line ends."""
    match = _LABEL.match(line, 0, _LONGEST)
    return match.end() if match else min(len(line), _LONGEST)


def _first_word(label: str) -> str:
    """The indentation and the first word; nothing for a blank line."""
    word = label.split(None, 1)[:1]
    return label[: label.index(word[0]) + len(word[0])] if word else ""


def _are_records(lines: Sequence[str], labels: Mapping[str, str], starts: Sequence[int], filled: int) -> bool:
    if len(starts) < _FEWEST or starts[0] > _PREAMBLE or filled < _SHORTEST * len(starts):
        return False
    edges = [*starts, len(lines)][:_PROBED]
    blocks = [set(map(labels.__getitem__, filter(str.strip, lines[first:last]))) for first, last in pairwise(edges)]
    shares = [len(one & other) / min(len(one), len(other)) for one, other in pairwise(blocks)]
    return sum(shares) >= _ALIKE * len(shares) and sum(map(len, blocks)) >= (_SHORTEST - 1) * len(blocks)
