"""Whether an output is a table."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from ..sample import Sample, told_once
from .grid import Grid
from .reading import read

__all__ = ["is_delimited", "is_drawn", "is_table"]

_QUOTED: Final = re.compile(r"\"(?:[^\"\n]|\"\"){0,2000}\"")
_HEAD: Final = 3_000
_FEWEST: Final = 12
_MAX_HEAD: Final = 40_000
_TOP: Final = 8
_RULE: Final = re.compile(r"\s{0,40}(?:[+|┌├╔╠╟┏┣╭╒╞][-+|:=─━═┬┼┳╋╤╪╦╬╫┯┿ ]{3,}[+|┐┤╗╣╢┓┫╮╕╡]|-{2,}(?:\+-{2,})+)\s*")
"""A line between rows, or between the names and the rows."""
_DASHES: Final = re.compile(r"\s{0,40}(?:-{2,}(?: {1,3}-{2,})+|={2,}(?: {1,3}={2,})+)\s*")
"""A line under names whose columns stand apart by blanks."""
_SIGNS: Final = "|│┃║┆+├┣╠╟╞"
_DRAWN: Final = 0.8
"""The share of lines that have one of these signs, where a table is drawn with them."""


@told_once
def is_delimited(sample: Sample) -> bool:
    """Do nearly all lines have the same number of commas, semicolons, tabs or (five or more) colons, or are they drawn
    as a table?"""
    lines = sample.lines
    text = "\n".join(lines)
    least = 0.85 * len(lines)
    for delimiter, fewest in ((",", 2), (";", 2), ("\t", 2), (":", 5)):
        if text.count(delimiter) < fewest * least:
            continue
        bare = [_QUOTED.sub("", line) if '"' in line else line for line in lines] if '"' in text else lines
        count, times = Counter([line.count(delimiter) for line in bare]).most_common(1)[0]
        if count >= fewest and times >= least:
            return True
    return is_drawn(sample)


def is_drawn(sample: Sample) -> bool:
    """Are these lines a table with lines around its cells, or under its names, whatever the cells hold?"""
    lines = sample.lines
    if any(map(_DASHES.fullmatch, lines[:_TOP])):
        return True
    if not any(map(_RULE.fullmatch, lines[:_TOP])):
        return False
    return sum(any(map(line.__contains__, _SIGNS)) for line in lines) >= _DRAWN * len(lines)


def is_table(sample: Sample) -> bool:
    """Does its beginning read as one or more tables, and do the other lines look the same?"""
    text = sample.document.text
    if len(text) <= 2 * _HEAD:
        return read(text) is not None
    parts = read(_head(text))
    if parts is None:
        return False
    grid = next(part for part in parts if isinstance(part, Grid))
    if "\n" in grid.lines[0] or len(sample.lines) < _FEWEST:
        return True
    signs = grid.delimiter or (" " if grid.slices else f"{_SIGNS}:")
    return sum(any(map(line.__contains__, signs)) for line in sample.lines) >= 0.7 * len(sample.lines)


def _head(text: str) -> str:
    """The first lines of the text, some thousand characters but not too few lines."""
    end = "\n" if "\n" in text[:_MAX_HEAD] else "\r"
    size = count = 0
    for line in text[:_MAX_HEAD].split(end)[:-1]:
        if size > _HEAD and count >= _FEWEST:
            break
        size += len(line) + 1
        count += 1
    head = text[: size - 1] if count else text[:_MAX_HEAD]
    return head[: head.rfind('"')].rpartition(end)[0] if head.count('"') & 1 else head
