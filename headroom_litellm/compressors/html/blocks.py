"""Blocks of code and other text whose white space counts."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborNode

__all__ = ["code_block", "one_line", "words_in"]

_LANGUAGE: Final = ("language-", "highlight-")
_GUTTER: Final = re.compile(r"line-?nos?|line-?numbers?|gutter", re.IGNORECASE)
_INDENT: Final = " " * 4
_WIDE: Final = re.compile(r"[\u2e80-\ua4cf\uf900-\ufaff]")


def words_in(text: str) -> int:
    """How many words a text has; of scripts without spaces, characters."""
    if text.isascii():
        return len(text.split())
    rest, characters = _WIDE.subn(" ", text)
    return len(rest.split()) + characters


def one_line(text: str) -> str:
    """The text without the white space that only its source has. Many spaces in a row where the source does not end a
    line are meant: they indent code, or align it."""
    if (_INDENT in text or "\xa0\xa0" in text) and "\n" not in text:
        return text.replace("\xa0", " ").rstrip()
    return " ".join(text.split())


def code_block(node: LexborNode) -> list[str]:
    """The lines of a block with the fences around it; none of an empty one, nor of the numbers beside one."""
    _tidy(node)
    text = node.text(deep=True)
    lines = [line.rstrip("\r") for line in text.strip("\n").rstrip().split("\n")]
    names = f"{node.attributes.get('class') or ''} {_class(node.parent)} {_class(node.child)}"
    if not any(lines) or (_GUTTER.search(names) and all(line.strip().isdigit() for line in lines)):
        return []
    fence = "```" if "```" not in text else "~~~~"
    language = next((name.partition("-")[2] for name in names.split() if name.startswith(_LANGUAGE)), "")
    return [fence + language, *lines, fence]


def _tidy(node: LexborNode) -> None:
    for each in node.css("br"):
        each.replace_with("\n")
    for each in node.css("button"):
        each.decompose()
    for each in node.css("code + code"):
        if each.prev is not None and each.prev.tag == "code" and not _of_inline(node):
            each.insert_before("\n")
    for each in node.css("a"):
        # A listing of files cuts the names that it shows.
        if each.text().endswith("..>") and each.attributes.get("href"):
            each.replace_with(each.attributes["href"] or "")


def _of_inline(node: LexborNode) -> bool:
    """Is there text beside the code in the block? Then each piece of code is a word of it, not a line."""
    child = node.child
    while child is not None and child.tag in ("code", "-comment"):
        child = child.next
    return child is not None


def _class(node: LexborNode | None) -> str:
    return (node.attributes.get("class") or "") if node is not None and node.tag not in ("-text", "-comment") else ""
