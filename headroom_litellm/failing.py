"""Whether an output as a whole says that what was asked for failed."""

from __future__ import annotations

import re
from typing import Final

from .compressors.shared.signs import plainly_fails

__all__ = ["failed"]

_EXIT: Final = re.compile(r"\n(?:<returncode>|\[?[Ee]xit(?:ed with)? (?:code|status):? ?)-?[1-9]")
"""Begins with a line feed, not a `^`: a search for that is many times faster."""
_STARTS: Final = r"(?:Traceback \(most recent|panic: |Caused by: |[^\S\n]+at \S.*\()"
_TRACES: Final = re.compile(rf"\n{_STARTS}")
_TRACE: Final = re.compile(rf"{_STARTS}|panicked at")
_LINE: Final = 500


def failed(text: str) -> bool:
    """At least two of: an exit code other than 0, a stack trace, a line that reports a failure by its level or form.
    One alone is no sign: a log has such lines as well, and a search finds them."""
    below = f"\n{text}"
    signs = [_EXIT.search(below), "panicked at" in text or _TRACES.search(below)]
    if all(signs):
        return True
    return any(signs) and any(plainly_fails(line[:_LINE]) for line in text.split("\n") if not _TRACE.match(line))
