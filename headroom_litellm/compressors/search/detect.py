"""Whether an output lists matches of a search."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample, told_once
from .complaints import is_complaint
from .counts import is_counts
from .matches import CONTEXT, MATCH, Matches
from .parse import parse

__all__ = ["is_search"]

_ENTRY: Final = re.compile(r"[ \t]{0,8}(?:[Ll]ine |L)?[1-9][0-9]{0,7} ?[:=|-]")
_CONTEXT: Final = re.compile(r"([-=])[1-9][0-9]{0,7}\1")
_DIAGNOSTIC: Final = re.compile(
    r"(?:[0-9]{1,5}:)?\s?(?:(?:fatal |internal )?(?:error|warning|note|info|hint|remark|convention|refactor|style)"
    r"(?:\[\S{1,60}\])?\s?:|(?:[Ee]rror|[Ww]arning)[:\s]|\(?[A-Z]{1,5}[0-9]{2,5}\)?[:\s]|\[[A-Z]{1,3}[0-9]{3,5}"
    r"|in [`'<]|AssertionError|\w+(?:Error|Exception|Warning)\b)|[0-5][0-9](?:[.,][0-9]{3}|Z|\s|$)"
)
"""What stands after the place in what compilers, linters and stack traces say, and in times of the day."""
_FILE: Final = re.compile(r"[/\\]|\.[a-z][a-z0-9]{0,7}$")
_KEY: Final = re.compile(r"\s|$")
_SEARCH: Final = re.compile(r"(?:^|[\s;&|(/])(?:git grep|[efz]?grep|rg|ripgrep|ack|ag|findstr)\s")
_LINES: Final = 80
_TRIED: Final = 40
_SHARE: Final = 0.3
_FEWEST: Final = 3


@told_once
def is_search(sample: Sample) -> bool:
    lines = sample.lines
    if lines and is_complaint(lines[0]):
        lines = [line for line in lines if not is_complaint(line)]
    tried = lines[:_TRIED]
    if sum(map(_is_likely, tried)) < max(1, _SHARE * len(tried)):
        return False
    lines = lines[:_LINES]
    if is_counts(lines):
        return True
    found = parse(lines)
    if found is None or found.kinds.count(MATCH) + found.kinds.count(CONTEXT) < _FEWEST:
        return False
    return not _is_other(found, sample.command)


def _is_likely(line: str) -> bool:
    """Might the line be one of a search? Most lines of other texts are not even that."""
    path, colon, rest = line.partition(":")
    if colon and (rest[:1].isdigit() or "." in path or "/" in path or "\\" in path):
        return True
    if colon and ":" in rest and rest[:1] > " " and path[:1] > " " and ("/" in rest or "." in rest):
        return True
    return _ENTRY.match(line) is not None or (path[:1] > " " and _CONTEXT.search(line) is not None)


def _is_other(found: Matches, command: str) -> bool:
    """Is it what another program says of places in files: diagnostics, checks, names and values?"""
    texts = [found.texts[i][:200] for i, kind in enumerate(found.kinds) if kind == MATCH]
    if sum(_DIAGNOSTIC.match(text) is not None for text in texts) > 0.3 * len(texts):
        return True
    if found.style != "plain" or _SEARCH.search(command):
        return False
    paths = [found.paths[found.owner[i]] for i, kind in enumerate(found.kinds) if kind == MATCH]
    if sum(_FILE.search(path) is not None for path in paths) < 0.5 * len(paths):
        return True
    return sum(_KEY.match(text) is not None and text[:2] != "  " for text in texts) > 0.7 * len(texts)
