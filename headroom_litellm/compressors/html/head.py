"""What a page says of itself: its title, address, description; the data that its scripts carry."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["data_scripts", "title_lines"]

_MAX_TITLE: Final = 300
_MAX_ABOUT: Final = 400
_MAX_URL: Final = 400
_LEAST_DATA: Final = 200
_SHOWN_DATA: Final = 1_500
"""Characters of the data of scripts that are shown of a page without text."""
_DATA: Final = re.compile(r"json", re.IGNORECASE)


def title_lines(tree: LexborHTMLParser, heading: str) -> list[str]:
    """`# Title`, `URL: …`, `Description: …`, as far as the page has them; `heading`: the first one in its text, which
    needs no title above it that says the same."""
    metas: dict[str, str] = {}
    for meta in tree.css("meta[content]"):
        attributes = meta.attributes
        name = attributes.get("name") or attributes.get("property") or ""
        metas.setdefault(name.lower(), " ".join((attributes.get("content") or "").split()))
    node = tree.css_first("head title") or tree.css_first("title")
    title = " ".join(node.text(deep=True).split()) if node is not None else ""
    title = (title or metas.get("og:title", ""))[:_MAX_TITLE]
    link = tree.css_first("link[rel=canonical][href]")
    address = (link.attributes.get("href") or "" if link is not None else "") or metas.get("og:url", "")
    about = metas.get("description") or metas.get("og:description") or ""
    lines = []
    if title and title != heading:
        lines.append(f"Title: {title}")
    if address and len(address) <= _MAX_URL:
        lines.append(f"URL: {address}")
    if about and about != title:
        lines.append(f"Description: {about if len(about) <= _MAX_ABOUT else about[:_MAX_ABOUT] + '…'}")
    return lines


def data_scripts(tree: LexborHTMLParser) -> list[str]:
    """The data in scripts, for a page whose text its scripts would make: how much each has, and its beginning."""
    found = []
    for node in tree.css("script[type]"):
        if _DATA.search(node.attributes.get("type") or ""):
            found += _told(node, " ".join(node.text(deep=True).split()))
    return found


def _told(node: LexborNode, text: str) -> list[str]:
    if len(text) < _LEAST_DATA:
        return [text] if text else []
    name = node.attributes.get("id") or node.attributes.get("type") or ""
    shown = text[:_SHOWN_DATA]
    left = f", the first {_SHOWN_DATA} shown" if len(text) > _SHOWN_DATA else ""
    return [f"[script {name}: {len(text)} characters of JSON{left}]", shown]
