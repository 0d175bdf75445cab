"""Which files of a diff nobody reads line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .parse import File

__all__ = ["rank_of", "unread"]

_LOCK: Final = re.compile(
    r"(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|bun\.lockb?|Cargo\.lock|poetry\.lock"
    r"|uv\.lock|pdm\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|go\.sum|flake\.lock|mix\.lock|pubspec\.lock"
    r"|Podfile\.lock|packages\.lock\.json|deno\.lock|gradle\.lockfile|\.terraform\.lock\.hcl|conda-lock\.yml"
    r"|MODULE\.bazel\.lock)$"
)
_GENERATED: Final = re.compile(
    r"(?:\.min\.(?:js|css|mjs)|\.(?:js|css|mjs)\.map|\.pb\.go|_pb2(?:_grpc)?\.pyi?|\.pb\.(?:cc|h)|\.g\.dart"
    r"|\.designer\.cs|\.snap|\.bundle\.js|\.generated\.\w{1,6}|_generated\.\w{1,6})$",
    re.IGNORECASE,
)
_VENDORED: Final = re.compile(
    r"(?:^|/)(?:vendor|vendored|node_modules|third_party|third-party|bower_components|_vendor)/"
)
_SAYS_GENERATED: Final = re.compile(
    r"@generated\b|\bDO NOT EDIT\b|[Aa]uto-?generated (?:by|file|from)|[Tt]his file (?:is|was) (?:auto\S* )?generated"
)
_TEST: Final = re.compile(
    r"(?:^|/)(?:tests?|spec|__tests__|testdata|fixtures)/|(?:^|/)test_|[._]test\.|\.spec\.|_spec\."
)
_DOCS: Final = re.compile(r"\.(?:md|mdx|rst|txt|adoc|po|pot)$|(?:^|/)docs?/|CHANGE|History|NEWS|LICENSE", re.IGNORECASE)
_LONG_LINE: Final = 1_000


def unread(lines: Sequence[str], file: File) -> str:
    """What makes the file one that nobody reads, "" for any other."""
    name = file.path
    if _LOCK.search(name):
        return "lock file"
    if _VENDORED.search(name):
        return "vendored"
    if _GENERATED.search(name):
        return "snapshot" if name.endswith(".snap") else "generated"
    if file.hunks and file.hunks[0].old[0] <= 1:
        head = lines[file.hunks[0].start : file.hunks[0].start + 12]
        if any(_SAYS_GENERATED.search(line[:300]) for line in head if line[:1] in "+ "):
            return "generated"
    if max(map(len, lines[file.body : file.end]), default=0) > _LONG_LINE:
        changed = [len(line) for hunk in file.hunks for line in lines[hunk.start : hunk.end] if line[:1] in "+-"]
        if sum(changed) > _LONG_LINE * len(changed):
            return "long lines, as in minified or encoded data"
    return ""


def rank_of(path: str) -> int:
    """The order in which files are shown as long as there is room: sources, tests, documents."""
    return 1 if _TEST.search(path) else 2 if _DOCS.search(path) else 0
