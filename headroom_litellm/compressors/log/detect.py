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
from ..shared.ansi import ANSI, ESCAPE
from ..table.detect import is_delimited, is_drawn

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
    r"|- [0-9]{9,10} [0-9]{4}\.[0-9]{2}\.[0-9]{2} |(?:\S{1,60} ){2,5}1[0-9]{9} (?:[0-9]+ )?[A-Za-z(]"
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
        *("Added", "--->", "copying", "adding", "ok", "FAIL", "PASS", "?", "●", "✓", "✔", "√", "✗", "✖", "×"),
        *("CC", "LD", "AR", "CXX", "HOSTCC", "GEN", "gcc", "g++", "cc", "clang", "===>"),
        *("[INFO]", "[ERROR]", "[WARNING]"),
    ]
)
_RUN: Final = re.compile(
    r"Setting up \S|Selecting previously|Preparing to unpack|Processing triggers|Requirement already|Using cached"
    r"|Created wheel|Get:[0-9]|Hit:[0-9]|Found link|Skipping link|Looking up|Removing intermediate|Generated \w+ app"
    r"|npm (?:warn|WARN|ERR!|error|http|notice|verb|info|timing|sill)|update-alternatives: "
    r"|\[ *[0-9]+(?:/[0-9]+\]|%\])|g?make(?:\[[0-9]+\])?:|Step [0-9]+/[0-9]+|#[0-9]+ |test \S+ \.\.\. "
    r"|=== RUN|--- (?:PASS|FAIL|SKIP)|> Task :|ok\t|FAIL\t|running (?:build|bdist|install|egg)|creating (?:build|dist)"
    r"|[0-9]* \| |==> \w+$|\* (?:Getting|Updating) \w+ \(|[0-9]+\) (?:test )?\w|[0-9]+ bytes from \S+: icmp_seq"
)
_MESSAGE_WORDS: Final = ("warning", "error", "note", ": In ")
_MESSAGE: Final = re.compile(
    r"[\w./+-]{1,200}:[0-9]+:(?:[0-9]+:)? (?:fatal )?(?:warning|error|note)\b|[\w./+-]{1,200}: In function"
    r"|[\w./+@-]{1,200}(?:\([0-9]+(?:,[0-9]+)?\)|:[0-9]+:[0-9]+)(?:: | - )(?:error|warning) [A-Z]+[0-9]+"
)
_TEST_WORDS: Final = ("PASSED", "FAILED", "SKIPPED", "XFAIL", " ... ", ".py ", "cc ", "++ ", "clang ")
_TEST: Final = re.compile(
    r"\S{1,200} (?:PASSED|FAILED|SKIPPED|XFAIL)\b|\S+\.py [.FEsx]+(?: |$)|.{0,120} \.\.\. (?:ok|FAIL|ERROR|skipped)\b"
    r"|\S{0,40}(?:cc|\+\+|clang)(?:-[0-9]+)? +-"
)
_FRAME: Final = re.compile(
    r"\s+(?:at \S.*\(|File \".*\", line [0-9]|at \S+:[0-9])|Traceback \(most recent|Caused by: |\t\S+\.go:[0-9]+"
)
_HEAD, _TAIL = 4_000, 2_000
"""Characters in which a test run says that it is one."""
_SESSION_WORDS: Final = ("test session starts", "running ", "Running ExUnit", "Randomized with seed", "TAP version 1")
_SESSION: Final = re.compile(
    r"^(?:=+ test session starts =+|running [0-9]+ tests?$|Running ExUnit|Randomized with seed|TAP version 1[34]$)",
    re.MULTILINE,
)
_RESULT_WORDS: Final = (
    " total",
    " passed",
    " failed",
    " failures",
    "# pass ",
    "ℹ pass ",
    " passing",
    "Ran ",
    "Failures: ",
)
_RESULTS: Final = re.compile(
    r"^(?:Tests: +(?:[0-9]+ \w+, )+[0-9]+ total$|[ \t]*Tests +(?:[0-9]+ \w+ \| )*[0-9]+ \w+|[#ℹ] pass [0-9]+$"
    r"|[ \t]+[0-9]+ passing \([0-9.]+m?s\)$|Ran [0-9]+ tests? in [0-9.]+s$|[0-9]+ examples?, [0-9]+ failures?"
    r"|[0-9]+ (?:passed|failed|errors?)(?:, [0-9]+ \w+)* in [0-9.]+s"
    r"|(?:[0-9]+ doctests?, )?[0-9]+ tests?, [0-9]+ failures?"
    r"|=+ (?:[0-9]+ \w+, )*[0-9]+ \w+ in [0-9.]+s.{0,20} =+$|Tests: [0-9]+, Assertions: [0-9]+, )",
    re.MULTILINE,
)
"""The line of results that stands near the end of a test run."""


