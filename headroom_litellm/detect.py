"""What kind of text a tool output is, by its structure.

Looks at a bounded sample of the lines, so that the cost does not grow with the text. What could be a file that an
agent is about to edit, a diff, search results, a table or markup is none of the kinds here: it is not named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from .compressors._log_shape import ANSI
from .compressors.base import Document
from .compressors.text import MIN_TEXT

__all__ = ["detect"]

_SAMPLE: Final = 120
_SAMPLE_CHARS: Final = 60_000
_LINE: Final = 240

_JSON_START: Final = re.compile(
    r'\s*(?:\{\s*(?:"[^"\\\n]{0,400}(?:\\.[^"\\\n]{0,400}){0,50}"\s*:|\})|\[\s*(?:[\[{"\]-]|[0-9]|true|false|null))'
)
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
_DIFF: Final = re.compile(r"^(?:diff --git |@@ -[0-9]+(?:,[0-9]+)? \+[0-9]|--- a/|Index: )", re.MULTILINE)
_MATCH: Final = re.compile(r"(?:\./|/)?[\w@+./-]{1,200}(?::|-)[0-9]{1,6}(?::|-)|(?:\./|/)?[\w@+/-]{1,200}\.\w{1,10}:")
_NUMBERED: Final = re.compile(r"\s{0,8}[0-9]{1,7}(?:\t|→| ?\| ?|: |[:-](?![0-9]))")
_MODE: Final = re.compile(r"[-dlcbps][rwxsStT-]{9}[.+@]? +[0-9]|total [0-9]+$")
_PATH: Final = re.compile(r"(?:\./|\.\./|/|~/)?[\w@+. -]{1,80}(?:/[\w@+.=~ -]{1,120})*/?$")
_MARKUP: Final = re.compile(r"\s*<(?:!doctype html|html|\?xml|head|body|div|svg|table)\b", re.IGNORECASE)
_CODE: Final = re.compile(
    r"\s*(?:import |from \S+ import|export |package |use |using |#include|#define|def |class |async |await "
    r"|function\b|const |let |var |return\b|if ?\(|if .*:$|elif |else\b|for ?\(|for .*:$|while|switch|case .*:|fn "
    r"|pub |impl |struct |enum |interface |type \w+ |func |public |private |protected |static |final |namespace "
    r"|template|try\b|catch\b|raise |throw |@\w+|//|/\*|\*/?(?: |$)|self\.|this\.|[\w.\[\]]+ (?:=|:=|\+=) \S"
    r"|[\w.]+\(.*\)[;,]?$|[)}\]]+[;,)]*$)|.*[{};]\s*$|.*[(\[,]$"
)
_DEFINES: Final = re.compile(
    r"(?:import [\w(\"'{*.]|from \S+ import |#include [<\"]|package [\w.]+;?$|(?:async )?def \w+\(|class \w+[:({]"
    r"|func [\w(]|(?:pub )?fn \w|(?:pub )?(?:struct|enum|trait|mod) \w+|(?:const|let|var) \w+ =|function \w+\("
    r"|public (?:final |abstract )*(?:class|interface|enum) |export (?:default |const |function )|@\w+(?:\(|$)|#!/)"
)

_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_MARKDOWN: Final = re.compile(r"#{1,6} \S|\s*\||\s*[-=*~^_#]{3,}\s*$")
_SETTING: Final = re.compile(r"\s*(?:- )?[\w./-]+:(?:\s+[^\s]+)?$|\s*(?:export )?[\w.-]+\s?[:+?]?=")
_COMMENT: Final = re.compile(r"\s*(?://|/\*|\*/|;;|--\s|dnl\b|\" )")
_QUOTED: Final = re.compile(r"\"(?:[^\"\n]|\"\"){0,2000}\"")
_PUNCTUATION: Final = ".,;:!?()[]{}\"'`*_“”‘’…—–-"
_HEADING: Final = re.compile(r"#{1,6} [A-Z`]")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,40} (?!\()\S| [0-9]+ files? changed, ")
_INDENTED: Final = re.compile(r"[ \t]")
_ALIGNED: Final = re.compile(r"\s*\S+(?: \S+)* {3,}\S")
_CODE_SIGN: Final = re.compile(r".*(?:[;{}=\\$&|<>#]|\w\()")
_PROSE: Final = 0.5


def detect(document: Document) -> str | None:
    """The name of the compressor for this output: "json", "log" or "text"; None where none is known to fit."""
    text = document.text
    if _is_json(text):
        return "json"
    lines = _sample(text)
    if not lines or _MARKUP.match(text) or _DIFF.search(text[:_SAMPLE_CHARS]):
        return None
    timed, level = _share(lines, _TIME), _share(lines, _LEVEL)
    if (timed < 0.3 and _share(lines, _NUMBERED) > 0.7) or _share(lines, _MODE) > 0.5:
        return None
    if _is_delimited(lines) and level < 0.2:
        return None
    runs = _share(lines, _RUN)
    if timed < 0.3 and level < 0.3 and runs < 0.3 and _share(lines, _MATCH) > 0.5:
        return None
    if timed > 0.35 or level > 0.3 or runs > 0.3 or _share(lines, _FRAME) > 0.3 or _SESSION.search(text[:4_000]):
        return "log"
    if sum(any(shape.match(line) for shape in (_TIME, _LEVEL, _RUN, _FRAME)) for line in lines) > 0.4 * len(lines):
        return "log"
    # Each message of a compiler takes several lines: the source that it speaks of, a caret, advice.
    if _share(lines, _DIAGNOSTIC) > 0.08 and not _is_code(lines):
        return "log"
    if len(text) < MIN_TEXT or _is_code(lines) or _share(lines, _PATH) > 0.7:
        return None
    return "text" if _is_prose(lines) else None


def _is_json(text: str) -> bool:
    """Does it begin and end like JSON, JSON lines, or JSON with a few lines around it? The compressor reads it in full
    and may still decline."""
    start = text[:2_000]
    candidates = [start, *("\n".join(start.split("\n")[i:]) for i in range(1, 20))]
    begins = next((each for each in candidates if each.lstrip()[:1] in ("{", "[")), "")
    if not _JSON_START.match(begins):
        return False
    return any(line.rstrip().endswith(("}", "]")) for line in text[-2_000:].split("\n")[-12:])


def _is_code(lines: Sequence[str]) -> bool:
    """Is it a source file? Prose with code in fences is not, unless most of it is code."""
    if sum(_DEFINES.match(line) is not None for line in lines) >= 3 and not any("```" in line for line in lines):
        return True
    return _share(lines, _CODE) > 0.35


def _is_prose(lines: Sequence[str]) -> bool:
    """Do the lines read as sentences, as Markdown with code in it, as commits or as an indented report?"""
    fences, headings = (sum(each.match(line) is not None for line in lines) for each in (_FENCE, _HEADING))
    if fences > 1 and headings > 1:
        return True
    if _share(lines, _COMMIT) > 0.8:
        return True
    indented = _share(lines, _INDENTED)
    # A source file has lines that are not indented.
    report = indented == 1 or (indented > 0.6 and _share(lines, _ALIGNED) > 0.4)
    if report and _share(lines, _CODE_SIGN) < 0.15 and _share(lines, _SETTING) < 0.1:
        return True
    counted = [line for line in lines if not _MARKDOWN.match(line)]
    if sum(map(_reads, counted)) <= _PROSE * len(counted):
        return False
    return _share(lines, _SETTING) < 0.2 and _share(lines, _COMMENT) < 0.2


def _reads(line: str) -> bool:
    """Are nearly all tokens of the line words, as in a sentence?"""
    tokens = line.strip().lstrip("*-+>0123456789.) ").split()
    words = sum(token.strip(_PUNCTUATION).replace("'", "").replace("-", "").isalpha() for token in tokens)
    if len(tokens) < 3:
        return words == len(tokens) > 0 and (line.rstrip()[-1] in ".:!?" or not line.isascii())
    return words >= 0.7 * len(tokens)


def _sample(text: str) -> list[str]:
    """Lines that are not blank from the beginning, the middle and the end, without colours, cut to a bounded length."""
    if len(text) <= 3 * _SAMPLE_CHARS:
        parts = [text]
    else:
        middle = len(text) // 2
        parts = [text[:_SAMPLE_CHARS], text[middle : middle + _SAMPLE_CHARS], text[-_SAMPLE_CHARS:]]
    lines = [line for part in parts for line in part.split("\n") if line.strip()]
    if len(lines) > 3 * _SAMPLE:
        step = len(lines) / (2 * _SAMPLE)
        lines = lines[:_SAMPLE] + [lines[int(k * step)] for k in range(2 * _SAMPLE)]
    return [ANSI.sub("", line[: 2 * _LINE])[:_LINE].rstrip("\r") for line in lines]


def _share(lines: Sequence[str], shape: re.Pattern[str]) -> float:
    return sum(shape.match(line) is not None for line in lines) / len(lines)


def _is_delimited(lines: Sequence[str]) -> bool:
    """Do nearly all lines have the same number of commas, semicolons, tabs or (five or more) colons?"""
    lines = [_QUOTED.sub("", line) if '"' in line else line for line in lines]
    for delimiter, fewest in ((",", 2), (";", 2), ("\t", 2), (":", 5)):
        count, times = Counter(line.count(delimiter) for line in lines).most_common(1)[0]
        if count >= fewest and times >= 0.85 * len(lines):
            return True
    return False
