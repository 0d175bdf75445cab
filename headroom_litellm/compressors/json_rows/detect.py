"""Whether an output is JSON."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample

__all__ = ["is_json"]

_START: Final = re.compile(
    r'\s*(?:\{\s*(?:"[^"\\\n]{0,400}(?:\\.[^"\\\n]{0,400}){0,50}"\s*:|\})'
    r'|\[\s*(?:[\[{"\]-]|[0-9.eE+-]{1,40}\s*[,\]]|true|false|null))'
)
_OPENS: Final = re.compile(r"(?:[^\n]*\n){0,19}?\s*[\[{]")
"""Up to the first bracket that begins a line, among the first twenty."""
_IN_STRING: Final = re.compile(r'\s*"(?:\\n|\s)*(?:\[(?:\\n|\s)*)?\{(?:\\n|\s)*\\"')
"""A string that holds an object, or an array of objects."""
_END: Final = re.compile(r'(?:^|["0-9{}\[\],]|true|false|null|NaN|Infinity)[ \t]*[}\]]\s*$')
"""An object or an array ends behind a value: `[98 rows x 4 columns]` is none."""


def is_json(sample: Sample) -> bool:
    """Does it begin and end like JSON, JSON lines, or JSON with a few lines around it, or a string that holds JSON? The
    compressor reads it in full and may still decline."""
    text = sample.document.text
    start = text[:2_000]
    if _IN_STRING.match(start):
        return text[-200:].rstrip().endswith(('}"', ']"', '\\n"'))
    opens = _OPENS.match(start)
    if opens is None or not _START.match(start, opens.end() - 1):
        return False
    return any(_END.search(line) is not None for line in text[-2_000:].split("\n")[-12:])
