"""What the path of a file looks like, in front of a match or on a line above matches."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["has_extension", "is_path", "is_sure_path"]

_LONGEST: Final = 400
_PLAIN: Final = re.compile(r"\.{0,2}/?(?:[\w.+@~-]+/)+[\w.+@~-]+")
_NAME: Final = re.compile(r"[^\s:*?\"<>|]+")
_SPACED: Final = re.compile(r"[^\s:*?\"<>|](?:[^\n\t:*?\"<>|]*[^\s:*?\"<>|])?")
_BARE: Final = re.compile(r"[A-Za-z_.][\w.+~-]*|\(standard input\)")
_EXTENSION: Final = re.compile(r"\.[A-Za-z]\w{0,11}$|[A-Za-z]\.[0-9]{1,2}$")
_DRIVE: Final = re.compile(r"[A-Za-z]:(?=[\\/])")
_REVISION: Final = re.compile(r"(?![0-9]+:)[\w./~^@{}-]{1,120}:(?=[^:\s])")


def is_path(text: str) -> bool:
    """Whether it may be a path: a word, or several with an extension at the end."""
    return is_sure_path(text) or _BARE.fullmatch(text) is not None


def is_sure_path(text: str) -> bool:
    """Whether it has a folder or an extension, which words at the beginning of other lines have not."""
    if not 0 < len(text) <= _LONGEST:
        return False
    if _PLAIN.fullmatch(text):
        return text.lower() != text.upper()
    if "://" in text:
        return False
    path = _without_lead(text)
    if _NAME.fullmatch(path):
        return has_extension(path) or _has_folder(path)
    if "  " in path or path.startswith(("//", "- ", "at ")):
        return False
    return _SPACED.fullmatch(path) is not None and has_extension(path)


def has_extension(path: str) -> bool:
    return _EXTENSION.search(path) is not None and any(map(str.isalpha, path))


def _has_folder(path: str) -> bool:
    """A slash between letters: not a date, a fraction or a comment."""
    parts = re.split(r"[\\/]", path)
    return len(parts) > 1 and any(c.isalpha() for c in path) and parts[-1] != "" and not path.startswith("//")


def _without_lead(text: str) -> str:
    """The text without a drive letter, or a revision as `git grep` has it in front of a path."""
    lead = _DRIVE.match(text) or _REVISION.match(text)
    return text[lead.end() :] if lead else text
