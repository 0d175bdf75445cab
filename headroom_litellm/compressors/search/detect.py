"""Whether an output lists matches of a search."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample

__all__ = ["is_search"]

_MATCH: Final = re.compile(r"(?:\./|/)?[\w@+./-]{1,200}(?::|-)[0-9]{1,6}(?::|-)|(?:\./|/)?[\w@+/-]{1,200}\.\w{1,10}:")


def is_search(sample: Sample) -> bool:
    return sample.share(_MATCH) > 0.5
