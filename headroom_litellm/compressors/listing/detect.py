"""Whether an output lists files."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample

__all__ = ["is_long_listing", "is_path_list"]

_MODE: Final = re.compile(r"[-dlcbps][rwxsStT-]{9}[.+@]? +[0-9]|total [0-9]+$")
_PATH: Final = re.compile(r"(?:\./|\.\./|/|~/)?[\w@+. -]{1,80}(?:/[\w@+.=~ -]{1,120})*/?$")


def is_long_listing(sample: Sample) -> bool:
    """Lines as of `ls -l`."""
    return sample.share(_MODE) > 0.5


def is_path_list(sample: Sample) -> bool:
    """One path a line."""
    return sample.share(_PATH) > 0.7
