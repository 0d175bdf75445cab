"""A text as its tables and the lines between them."""

from __future__ import annotations

import re
from typing import Final

from ..shared.ansi import ANSI, ESCAPE
from .aligned import read_aligned
from .boxed import read_boxed
from .delimited import read_apt, read_delimited
from .grid import Grid, Part

__all__ = ["read"]

_MAINLY: Final = 0.6
"""A text is a table where at least this share of it stands in tables."""
_DRAWN: Final = re.compile(r"\n(?:[ ]{0,40}[+|│┃║┌╔┏╭╒├]|-{2,}(?:\+-{2,})+|-\[ RECORD|\*{10,} 1\. row)")
"""Begins with a line feed, not a `^`: a search for that is many times faster."""
_HEAD: Final = 4_000


def read(text: str) -> list[Part] | None:
    """The parts of a text that is mainly one or more tables, in order; None for any other."""
    head = text[:_HEAD]
    if len(text) < 40 or (ESCAPE in head and ANSI.search(head)):
        return None
    drawn = _DRAWN.search(f"\n{head}") is not None
    readers = [read_boxed, read_aligned] if drawn else [read_delimited, read_aligned, read_apt]
    for reader in readers:
        parts = reader(text)
        if parts is not None and _is_mainly(parts, len(text)):
            return parts
    return None


def _is_mainly(parts: list[Part], size: int) -> bool:
    loose = sum(len(part) for part in parts if not isinstance(part, Grid))
    return loose <= (1 - _MAINLY) * size
