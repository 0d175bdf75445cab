"""Scripts and style sheets without line breaks: their beginning, their end, what they export, what the query names."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from ...ccr import marker
from ...relevance import query_terms
from ..base import Rendition

__all__ = ["is_minified", "minified"]

_LONG_LINE: Final = 1_000
"""Characters of a line on the average from which on nobody wrote it by hand."""
_PROBE: Final = 20_000
_MOST_LINES: Final = 100
"""Line feeds in the first part of the text: a licence and a banner may stand before the long lines."""
_CHARACTERS_A_SIGN: Final = 250
_HEAD: Final = 700
_TAIL: Final = 300
_WINDOW: Final = 200
_MOST_WINDOWS: Final = 6
_MOST_NAMES: Final = 20
_LOOKED_AT: Final = 200_000

_SCRIPT: Final = re.compile(r"function ?\w{0,80}\(|=>|\breturn\b|\bvar |\bconst |\blet |;[\w$]+\.")
_STYLE: Final = re.compile(r"[\w.#\])-]\{[\w-]+:[^{};]{1,200}[;}]")
_EXPORTED: Final = re.compile(
    r"\bexports\.([A-Za-z_$][\w$]*)\s?="
    r"|\bexport (?:default )?(?:async )?(?:function|class|const|let) ([A-Za-z_$][\w$]*)|\bas ([A-Za-z_$][\w$]*)(?=[,}])"
)


def is_minified(text: str) -> bool:
    """Is it a script or a style sheet in lines that are no lines?"""
    part = text[:_PROBE]
    if len(text) < _LONG_LINE * 3 or part.count("\n") > _MOST_LINES or part.lstrip()[:1] in ("<", "{", "["):
        return False
    if len(text) < _LONG_LINE * (text.count("\n") + 1):
        return False
    return (len(_SCRIPT.findall(part)) + len(_STYLE.findall(part))) * _CHARACTERS_A_SIGN > len(part)


def minified(text: str, query: str) -> Rendition | None:
    """Parts of the text, with an inline marker for each part between them."""
    shown = [(0, _HEAD), (len(text) - _TAIL, len(text))]
    for at in _named(text, query):
        shown.append((max(0, at - _WINDOW), min(len(text), at + _WINDOW)))
    out: list[str] = []
    spans: list[str] = []
    position = 0
    seen = 0
    for start, end in sorted(shown):
        if start > position + _WINDOW:
            gone = text[position:start]
            spans.append(gone)
            out.append(f"\n/* … {len(gone)} characters {marker.opaque(gone, 'minified')}{_exported(gone)} */\n")
        else:
            start = position
        out.append(text[start:end])
        seen += max(0, end - start)
        position = max(position, end)
    if not spans or sum(map(len, out)) > 0.8 * len(text):
        return None
    return Rendition("".join(out), seen, len(text), "characters", tuple(spans))


def _named(text: str, query: str) -> list[int]:
    """Where the text has an identifier of the query that it does not have often."""
    found: list[int] = []
    for term, identifier in query_terms(query).items():
        if identifier:
            matches = re.finditer(re.escape(term), text, re.IGNORECASE)
            at = [match.start() for match in islice(matches, _MOST_WINDOWS)]
            found += at if len(at) < _MOST_WINDOWS else []
    return sorted(found)[:_MOST_WINDOWS]


def _exported(gone: str) -> str:
    names = dict.fromkeys(next(filter(None, groups)) for groups in _EXPORTED.findall(gone[:_LOOKED_AT]))
    if not names:
        return ""
    more = f", {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f": exports {', '.join(list(names)[:_MOST_NAMES])}{more}"
