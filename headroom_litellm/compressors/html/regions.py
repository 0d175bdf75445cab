"""Which parts of a page surround its content: navigation, footers, banners, what is not visible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

__all__ = ["CONTAINERS", "is_main", "region_of"]

CONTAINERS: Final = frozenset(
    ["div", "section", "nav", "footer", "header", "aside", "form", "ul", "ol", "table", "main", "article", "dialog"]
)
"""Tags of parts of a page."""

_TAGS: Final = {"nav": "navigation", "footer": "footer", "dialog": "dialog"}
_OUTSIDE: Final = {"aside": "sidebar", "header": "header"}
"""These surround the content only where they stand outside of it."""
_ROLES: Final = {
    "navigation": "navigation",
    "banner": "header",
    "contentinfo": "footer",
    "search": "search",
    "menu": "navigation",
    "menubar": "navigation",
    "dialog": "dialog",
    "alertdialog": "dialog",
    "doc-toc": "contents",
}
_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:"
    r"(?P<navigation>nav|navbar|navigation|menu|submenu|breadcrumbs?|pagination|pager|skip-?(?:link|nav|to)s?|sphinxsidebar"
    r"|jump-to-nav|navbox|catlinks|rst-versions|headerlink|mw-editsection|prev-next)"
    r"|(?P<contents>toc|sidetoc|tocbox|table-of-contents)"
    r"|(?P<sidebar>sidebar|side-?bar|rail)"
    r"|(?P<footer>footer|colophon|printfooter|copyright)"
    r"|(?P<dialog>cookies?|consent|gdpr|modal|popup|paywall|overlay)"
    r"|(?P<promotion>ads?|advert(?:s|isement|ising)?|promo(?:tion|ted)?|sponsor(?:ed)?|newsletter|subscribe|outbrain|taboola"
    r"|social|share|sharing|sharebar|related|recommend(?:ed|ations)?|trending|most-?read)"
    r")(?=$|[\s_-])",
    re.IGNORECASE,
)
_MAIN_NAME: Final = re.compile(
    r"(?:^|\s)(?:main|content|main-?content|page-?content|mw-content-text|bodyContent)(?=$|\s)"
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def is_main(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Does the page say that this is its content?"""
    return tag in ("main", "article") or attributes.get("role") in ("main", "article")


def region_of(tag: str, attributes: Mapping[str, str | None], inside: bool) -> str | None:
    """What this part is, None where it may be content; `inside`: it stands in what the page says is its content."""
    if tag in _TAGS:
        return _TAGS[tag] if tag != "footer" or not inside else None
    if tag in ("html", "body", "main", "article"):
        return None
    if not inside and tag in _OUTSIDE:
        return _OUTSIDE[tag]
    if not attributes:
        return None
    role = attributes.get("role")
    if role in _ROLES:
        return _ROLES[role]
    style = attributes.get("style")
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or (style and _HIDDEN.search(style)):
        # What a reader sees at the click of a tab is content.
        return None if role == "tabpanel" else "hidden"
    classes = attributes.get("class") or ""
    # A section of a text is named by what it is about.
    named = not inside and tag != "section" and "sect" not in classes
    return _by_name(classes, (attributes.get("id") or "") if named else "")


@lru_cache(maxsize=4096)
def _by_name(classes: str, name: str) -> str | None:
    text = f"{classes[:300]} {name[:100]}"
    if _MAIN_NAME.search(text):
        return None
    found = _NAMES.search(text)
    return found.lastgroup if found is not None else None
