"""Whether an output is a diff."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample

__all__ = ["is_diff"]

_DIFF: Final = re.compile(r"^(?:diff --git |@@ -[0-9]+(?:,[0-9]+)? \+[0-9]|--- a/|Index: )", re.MULTILINE)


def is_diff(sample: Sample) -> bool:
    return _DIFF.search(sample.head) is not None
