"""Whether an output as a whole says that what was asked for failed."""

from __future__ import annotations

import re
from typing import Final

from .compressors.shared.signs import plainly_fails

__all__ = ["failed"]

_EXIT: Final = re.compile(r"^(?:<returncode>|\[?[Ee]xit(?:ed with)? (?:code|status):? ?)-?[1-9]", re.MULTILINE)
_TRACE: Final = re.compile(r"^(?:Traceback \(most recent|panic: |Caused by: |\s+at \S.*\()|panicked at", re.MULTILINE)
_LINE: Final = 500


def failed(text: str) -> bool:
    """At least two of: an exit code other than 0, a stack trace, a line that reports a failure by its level or form.
    One alone is no sign: a log has such lines as well, and a search finds them."""
    signs = [_EXIT.search(text), _TRACE.search(text)]
    if all(signs):
        return True
    return any(signs) and any(plainly_fails(line[:_LINE]) for line in text.split("\n") if not _TRACE.match(line))