def is_log(sample: Sample) -> bool:
    lines = _some(sample.lines)
    if not lines:
        return False
    total = len(lines)
    text = "\n".join(lines)
    timed = _count(_TIME, lines)
    if timed > 0.35 * total:
        return not _of_another_kind(sample, lines, timed / total)
    runs = _runs(lines, text)
    if timed + runs > 0.5 * total:
        return not is_html(sample) and not is_diff(sample) and not is_drawn(sample)
    if runs > 0.3 * total or _is_session(sample):
        return not _of_another_kind(sample, lines, timed / total)
    level = _levels(lines, text)
    if level > 0.3 * total:
        return not _of_another_kind(sample, lines, level / total)
    frames = _count(_FRAME, lines)
    if frames > 0.3 * total or timed + runs + level + frames > 0.4 * total:
        return not is_search(sample) and not _of_another_kind(sample, lines, timed / total)
    # Each message of a compiler takes several lines: the source that it speaks of, a caret, advice.
    diagnostics = _count(_DIAGNOSTIC, lines) if "error" in text or "warning" in text else 0
    if diagnostics <= 0.08 * total or is_search(sample) or _of_another_kind(sample, lines, 0):
        return False
    return not is_code(sample)


def _some(lines: Sequence[str]) -> Sequence[str]:
    """No more of the lines than tell the kind."""
    if len(lines) <= _MANY:
        return lines
    step = len(lines) / _MANY
    return [lines[int(k * step)] for k in range(_MANY)]


def _count(shape: re.Pattern[str], lines: Sequence[str]) -> int:
    match = shape.match
    return sum([match(line) is not None for line in lines])


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(map(text.__contains__, words))


def _runs(lines: Sequence[str], text: str) -> int:
    """How many of the lines, which make up `text`, a build, an installation or a test run prints."""
    shapes = [_RUN]
    shapes += [_TEST] if _holds(text, _TEST_WORDS) else []
    shapes += [_MESSAGE] if _holds(text, _MESSAGE_WORDS) else []
    found = 0
    for line in lines:
        bare = line.lstrip()
        found += bare.split(" ", 1)[0] in _RUN_WORDS or any(shape.match(bare) for shape in shapes)
    return found


def _levels(lines: Sequence[str], text: str) -> int:
    """How many of the lines, which make up `text`, have a level near their beginning."""
    if not _holds(text, _LEVEL_WORDS) and not _holds(text, _LEVELS_AS_THEY_STAND):
        return 0
    heads = [line[:_REACH] for line in lines]
    return sum(
        [
            (_holds(head, _LEVEL_WORDS) and _LEVEL.search(head) is not None) or _holds(head, _LEVELS_AS_THEY_STAND)
            for head in heads
        ]
    )


def _is_session(sample: Sample) -> bool:
    """Is it a test run, by its first or its last lines?"""
    head, tail = sample.document.text[:_HEAD], sample.document.text[-_TAIL:]
    if _holds(head, _SESSION_WORDS) and _SESSION.search(_plain(head)):
        return True
    return _holds(tail, _RESULT_WORDS) and _RESULTS.search(_plain(tail)) is not None


def _plain(text: str) -> str:
    return ANSI.sub("", text) if ESCAPE in text else text


def _of_another_kind(sample: Sample, lines: Sequence[str], dated: float) -> bool:
    """`dated`: the share of lines that have a time or a level."""
    if is_long_listing(sample) or is_diff(sample) or is_html(sample) or (dated < 0.3 and is_numbered(sample)):
        return True
    return is_delimited(sample) and _levels(lines, "\n".join(lines)) < 0.2 * len(lines)
