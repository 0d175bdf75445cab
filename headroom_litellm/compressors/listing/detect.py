"""Whether an output lists files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..sample import Sample
from .spread import spread

__all__ = ["is_listing", "is_long_listing"]

_MODE: Final = re.compile(r"[-dlcbps][rwxsStT-]{9}[.+@]? +[0-9]|total [0-9]+$")
_ROW: Final = re.compile(
    r" {0,20}(?:[0-9]{1,20} {1,20}){0,2}[-dlcbpsDPh][-rwxsStTlL]{9}[.+@]? {1,20}"
    r"(?:[0-9]{1,9} {1,20}[^\s/]{1,64} {1,40}[^\s/]{1,64} {1,40}[0-9]|[^\s/]{1,64}/[^\s/]{1,64} {1,40}[0-9])"
    r"|total [0-9]"
)
_SIZED: Final = re.compile(
    r"[ \t]{0,20}[0-9][0-9.,]{0,18}[KMGTPE]?B?[ \t]{1,20}(?:[0-9]{2,4}-[0-9]{2}-[0-9]{2,4} [0-9]{2}:[0-9]{2} {1,4})?"
    r"(?=[^\s]{0,200}[./])(?:\.{0,2}/|~/)?[\w@+.,=~#%()\[\]/-]{1,400}$"
)
_BRANCH: Final = re.compile(r"(?:[│|](?: {3}|\xa0\xa0 )| {4}){0,40}[├└|`+\\][─-]{2,3} ?\S")
_NAMED: Final = re.compile(
    r"(?:\.{0,2}/|~/|[A-Z]:\\)?(?=[^\s]{0,200}[/A-Za-z_])[\w@+.,=~#%()\[\]$!&'-]{1,100}"
    r"(?:/[\w@+.,=~#%()\[\]$!&'-]{1,100}){0,40}[/*@:]?$"
)
_SURE: Final = re.compile(
    r"\.{0,2}/\S|~/\S|[\w@+.,=~#%()\[\]-]{0,100}\w\.[A-Za-z][\w-]{0,10}\*?$|[\w@+.-]{1,100}/(?:\S{0,200}\.\w{1,8}|\S{0,200}/)?$"
    r"|\.[a-z][\w.-]{1,30}$|(?:README|LICENSE|Makefile|Dockerfile)$"
)
_LISTS: Final = re.compile(
    r"(?:^|&&|\|\||;|\n|\$\()\s{0,20}(?:sudo )?(?:ls|ll|find|fd|fdfind|tree|du|git ls-files|rg --files)(?:\s|$)"
)
_FILTERED: Final = re.compile(
    r"\b(?:grep|egrep|rg) -?[a-zA-Z]{0,8}r|\bxargs\b|-exec|\bcat\b|\bsed -n\b|\bgit (?:log|diff|show)\b"
)
_HEADER: Final = re.compile(r"(?:\.|\S{0,300}/\S{0,300}):$")
_FEWEST: Final = 4
_TRIED: Final = 40


def is_long_listing(sample: Sample) -> bool:
    """Lines as of `ls -l`."""
    return sample.exceeds(_MODE, 0.5)


def is_listing(sample: Sample) -> bool:
    """Rows of `ls -l`, sizes with paths, a drawn tree, paths or names, one a line. Names that are mere words are
    taken for files only where the command lists files."""
    lines = spread(sample.lines, _TRIED)
    if len(lines) < _FEWEST:
        return False
    # Nearly every text that is no listing is told by what stands in its lines at all.
    rows = [line for line in lines if "r-" in line or "rw" in line or line.startswith("total ")]
    branches = [line for line in lines if "──" in line or "--" in line]
    sized = [line for line in lines if line.lstrip()[:1].isdigit()]
    count = len(lines)
    if any(
        len(some) > least * count and _count(shape, some) > least * count
        for shape, some, least in ((_ROW, rows, 0.5), (_BRANCH, branches, 0.6), (_SIZED, sized, 0.7))
    ):
        return True
    words = [line for line in lines if " " not in line]
    if len(words) <= 0.7 * count:
        return False
    named = [line for line in words if _NAMED.match(line)]
    if len(named) <= 0.7 * count:
        return False
    if _LISTS.search(sample.command) and not _FILTERED.search(sample.command):
        return True
    headed = any(line.endswith(":") and _HEADER.match(line) for line in lines)
    return _count(_SURE, named) > (0.4 if headed else 0.7) * len(named)


def _count(shape: re.Pattern[str], lines: Sequence[str]) -> int:
    return sum([shape.match(line) is not None for line in lines])
