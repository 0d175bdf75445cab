"""Checksums in lock files and lists, of which a reader wants to see no more than which is which.

The same digits name commits, objects and images elsewhere, and are passed on as they stand: they are left alone, and so
are checksums that were asked for.
"""

from __future__ import annotations

import re
from typing import Final

from ...conversation import ToolCall
from ...shell import command_line
from ..base import Document

__all__ = ["shorten_digests"]

_DIGEST: Final = re.compile(
    r"(?<![0-9A-Za-z+])(?:[0-9a-f]{40,128}|[0-9A-F]{40,128}|sha(?:256|384|512)-[\w+/]{43,86}={0,2})(?![0-9A-Za-z+/=])"
)
_SAID: Final = re.compile(
    r"(?<![\w-])(?:(?:--hash=|hash[\"']?[ \t]*[:=][ \t]*[\"']?)sha(?:1|256|384|512):"
    r"|(?:checksum|shasum|sha(?:1|256|384|512)(?:sum)?)[\"']?(?:[ \t]*=[ \t]*|:[ \t]+)[\"']?(?:[0-9]+c?[0-9]*/)?"
    r"|\{:hex, :\w{1,80}, \"[^\"\n]{1,40}\", \"|\"hexpm\", \")$",
    re.IGNORECASE,
)
"""What stands before a checksum in lock files."""
_LISTED: Final = re.compile(r" [ *][^\s/]\S*$", re.MULTILINE)
"""What stands behind a checksum that begins a line of a list: one name of a file."""
_REACH: Final = 150
_ASKED: Final = re.compile(r"(?:^|[\s;&|(/])(?:git|\w*sum|openssl|gpg|docker|podman|skopeo|crane|nix\S*)\s")
"""Programs whose digests are what they were called for."""
_KEPT: Final = 12
"""Characters of each, as version control and registries show them."""
_FEWEST: Final = 5
_SHARE: Final = 0.15
"""Of the text, that they take up."""


def shorten_digests(text: str, document: Document) -> str:
    """The text, which is a part of the document's, with each checksum cut to its first characters and `…`, but for
    those that the query holds; the same text where there are few, or where they were asked for."""
    found = [match.span() for match in _DIGEST.finditer(text) if _is_checksum(text, *match.span())]
    if len(found) < _FEWEST or sum(end - start for start, end in found) < _SHARE * len(text):
        return text
    if _ASKED.search(command_line(ToolCall("", document.tool, document.arguments))):
        return text
    out = []
    at = 0
    for start, end in found:
        if text[start:end] not in document.query:
            shown = text.find("-", start, end) + 1 or start
            out += [text[at : shown + _KEPT], "…"]
            at = end
    return "".join([*out, text[at:]])


def _is_checksum(text: str, start: int, end: int) -> bool:
    """Does what stands around the digest say so?"""
    if text.startswith("sha", start) or _SAID.search(text, max(0, start - _REACH), start):
        return True
    return (start == 0 or text[start - 1] == "\n") and _LISTED.match(text, end) is not None
