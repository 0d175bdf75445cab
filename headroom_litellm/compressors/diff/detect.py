"""Whether an output is a diff, or a list of changed files."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample, told_once
from ..shared.ansi import ANSI
from .changed import is_changed_list

__all__ = ["is_diff"]

_DIFF: Final = re.compile(
    r"\n(?:diff --(?:git|cc|combined) \S.*\n|@@+ (?:-[0-9]+(?:,[0-9]+)? )+\+[0-9]|--- \S.*\n\+\+\+ \S.*\n@@ -[0-9]"
    r"|Index: \S.*\n={20,})"
)
"""Begins with a line feed, not a `^`: a search for that is many times faster."""
_BEGINS: Final = re.compile(
    r"[*|\\/ ]{0,40}commit [0-9a-f]{7,40}\b|From [0-9a-f]{40} "
    r"| \S.{0,400} \| {1,9}(?:[0-9]|Bin\b)| [0-9]+ files? changed"
)
_CHANGE: Final = re.compile(r"[+-]|@@|diff --|index [0-9a-f]")
_FIRST: Final = 8
_SHARE: Final = 0.3


@told_once
def is_diff(sample: Sample) -> bool:
    """A text that only quotes a diff is none: it begins with one, or with what git prints before it, or is one for the
    greater part."""
    return _is_diff(sample) or is_changed_list(sample)


def _is_diff(sample: Sample) -> bool:
    head = sample.head
    if "\x1b" in head:
        head = ANSI.sub("", head)
    if not _holds(head):
        return False
    first = sample.lines[:_FIRST]
    if any(_BEGINS.match(line) for line in first) or _holds("\n".join([*first, ""])):
        return True
    return sample.exceeds(_CHANGE, _SHARE)


def _holds(text: str) -> bool:
    return _DIFF.search(f"\n{text}") is not None
