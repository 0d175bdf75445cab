"""Which lines of a log are alike: the same but for numbers, ids and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["ANSI", "alike", "block_end", "is_item", "mask"]

ANSI = re.compile(r"\x1b(?:\[[0-9;?:]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[()][0-9A-B]|[=>78cDEHM])")

_CHANGING = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|\b[A-Za-z_]*[0-9]\w*(?:[.,:][0-9]+)*"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
    r"|[=#>.━█▓▒░╸╺·*-]{4,}"
)
_LETTER = re.compile(r"[^\W\d_]")
_LEVELS = frozenset(["info", "debug", "trace", "notice", "warn", "warning", "error", "i", "d", "w", "e"])
_SAME = 0.5
_MAX_ALIKE = 16
_MAX_TEMPLATES = 20_000
_MAX_BLOCK = 400

_CONTINUES = re.compile(
    r"[ \t]+\S|[ \t]*[|^~]|[0-9]+ +\||at \S|Caused by|\.\.\. [0-9]+ more|goroutine |created by |exit status"
    r"|stack backtrace:|note: |help: |During handling of|The above exception"
)
_ITEM = re.compile(r"(\s*)[0-9]+\) ")
_LONG = re.compile(r"panic: |fatal error: |goroutine [0-9]+ \[|thread '.*' panicked")


def mask(text: str) -> str:
    """The text with everything that changes from line to line (numbers, ids, times, bars) as `#`. No line is lost."""
    return _CHANGING.sub("#", text)


def alike(templates: Sequence[str]) -> list[int]:
    """A group number for each masked line: the same for lines of as many words that share their first word and at
    least half of the others. Groups are numbered in order of first appearance."""
    groups: list[int] = []
    buckets: dict[tuple[int, str], list[tuple[int, list[str]]]] = {}
    count = 0
    for read, template in enumerate(templates):
        tokens = template.split() if read < _MAX_TEMPLATES and len(template) < 2_000 else []
        words = [(i, token) for i, token in enumerate(tokens) if _is_word(token)]
        found = -1
        if words:
            bucket = buckets.setdefault((len(tokens), words[0][1]), [])
            for group, other in bucket:
                same = sum([other[i] == token for i, token in words])
                if same >= _SAME * max(len(words), sum(map(_is_word, other))):
                    found = group
                    break
            if found < 0 and len(bucket) < _MAX_ALIKE:
                bucket.append((count, tokens))
        if found < 0:
            found = count
            count += 1
        groups.append(found)
    return groups


def _is_word(token: str) -> bool:
    return _LETTER.search(token) is not None and token.strip("[]():<>").lower() not in _LEVELS


def block_end(lines: Sequence[str], start: int) -> int:
    """Where the report that begins at `start` ends: a traceback with all its causes, a compiler's message with its
    carets, a panic with its goroutines, a numbered failure of a test run."""
    limit = min(len(lines), start + _MAX_BLOCK)
    end = start + 1
    first = lines[start]
    if _LONG.search(first):
        while end < limit and (lines[end].strip() or lines[min(end + 1, limit - 1)].startswith("goroutine ")):
            end += 1
        return end
    item = _ITEM.match(first)
    if item is not None:
        indent = item.end(1)
        while end < limit and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        return end
    while end < limit and _CONTINUES.match(lines[end]):
        end += 1
    if "Traceback (most recent call last)" in first and end < limit:
        return _chained(lines, end + 1, limit)
    return end


def is_item(line: str) -> bool:
    """Is the line the title of a numbered failure (`  3) test …`)?"""
    return _ITEM.match(line) is not None


def _chained(lines: Sequence[str], end: int, limit: int) -> int:
    """The end of the exceptions that the traceback which ends at `end` led to."""
    after = end
    while after < limit and not lines[after].strip():
        after += 1
    if after >= limit or not lines[after].startswith(("During handling of", "The above exception")):
        return end
    while after < limit and "Traceback (most recent call last)" not in lines[after]:
        after += 1
    after += 1
    while after < limit and _CONTINUES.match(lines[after]):
        after += 1
    return _chained(lines, min(after + 1, limit), limit)
