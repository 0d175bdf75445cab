"""The headings of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["headings"]

_HEADING: Final = re.compile(
    r"#{1,6} \S|[0-9]+(?:\.[0-9]+)*\.? [A-Z]|[A-Z][A-Z0-9 _/&-]{3,60}:?$|\*\*[^*]{2,80}\*\*:?$|={1,3} \S"
    r"|\[[^\]]{2,60}\]$|<h[1-6][ >]"
)
_FIRST: Final = frozenset("#*=[<0123456789")
_PLAIN: Final = frozenset(" abcdefghijklmnopqrstuvwxyz")
"""No heading begins so, but in an indented text."""
_UNDERLINE: Final = re.compile(r"(?:=|-|~|\^){3,}\s*$")
_UNDER: Final = frozenset("=-~^")
_LONGEST: Final = 200


def headings(lines: Sequence[str]) -> list[int]:
    """Lines that look like headings; in an indented text, the lines that are not indented."""
    firsts = [line[0] for line in lines if line]
    outline = (firsts.count(" ") + firsts.count("\t")) * 10 > len(firsts) * 6
    found: list[int] = []
    fenced = False
    for i, line in enumerate(lines):
        if not line or (line[0] in _PLAIN and not outline):
            continue
        first = line[0]
        if first in "`~" and line.startswith(("```", "~~~")):
            fenced = not fenced
        elif fenced or len(line) > _LONGEST:
            continue
        elif outline and first not in " \t":
            found.append(i)
        elif first in _FIRST or line[:4].isupper():
            if _HEADING.match(line):
                found.append(i)
            elif first == "=" and i and _UNDERLINE.match(line) and lines[i - 1].strip():
                found += [i - 1, i]
        elif first in _UNDER and i and _UNDERLINE.match(line) and lines[i - 1].strip() and len(lines[i - 1]) < _LONGEST:
            found += [i - 1, i]
    return found
