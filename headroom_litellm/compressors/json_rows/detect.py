"""Whether an output is JSON."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample

__all__ = ["is_json"]

_START: Final = re.compile(
    r'\s*(?:\{\s*(?:"[^"\\\n]{0,400}(?:\\.[^"\\\n]{0,400}){0,50}"\s*:|\})|\[\s*(?:[\[{"\]-]|[0-9]|true|false|null))'
)


def is_json(sample: Sample) -> bool:
    """Does it begin and end like JSON, JSON lines, or JSON with a few lines around it? The compressor reads it in full
    and may still decline."""
    text = sample.document.text
    start = text[:2_000]
    candidates = [start, *("\n".join(start.split("\n")[i:]) for i in range(1, 20))]
    begins = next((each for each in candidates if each.lstrip()[:1] in ("{", "[")), "")
    if not _START.match(begins):
        return False
    return any(line.rstrip().endswith(("}", "]")) for line in text[-2_000:].split("\n")[-12:])
