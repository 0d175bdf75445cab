"""What a page says of itself: its title, address, description."""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser

__all__ = ["title_lines"]

_MAX_TITLE: Final = 300
_MAX_ABOUT: Final = 400
_MAX_URL: Final = 400


def title_lines(tree: LexborHTMLParser, heading: str) -> list[str]:
    """`Title: …`, `URL: …`, `Refresh: …` (where it leads on), `Base of the links: …`, `Description: …`, as far as the
    page has them; `heading`: the first one in its text, which needs no title above it that says the same."""
    metas: dict[str, str] = {}
    for meta in tree.css("meta[content]"):
        attributes = meta.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
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
    if metas.get("refresh"):
        lines.append(f"Refresh: {metas['refresh'][:_MAX_URL]}")
    base = tree.css_first("base[href]")
    if base is not None:
        lines.append(f"Base of the links: {(base.attributes.get('href') or '')[:_MAX_URL]}")
    if about and about != title:
        lines.append(f"Description: {about if len(about) <= _MAX_ABOUT else about[:_MAX_ABOUT] + '…'}")
    return lines
