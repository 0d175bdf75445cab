"""Whether an output is a page of markup, and not the source of one."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from ..sample import Sample, told_once

__all__ = ["is_feed", "is_html"]

_HEAD: Final = 6_000
"""Characters in which a page begins: what wraps it is short."""
_LEAST_TAGS: Final = 8

_PAGE: Final = re.compile(r"<(?:!doctype\s+html|html(?=[\s>])|head(?=[\s>])|body(?=[\s>]))", re.IGNORECASE)
_FRAGMENT: Final = re.compile(
    r"\s*<(?:div|section|article|main|table|ul|ol|dl|p|h[1-6]|header|nav)(?=[\s>])", re.IGNORECASE
)
_FEED: Final = re.compile(r"<(?:rss|feed|rdf:RDF|urlset|sitemapindex)(?=[\s>])")
_TAG: Final = re.compile(r"</?[a-zA-Z][\w:-]{0,30}(?:\s[^<>]{0,2000})?/?>")
_WRAPPER: Final = re.compile(
    r"HTTP/[0-9.]+ [0-9]{3}\b.{0,100}|[A-Za-z][\w-]{1,40}: .{0,4000}|<returncode>.{0,40}|<output>|<stdout>"
    r"|[<>*] .{0,2000}|[<>*]|%? *(?:Total|Dload)\b.{0,120}|[0-9 kMG:.\r-]+|<\?xml[^<>]{0,200}\?>.{0,200}"
    r"|<!--[^<>]{0,500}(?:-->)?|https?://\S{1,2000}|```(?:html)?|[A-Z][\w ]{2,60}:|\ufeff"
)
"""A line, stripped, that may stand above a page: a status, headers, a tool's envelope, curl's progress, a comment."""
_TEMPLATE: Final = (
    *("{%", "<?php", "<?=", "<%", "{{", "className=", "<script setup", "<style scoped", "<xsl:"),
    *(" v-if=", " v-for=", " v-model=", " v-bind:", "*ngIf=", "*ngFor=", " ng-repeat=", " ng-if=", " x-data="),
    *(" (click)=", " @click=", " :key="),
)
"""What only the source of a page has: placeholders and directives of templates, JSX."""
_LEAST_SIGNS: Final = 3


@told_once
def is_html(sample: Sample) -> bool:
    """A whole page (or the beginning of one) or a fragment of one; feeds and site maps too."""
    return _is_page(sample.document.text) or is_feed(sample.document.text)


def is_feed(text: str) -> bool:
    """An RSS or Atom feed, or a site map."""
    head = text[:_HEAD]
    found = _FEED.search(head)
    return found is not None and _only_wraps(head[: found.start()])


def _is_page(text: str) -> bool:
    head = text[:_HEAD]
    found = _PAGE.search(head)
    if found is None:
        wrapped = "<" in head and _FRAGMENT.match(head) is not None
        if not wrapped or not _is_markup(text) or text.rstrip()[-1:] != ">" or "={" in head:
            return False
    elif not _only_wraps(head[: found.start()]) or not _is_markup(text[found.start() :]):
        return False
    part = text[: 4 * _HEAD]
    return sum(map(part.count, _TEMPLATE)) < max(_LEAST_SIGNS, part.count("<") // 50)


def _only_wraps(above: str) -> bool:
    return all(not line or _WRAPPER.fullmatch(line) is not None for line in map(str.strip, above.split("\n")))


def _is_markup(text: str) -> bool:
    return sum(1 for _ in islice(_TAG.finditer(text, 0, 4 * _HEAD), _LEAST_TAGS)) == _LEAST_TAGS
