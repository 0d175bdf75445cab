"""Which lines of a log belong together: a traceback, a compiler's message with its carets, a panic, a test's report."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from ..shared.indentation import indentation
from .shape import mask

__all__ = [
    "block_end",
    "diagnostics",
    "go_failures",
    "is_item",
    "report_end",
    "usual_indent",
    "warning_end",
    "without_prefix",
]

_MAX_BLOCK = 400
_MAX_TRAIL = 20
_MAX_WARNING, _MAX_PARTS = 12, 40
_WARNS = re.compile(r"\s*(?:warning|error)\b", re.IGNORECASE)
_QUOTES = re.compile(r"\s*(?:[0-9]+ *)?[│|┃]")
_MAX_CONTEXT = 8
_MAX_GO = 40
_COMMON = 0.5
_SAMPLE = 100

_CONTINUES = re.compile(
    r"[ \t]+\S|[ \t]*[|^~]|[0-9]+ +\||at \S|Caused by|\.\.\. [0-9]+ more|goroutine |created by |exit status"
    r"|stack backtrace:|note: |help: |During handling of|The above exception"
)
_ITEM = re.compile(r"(\s*)(?:[0-9]+\)|[●✖✗✕✘×]|not ok [0-9]+) ")
_LONG = re.compile(r"panic: |fatal error: |goroutine [0-9]+ \[|thread '.*' panicked")
_TRACEBACK = "Traceback (most recent call last)"
_TRAILS = re.compile(
    r"[ \t]+\S|(?:HINT|DETAIL|CONTEXT|LINE [0-9]+|[Nn]ote|[Hh]elp|[Hh]int|Did you mean|During task)\b"
    r"|\[(?:SQL|parameters)|\(Background on this error"
)
_PREFIXES = (
    re.compile(r"[\w.-]{1,60} +\| "),
    re.compile(
        r"(?:[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
        r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)) \S{1,80} [\w./@()-]{1,60}(?:\[[0-9]+\])?: "
    ),
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+) (?:std(?:out|err) [FP] )?"),
)
"""What docker compose, journald and syslog, container runtimes and CI runners put before each line."""
_CARET = re.compile(r"[ \t|]*[\^~][\^~ \t|-]*(?:$|[a-z])|[ \t]*(?:[0-9]+ +| )\|[ \t]*[\^~+-]")
_DIAGNOSTIC = re.compile(r"(?:error|warning|note|fatal|help)\b.{0,12}:|^(?:error|warning)\b|Error:")
_GO_RUN = re.compile(r"\s*=== (?:RUN|CONT) +(\S+)")
_GO_MARK = re.compile(r"\s*(?:===|---) ")
_GO_FAIL = re.compile(r"\s*--- FAIL: (\S+)")


def without_prefix(lines: Sequence[str]) -> Sequence[str]:
    """The lines without what a supervisor put before each of them, if it did: a name, a time, a host. Where only a
    traceback has something before each of its lines, those lines without it."""
    sample = [line for line in lines[:: len(lines) // _SAMPLE + 1] if line.strip()]
    for prefix in _PREFIXES:
        if sample and sum([prefix.match(line) is not None for line in sample]) > _COMMON * len(sample):
            return [line[match.end() :] if (match := prefix.match(line)) else line for line in lines]
    bare: list[str] | None = None
    for i in [i for i, line in enumerate(lines) if _TRACEBACK in line]:
        column = lines[i].find(_TRACEBACK)
        if lines[i][:column].strip():
            before = mask(lines[i][:column])
            end = i + 1
            while end < min(len(lines), i + _MAX_BLOCK) and mask(lines[end][:column]) == before:
                end += 1
            if end > i + 2:
                bare = list(lines) if bare is None else bare
                bare[i:end] = [each[column:] for each in lines[i:end]]
    return lines if bare is None else bare


def block_end(lines: Sequence[str], start: int) -> int:
    """Where the report that begins at `start` ends: a traceback with all its causes, a compiler's message with its
    carets, a panic with its goroutines, what a test run tells of a failure below its title."""
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
    if _TRACEBACK in first and end < limit:
        return _chained(lines, _exception_end(lines, end + 1, limit), limit)
    return end


def report_end(lines: Sequence[str], start: int, usual: int) -> int:
    """Where the report of a failure ends that begins at `start`. Where half of the lines are indented like that
    (`usual`), what is indented no more is part of it only if it looks like it."""
    indent = indentation(lines[start])
    end = block_end(lines, start)
    if not 0 < indent <= usual or _ITEM.match(lines[start]) or _TRACEBACK in lines[start]:
        return end
    return next((i for i in range(start + 1, end) if _leaves(lines[i], indent)), end)


def _leaves(line: str, indent: int) -> bool:
    """Is the line indented no more, and nothing that continues a report?"""
    return indentation(line) <= indent and not _CONTINUES.match(line.lstrip())


def usual_indent(lines: Sequence[str]) -> int:
    """How far half of the lines are indented at least."""
    indents = sorted([indentation(line) for line in lines[:: len(lines) // _SAMPLE + 1] if line.strip()])
    return indents[len(indents) // 2] if indents else 0


def warning_end(lines: Sequence[str], start: int, usual: int) -> int:
    """Where the warning that begins at `start` ends. An indented one goes on behind blank lines, as far as indented;
    where half of the lines are indented like that (`usual`), only what is indented more is part of it."""
    indent = indentation(lines[start])
    if 0 < indent <= usual:
        return _deeper_end(lines, start, indent)
    end, most = _own_end(lines, start, indent), start + _MAX_WARNING
    while indent > 0 and end < min(most, len(lines) - 1) and end - start < _MAX_PARTS:
        following = lines[end + 1]
        deeper = following.strip() and indentation(following) >= indent
        if lines[end].strip() or not deeper or (indentation(following) == indent and _WARNS.match(following)):
            break
        end, most = block_end(lines, end + 1), end + 1 + _MAX_WARNING
    return min(end, most)


def _own_end(lines: Sequence[str], start: int, indent: int) -> int:
    """Where the paragraph of the warning ends. Lines that are indented like it are part of it where it quotes source,
    up to the next warning."""
    end = block_end(lines, start)
    level = next((i for i in range(start + 1, end) if indentation(lines[i]) <= indent), end)
    if not indent or not any(_QUOTES.match(line) for line in lines[level:end]):
        return level if indent else end
    return next((i for i in range(level, end) if indentation(lines[i]) == indent and _WARNS.match(lines[i])), end)


def _deeper_end(lines: Sequence[str], start: int, indent: int) -> int:
    end = start + 1
    limit = min(len(lines), start + 2 * _MAX_WARNING)
    for i in range(start + 1, limit):
        if lines[i].strip():
            if indentation(lines[i]) <= indent:
                break
            end = i + 1
    return end


def is_item(line: str) -> bool:
    """Is the line the title of a failure (`  3) test …`, `  ● suite › test`, `not ok 3 - test`)?"""
    return _ITEM.match(line) is not None


def _chained(lines: Sequence[str], end: int, limit: int) -> int:
    """The end of the exceptions that the traceback which ends at `end` led to."""
    after = end
    while after < limit and not lines[after].strip():
        after += 1
    if after >= limit or not lines[after].startswith(("During handling of", "The above exception")):
        return end
    while after < limit and _TRACEBACK not in lines[after]:
        after += 1
    after += 1
    while after < limit and _CONTINUES.match(lines[after]):
        after += 1
    return _chained(lines, _exception_end(lines, min(after + 1, limit), limit), limit)


def _exception_end(lines: Sequence[str], end: int, limit: int) -> int:
    """Where the exception ends whose first line is before `end`: behind its hints and the indented lines."""
    last = min(limit, end + _MAX_TRAIL)
    while end < last and (
        _TRAILS.match(lines[end])
        or (lines[end].strip() and not lines[end][0].isdigit() and end + 1 < last and lines[end + 1][:2] == "  ")
    ):
        end += 1
    return end


def diagnostics(lines: Sequence[str]) -> Iterator[range]:
    """Every compiler's message that points at its place with a caret: from its first line to the caret."""
    for i, line in enumerate(lines):
        if ("^" in line or "~" in line) and len(line) < 400 and _CARET.match(line):
            for start in range(i - 1, max(-1, i - _MAX_CONTEXT), -1):
                if _DIAGNOSTIC.search(lines[start][:400]):
                    yield range(start, i + 1)
                    break


def go_failures(lines: Sequence[str], failing: Collection[int]) -> Iterator[range]:
    """What each failed Go test printed, from its `=== RUN` on."""
    started: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        if "=== " in line[:12] and (run := _GO_RUN.match(line)):
            started.setdefault(run[1], []).append(i)
    if not started:
        return
    for i in failing:
        failed = _GO_FAIL.match(lines[i])
        for start in started.get(failed[1], ()) if failed else ():
            end = start + 1
            while end < min(len(lines), start + _MAX_GO) and not _GO_MARK.match(lines[end]):
                end += 1
            yield range(start, end)
