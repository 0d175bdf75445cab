"""Whether an output is a table with a delimiter."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from ..sample import Sample

__all__ = ["is_delimited"]

_QUOTED: Final = re.compile(r"\"(?:[^\"\n]|\"\"){0,2000}\"")


def is_delimited(sample: Sample) -> bool:
    """Do nearly all lines have the same number of commas, semicolons, tabs or (five or more) colons?"""
    lines = [_QUOTED.sub("", line) if '"' in line else line for line in sample.lines]
    for delimiter, fewest in ((",", 2), (";", 2), ("\t", 2), (":", 5)):
        count, times = Counter(line.count(delimiter) for line in lines).most_common(1)[0]
        if count >= fewest and times >= 0.85 * len(lines):
            return True
    return False
