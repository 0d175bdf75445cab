"""Lines of a page's source that matter though they stand where no text is seen: in scripts, attributes, comments."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from ..shared.failing import failing_lines
from ..shared.named import named_lines

__all__ = ["odd_lines"]

_MAX_FAILING: Final = 20
_MAX_NAMED: Final = 20
_PLAIN: Final = re.compile(r"\n([^<\n]{1,400})(?![^\n])")
"""Begins with a line feed, not a `^`: a search for that is many times faster."""
_CODE_ENDS: Final = (";", "{", "}", ",", "*/", "(", "[")


def odd_lines(text: str, shown: str, query: str) -> list[tuple[int, str]]:
    """(number from 1, line) of the lines of the source without markup that report a failure plainly or that the query
    names, and that `shown` does not hold. Lines of scripts that only speak of errors, and very long lines, are none."""
    plain = list(_PLAIN.finditer(f"\n{text}"))
    lines = [match[1] for match in plain]
    starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
    named = named_lines(lines, query, limit=_MAX_NAMED, context=0)
    failing = failing_lines("\n".join(lines), starts, most=4 * _MAX_FAILING)
    bare = {i: lines[i].strip() for i in {*named, *failing}}
    unseen = {i for i, line in bare.items() if line and " ".join(line.split()) not in shown}
    wanted = [i for i in failing if i in unseen and not bare[i].endswith(_CODE_ENDS)][:_MAX_FAILING]
    return [(text.count("\n", 0, plain[i].start()) + 1, bare[i]) for i in sorted({*wanted, *(named & unseen)})]
