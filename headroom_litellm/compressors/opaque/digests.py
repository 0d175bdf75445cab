"""Checksums, of which a reader wants to see no more than that they are there and which is which."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["shorten_digests"]

_DIGEST: Final = re.compile(
    r"(?<![0-9A-Za-z+/])(?:[0-9a-f]{40,128}|[0-9A-F]{40,128}|sha(?:256|384|512)-[\w+/]{43,86}={0,2})(?![0-9A-Za-z+/=])"
)
_KEPT: Final = 12
"""Characters of each, as version control and registries show them."""
_FEWEST: Final = 5
_SHARE: Final = 0.15
"""Of the text, that they take up."""


def shorten_digests(text: str, query: str) -> str:
    """The text with each checksum cut to its first characters and `…`, but for those that the query holds; the same
    text where there are few."""
    found = [match[0] for match in _DIGEST.finditer(text)]
    if len(found) < _FEWEST or sum(map(len, found)) < _SHARE * len(text):
        return text
    return _DIGEST.sub(lambda match: match[0] if match[0] in query else _short(match[0]), text)


def _short(digest: str) -> str:
    return f"{digest[: digest.find('-') + 1 + _KEPT]}…"
