"""Feeds and site maps as lists."""

from __future__ import annotations

import html
import re
from typing import Final

from ..shared.passages import Limits, choose
from .odd import odd_lines
from .page import PageText

__all__ = ["feed_text"]

_ENTRY: Final = re.compile(r"<(item|entry|url|sitemap)(?=[\s>])")
_FIELD: Final = re.compile(r"<([\w:.-]{1,40})((?:\s[^<>]{0,2000})?)>(?:<!\[CDATA\[)?")
_HREF: Final = re.compile(r"""<link[^<>]{0,400}?\bhref=["']([^"'<>]{1,2000})""")
_TAG: Final = re.compile(r"<[^<>]{1,2000}>")
_NAMES: Final = (
    "title",
    "link",
    "loc",
    "id",
    "guid",
    "pubDate",
    "published",
    "updated",
    "lastmod",
    "author",
    "name",
    "dc:creator",
    "category",
    "description",
    "summary",
)
_MAX_TEXT: Final = 300
_MAX_ENTRY: Final = 40_000
"""Characters of an entry in which its fields are looked for."""
_LEAST_BUDGET, _MOST_BUDGET, _SHARE = 4_000, 16_000, 0.12


def feed_text(source: str, query: str) -> PageText | None:
    """None where it has no entries."""
    starts = [match.start() for match in _ENTRY.finditer(source)]
    if not starts:
        return None
    blocks = [source[a : min(b, a + _MAX_ENTRY)] for a, b in zip(starts, [*starts[1:], len(source)], strict=True)]
    lines = [_told(block) for block in blocks]
    budget = int(max(_LEAST_BUDGET, min(_MOST_BUDGET, len(source) * _SHARE)))
    keep: set[int] = set(range(len(lines)))
    if sum(map(len, lines)) > budget:
        keep = choose(lines, [], query, Limits(budget // 2, budget // 4, budget))
    out = [
        f"[feed as a list, markup left out; {len(keep)} of {len(lines)} entries shown]",
        *_about(source[max(0, starts[0] - _MAX_ENTRY) : starts[0]]),
    ]
    position = 0
    for i in [*sorted(keep), len(lines)]:
        if i > position:
            out.append(f"[… {i - position} {'entry' if i - position == 1 else 'entries'}]")
        out += lines[i : i + 1]
        position = i + 1
    shown = "\n".join(out)
    odd = [f"line {number}: {line}" for number, line in odd_lines(source, shown, query)]
    if odd:
        odd.insert(0, "[lines of the source that are not in the list:]")
    return PageText("\n".join([shown, *odd]), sum(len(lines[i]) for i in keep))


def _about(head: str) -> list[str]:
    return [line for line in [_told(head)] if line != "- "]


def _told(block: str) -> str:
    """One entry on a line: its title, address, dates and the beginning of its text."""
    found: dict[str, str] = {}
    for field in _FIELD.finditer(block):
        name = field[1]
        if name in _NAMES and name not in found:
            end = block.find(f"</{name}>", field.end())
            text = block[field.end() : max(end, field.end())].removesuffix("]]>")
            found[name] = " ".join(html.unescape(_TAG.sub(" ", html.unescape(text))).split())
    link = _HREF.search(block)
    if link is not None:
        found.setdefault("link", html.unescape(link[1]))
    told = [found[name] for name in _NAMES if found.get(name)]
    parts = [text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…" for text in told]
    return "- " + " | ".join(dict.fromkeys(parts))
