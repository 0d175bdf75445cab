"""Whether an output is a log, or what a build or a test run printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..code.detect import is_code, is_numbered
from ..diff.detect import is_diff
from ..html.detect import is_html
from ..listing.detect import is_long_listing
from ..sample import Sample
from ..search.detect import is_search
from ..table.detect import is_delimited

__all__ = ["is_log"]

_MANY: Final = 48
"""Of more lines, that many at even distances tell the kind."""

_TIME: Final = re.compile(
    r"[^\w\n]{0,3}(?:[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}(?:[T _][0-9]{2}:[0-9]{2}|-[0-9]{2}[.:][0-9]{2}[.:])"
    r"|[0-9]{8}-[0-9]{1,2}:[0-9]{1,2}:[0-9]|[0-9]{2}:[0-9]{2}:[0-9]{2}\b"
    r"|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}[: ]"
    r"|\[?[0-9]{9,10}(?:\.[0-9]{3,9})?[\] ]|[0-9]+:[A-Z] [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
    r"|[IWEF][0-9]{4} [0-9]{2}:[0-9]{2}"
    r"|\[ *[0-9]+\.[0-9]{6}\]|[0-9]{2}[-.][0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3}|\])"
    r"|[0-9]{2}/[0-9]{2}/[0-9]{2,4} [0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"|\S{1,60} \S{1,60} \S{1,60} \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:|\S{1,60} +\| +[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[^\n0-9]{1,24} [0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[T _][0-9]{2}:[0-9]{2}"
    r"|- [0-9]{9,10} [0-9]{4}\.[0-9]{2}\.[0-9]{2} "
)
_LEVEL_WORDS: Final = ("TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRITICAL", "FATAL")
_LEVEL: Final = re.compile(r"(?<![\w-])(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)(?=[\s:\]|)]|$)")
_LEVELS_AS_THEY_STAND: Final = (
    *("[trace]", "[debug]", "[info]", "[notice]", "[warn]", "[warning]", "[error]", "[crit]", "[fatal]"),
    *("level=", 'level="'),
)
_REACH: Final = 80
"""How far into a line its level stands."""
_DIAGNOSTIC: Final = re.compile(
    r"\s*(?:\S{1,200}[:(][0-9]+(?:[:,][0-9]+)?[:)]+ )?(?:fatal )?(?:warning|error)(?:\[\w+\]| [A-Z]+[0-9]+)?: \w+ \w+"
)
_RUN_WORDS: Final = frozenset(
    [
        *("Compiling", "Downloading", "Downloaded", "Collecting", "Installing", "Unpacking", "Building", "Fetched"),
        *("Added", "--->", "--->", "copying", "adding", "ok", "FAIL", "PASS", "?", "●", "✓", "✔", "√", "✗", "✖", "×"),
        *(
            "CC",
            "LD",
            "AR",
            "CXX",
            "HOSTCC",
            "GEN",
            "gcc",
            "g++",
            "cc",
            "clang",
            "===>",
            "[INFO]",
            "[ERROR]",
            "[WARNING]",
        ),
    ]
)
_RUN: Final = re.compile(
    r"Setting up \S|Selecting previously|Preparing to unpack|Processing triggers|Requirement already|Using cached"
    r"|Created wheel|Get:[0-9]|Hit:[0-9]|Found link|Skipping link|Looking up|Removing intermediate|Generated \w+ app"
    r"|npm (?:warn|WARN|ERR!|error|http|notice|verb|info|timing|sill)|update-alternatives: "
    r"|\[ *[0-9]+(?:/[0-9]+\]|%\])|make(?:\[[0-9]+\])?:|Step [0-9]+/[0-9]+|#[0-9]+ |test \S+ \.\.\. "
    r"|=== RUN|--- (?:PASS|FAIL|SKIP)|> Task :|ok\t|FAIL\t|running (?:build|bdist|install|egg)|creating (?:build|dist)"
    r"|[0-9]* \| |==> \w+$|\* (?:Getting|Updating) \w+ \(|[0-9]+\) (?:test )?\w|[0-9]+ bytes from \S+: icmp_seq"
)
_MESSAGE_WORDS: Final = ("warning", "error", "note", ": In ")
_MESSAGE: Final = re.compile(
    r"[\w./+-]{1,200}:[0-9]+:(?:[0-9]+:)? (?:fatal )?(?:warning|error|note)\b|[\w./+-]{1,200}: In function"
    r"|[\w./+@-]{1,200}(?:\([0-9]+(?:,[0-9]+)?\)|:[0-9]+:[0-9]+)(?:: | - )(?:error|warning) [A-Z]+[0-9]+"
)
_RESULT_WORDS: Final = ("PASSED", "FAILED", "SKIPPED", "XFAIL", " ... ", ".py ", "gcc ", "g++ ", "clang ")
_RESULT: Final = re.compile(
    r"\S{1,200} (?:PASSED|FAILED|SKIPPED|XFAIL)\b|\S+\.py [.FEsx]+(?: |$)|.{0,120} \.\.\. (?:ok|FAIL|ERROR|skipped)\b"
    r"|\S{0,40}(?:gcc|g\+\+|clang)(?:-[0-9]+)? -"
)
_FRAME: Final = re.compile(
    r"\s+(?:at \S.*\(|File \".*\", line [0-9]|at \S+:[0-9])|Traceback \(most recent|Caused by: |\t\S+\.go:[0-9]+"
)
_SESSION: Final = re.compile(r"=+ test session starts =+|running [0-9]+ tests?$|Running ExUnit|Randomized with seed")
_SESSION_WORDS: Final = ("test session starts", "running ", "Running ExUnit", "Randomized with seed")


def is_log(sample: Sample) -> bool:
    lines: Sequence[str] = sample.lines
    if len(lines) > _MANY:
        step = len(lines) / _MANY
        lines = [lines[int(k * step)] for k in range(_MANY)]
    if not lines:
        return False
    total = len(lines)
    timed = _count(_TIME, lines)
    if timed > 0.35 * total:
        return not _of_another_kind(sample, lines, timed / total)
    runs = sum(map(_runs, lines))
    if timed + runs > 0.5 * total:
        return not is_html(sample) and not is_diff(sample)
    if runs > 0.3 * total or _is_session(sample):
        return not _of_another_kind(sample, lines, timed / total)
    level = _levels(lines)
    if level > 0.3 * total:
        return not _of_another_kind(sample, lines, level / total)
    if is_search(sample):
        return False
    frames = _count(_FRAME, lines)
    if frames > 0.3 * total or timed + runs + level + frames > 0.4 * total:
        return not _of_another_kind(sample, lines, timed / total)
    # Each message of a compiler takes several lines: the source that it speaks of, a caret, advice.
    diagnostics = _count(_DIAGNOSTIC, lines)
    return diagnostics > 0.08 * total and not _of_another_kind(sample, lines, 0) and not is_code(sample)


def _count(shape: re.Pattern[str], lines: Sequence[str]) -> int:
    match = shape.match
    return sum([match(line) is not None for line in lines])


def _runs(line: str) -> bool:
    """Does a build, an installation or a test run print such a line?"""
    text = line.lstrip()
    return (
        text.split(" ", 1)[0] in _RUN_WORDS
        or _RUN.match(text) is not None
        or (any(map(text.__contains__, _RESULT_WORDS)) and _RESULT.match(text) is not None)
        or (any(map(text.__contains__, _MESSAGE_WORDS)) and _MESSAGE.match(text) is not None)
    )


def _levels(lines: Sequence[str]) -> int:
    """How many of the lines have a level near their beginning."""
    heads = [line[:_REACH] for line in lines]
    return sum(
        [
            (any(map(head.__contains__, _LEVEL_WORDS)) and _LEVEL.search(head) is not None)
            or any(map(head.__contains__, _LEVELS_AS_THEY_STAND))
            for head in heads
        ]
    )


def _is_session(sample: Sample) -> bool:
    head = sample.head[:4_000]
    if not any(map(head.__contains__, _SESSION_WORDS)):
        return False
    return any(_SESSION.match(line) for line in head.split("\n"))


def _of_another_kind(sample: Sample, lines: Sequence[str], dated: float) -> bool:
    """`dated`: the share of lines that have a time or a level."""
    if is_long_listing(sample) or is_diff(sample) or is_html(sample) or (dated < 0.3 and is_numbered(sample)):
        return True
    return is_delimited(sample) and _levels(lines) < 0.2 * len(lines)
