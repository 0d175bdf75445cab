"""Which lines of a log are alike: the same but for numbers, ids and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ._signs import HTTP_STATUS

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
_ANY = "*"
_STATUS = re.compile(rf"({HTTP_STATUS})([45])[0-9]{{2}}(?![0-9])")
_STATUS_CLASS = {"4": "client-error", "5": "server-error"}
_SAME, _SHORT = 0.5, 3
_MAX_LENGTH = 2_000
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
    """The text with everything that changes from line to line (numbers, ids, times, bars) as `#`, but for the class of
    an HTTP status. No line is lost."""
    if "HTTP/" in text or "tatus" in text or "GET " in text:
        text = _STATUS.sub(lambda match: f"{match[1]}{_STATUS_CLASS[match[2]]}", text)
    return _CHANGING.sub("#", text)


def alike(templates: Sequence[str], classes: Sequence[int]) -> tuple[list[int], list[str]]:
    """(a group number for each masked line, how the lines of each group read: `*` where they differ in a word).

    Lines are alike that are of one class, have as many words, the same first word, and at least half of the others in
    common (of up to three words, the first will do). Groups are numbered in order of first appearance.
    """
    groups: list[int] = []
    forms: list[list[str] | str] = []
    buckets: dict[tuple[int, int, str], list[int]] = {}
    for read, (template, kind) in enumerate(zip(templates, classes, strict=True)):
        tokens = template.split() if read < _MAX_TEMPLATES and len(template) < _MAX_LENGTH else []
        words = [i for i, token in enumerate(tokens) if _is_word(token)]
        bucket = buckets.setdefault((kind, len(tokens), tokens[words[0]]), []) if words else []
        needed = 1 if len(words) <= _SHORT else _SAME * len(words)
        for group in bucket:
            form = forms[group]
            if sum([form[i] == tokens[i] for i in words]) >= needed:
                forms[group] = [old if old == new else _ANY for old, new in zip(form, tokens, strict=True)]
                groups.append(group)
                break
        else:
            if len(bucket) < _MAX_ALIKE:
                bucket.append(len(forms))
            groups.append(len(forms))
            forms.append(tokens if words else template)
    return groups, [form if isinstance(form, str) else " ".join(form) for form in forms]


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
