"""Which strings no reader reads: encoded data, tokens, markup by the page."""

from __future__ import annotations

import re

__all__ = ["opaque_label"]

_MIN = 400
_MIN_HTML = 1_500
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?[;,]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]+={0,2}\s?")
_HEX = re.compile(r"[0-9a-fA-F\s]+")
_TOKEN = re.compile(r"[\w-]{16,}\.[\w-]{16,}\.[\w-]*")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")


def opaque_label(text: str) -> str | None:
    """What an unreadable string is (base64, hex, token, data, html, an image's type), or None for one to be read."""
    if len(text) < _MIN:
        return None
    head = text[:2_000]
    data = _DATA_URL.match(head)
    if data is not None:
        return data[1] or "data URL"
    spaces = sum(map(head.count, " \t"))
    if spaces * 50 < len(head):
        if _HEX.fullmatch(head):
            return "hex"
        if _BASE64.fullmatch(head) and _varied(head) and head.count("/") * 20 < len(head):
            return "base64"
        if _TOKEN.match(head):
            return "token"
        if spaces == 0 and "\n" not in head and "\\n" not in head and not _listed(head):
            return "data"
    if len(text) >= _MIN_HTML and head.lstrip()[:1] == "<" and len(_TAG.findall(head)) * 100 > len(head):
        return "html"
    return None


def _varied(text: str) -> bool:
    return any(c.isdigit() for c in text) or len(set(text)) > 40


def _listed(text: str) -> bool:
    """Parts between commas, slashes and the like: a long path, list or query string, which is read."""
    return sum(map(text.count, ",;/|&:")) * 40 > len(text) or any(ord(c) > 0x2E80 for c in text[:100])
