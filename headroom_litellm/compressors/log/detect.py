"""Whether an output is a log, or what a build or a test run printed."""

from __future__ import annotations

import re
from typing import Final

from ..code.detect import is_code, is_numbered
from ..diff.detect import is_diff
from ..html.detect import is_markup
from ..listing.detect import is_long_listing
from ..sample import Sample
from ..search.detect import is_search
from ..table.detect import is_delimited

__all__ = ["is_log"]

_TIME: Final = re.compile(
    r"[^\w\n]{0,3}(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T _][0-9]{2}:[0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2}\b"
    r"|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}[: ]"
    r"|\[?[0-9]{9,10}\.[0-9]{3,9}[\] ]|[0-9]+:[A-Z] [0-9]{2} [A-Z][a-z]{2} [0-9]{4} |[IWEF][0-9]{4} [0-9]{2}:[0-9]{2}"
    r"|\[ *[0-9]+\.[0-9]{6}\]|[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3})"
    r"|\S{1,60} \S{1,60} \S{1,60} \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:|\S{1,60} +\| +[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_LEVEL: Final = re.compile(
    r".{0,70}?(?:(?<![\w-])(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)(?=[\s:\]|)]|$)"
    r"|\[(?:trace|debug|info|notice|warn|warning|error|crit|fatal)\]|\blevel=\"?[a-z]+)"
)
_DIAGNOSTIC: Final = re.compile(
    r"\s*(?:\S{1,200}[:(][0-9]+(?:[:,][0-9]+)?[:)]+ )?(?:fatal )?(?:warning|error)(?:\[\w+\]| [A-Z]+[0-9]+)?: \w+ \w+"
)
_RUN: Final = re.compile(
    r"\s*(?:Compiling|Downloading|Downloaded|Collecting|Installing|Unpacking|Setting up|Selecting previously"
    r"|Preparing to|Processing triggers|Requirement already|Using cached|Building|Created wheel|Get:[0-9]|Hit:[0-9]"
    r"|Fetched|Found link|Skipping link|Looking up|Added|npm (?:warn|WARN|ERR!|http|notice|verb|info|timing|sill)"
    r"|\[ *[0-9]+/[0-9]+\]|\[ *[0-9]+%\]|make(?:\[[0-9]+\])?:|(?:gcc|g\+\+|cc|clang|ld|ar) -"
    r"|(?:CC|LD|AR|CXX|HOSTCC|GEN) +\S|Step [0-9]+/[0-9]+|#[0-9]+ |--->|test \S+ \.\.\. "
    r"|(?:=== RUN|--- (?:PASS|FAIL|SKIP)|ok|FAIL|PASS|\?) +|✓|✔|√|✗|✖|×|● |> Task :|\[INFO\]|\[ERROR\]"
    r"|[\w./+-]{1,200}:[0-9]+:(?:[0-9]+:)? (?:fatal )?(?:warning|error|note)\b|[\w./+-]{1,200}: In function"
    r"|[\w./+@-]{1,200}(?:\([0-9]+(?:,[0-9]+)?\)|:[0-9]+:[0-9]+)(?:: | - )(?:error|warning) [A-Z]+[0-9]+|[0-9]* \| "
    r"|==> \w+$|Generated \w+ app|[0-9]+\) (?:test )?\w)"
    r"|.{1,200} (?:PASSED|FAILED|SKIPPED|XFAIL)\b|\S+\.py [.FEsx]+ |.{0,120} \.\.\. (?:ok|FAIL|ERROR)$"
)
_FRAME: Final = re.compile(
    r"\s+(?:at \S.*\(|File \".*\", line [0-9]|at \S+:[0-9])|Traceback \(most recent|Caused by: |\t\S+\.go:[0-9]+"
)
_SESSION: Final = re.compile(
    r"=+ test session starts =+|^running [0-9]+ tests?$|^Running ExUnit|^Randomized with seed", re.MULTILINE
)


def is_log(sample: Sample) -> bool:
    timed, level = sample.share(_TIME), sample.share(_LEVEL)
    if (timed < 0.3 and is_numbered(sample)) or is_long_listing(sample) or is_diff(sample) or is_markup(sample):
        return False
    if is_delimited(sample) and level < 0.2:
        return False
    runs = sample.share(_RUN)
    if timed < 0.3 and level < 0.3 and runs < 0.3 and is_search(sample):
        return False
    if timed > 0.35 or level > 0.3 or runs > 0.3 or sample.share(_FRAME) > 0.3 or _SESSION.search(sample.head[:4_000]):
        return True
    shapes = (_TIME, _LEVEL, _RUN, _FRAME)
    if sum(any(shape.match(line) for shape in shapes) for line in sample.lines) > 0.4 * len(sample.lines):
        return True
    # Each message of a compiler takes several lines: the source that it speaks of, a caret, advice.
    return sample.share(_DIAGNOSTIC) > 0.08 and not is_code(sample)
