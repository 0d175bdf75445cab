"""`path:text`, and `path-text` beside it: what `grep -r`, `rg` and `git grep` print without line numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from .matches import CONTEXT, MATCH, OTHER, SEPARATOR, Matches
from .paths import is_sure_path

__all__ = ["parse_plain"]

_PATH: Final = re.compile(r"((?:[A-Za-z]:(?=[\\/]))?[^:\n]{1,400}):")
_REVISION: Final = re.compile(r"[\w./~^@{}-]{1,120}:(?![\\/])")
_TRIED: Final = 200
_MOST_PATHS: Final = 0.75
"""Keys come once each; of the paths of matches, some come again."""


def parse_plain(lines: Sequence[str]) -> Matches | None:
    revision = _revision(lines)
    ids: dict[str, int] = {}
    no: set[str] = set()
    owner = [-1] * len(lines)
    texts = [""] * len(lines)
    for i, line in enumerate(lines):
        found = _PATH.match(line, len(revision)) if line.startswith(revision) else None
        if found is None or line.startswith(":", found.end()):
            continue
        path = revision + found[1]
        file = ids.get(path)
        if file is None:
            if path in no or not is_sure_path(found[1]):
                no.add(path)
                continue
            file = ids[path] = len(ids)
        owner[i], texts[i] = file, line[found.end() :]
    context = "--" in lines
    if context:
        doubtful = {file for path, file in ids.items() if _goes_on(path, ids)}
        for i, file in enumerate(owner):
            if file in doubtful:
                owner[i], texts[i] = -1, ""
    kinds = bytearray([MATCH if file >= 0 else OTHER for file in owner])
    if kinds.count(MATCH) < 2 or len(ids) > _MOST_PATHS * kinds.count(MATCH):
        return None
    matches = Matches(lines, kinds, owner, [0] * len(lines), texts, list(ids), "plain")
    if context:
        _find_context(matches)
    return matches


def _revision(lines: Sequence[str]) -> str:
    """The revision that `git grep` puts in front of every path, or ""."""
    heads = Counter(found[0] for line in lines[:_TRIED] if (found := _REVISION.match(line)))
    for head, count in heads.most_common(1):
        if count > 0.8 * min(len(lines), _TRIED) and not is_sure_path(head[:-1]):
            return head
    return ""


def _goes_on(path: str, ids: dict[str, int]) -> bool:
    at = path.find("-")
    while at >= 0:
        if path[:at] in ids:
            return True
        at = path.find("-", at + 1)
    return False


def _find_context(found: Matches) -> None:
    """In a group between `--`, lines that go on with `-` after the path of all its matches are context of them."""
    lines, kinds, owner = found.lines, found.kinds, found.owner
    start = 0
    for end in [*(i for i, line in enumerate(lines) if line == "--"), len(lines)]:
        files = {owner[i] for i in range(start, end) if owner[i] >= 0}
        if len(files) == 1:
            file = files.pop()
            lead = f"{found.paths[file]}-"
            for i in range(start, end):
                if kinds[i] == OTHER and lines[i].startswith(lead) and lines[i] != f"{lead}-":
                    kinds[i], owner[i] = CONTEXT, file
        if end < len(lines):
            kinds[end] = SEPARATOR
        start = end + 1
