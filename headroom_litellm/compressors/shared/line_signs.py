"""What is a sign of failure in a line of text, and what only sounds like one."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["HINT", "HTTP_STATUS", "line_fails", "plainly_fails", "verdict", "warning_text"]

HTTP_STATUS = (
    r"(?:HTTP/[0-9.]+\"? |[Ss]tatus(?:_?[Cc]ode)?[\"']?[=:] ?[\"']?"
    r"|(?:GET|POST|PUT|DELETE|PATCH|HEAD) \S{1,300} (?:HTTP/[0-9.]+ )?)"
)
"""What stands before the status of a request."""

HINT = re.compile(
    r"err|fail|fatal|exception|panic|traceback|crit|severe|emerg|alert|abort|crash|segfault|segmentation|core dumped"
    r"|refused|denied|connection reset|killed|out of memory|\boom\b|cannot|could not|unable|unreachable|undefined"
    r"|not found|no such|timed out|timeout|unhandled|uncaught|caused by|warn|deprecat|assert|\*\*|not ok"
    r"|✗|✖|✘|❌|✕|^[EWF#]\d{0,4} |^\s{0,8}(?:\d+|#)\) \w|^ {1,8}● ",
    re.IGNORECASE,
)
"""A line in which this finds nothing neither fails nor warns, unless by the status of a request. Cheap, and says
nothing by itself."""

_LEVELS = ("ERROR", "FATAL", "CRIT", "SEVERE", "EMERG", "ALERT", "PANIC", "FAIL")
_LEVEL = re.compile(
    r"(?<![\w-])(?:ERROR|FATAL|CRITICAL|CRIT|SEVERE|EMERG|EMERGENCY|ALERT|PANIC|FAILED|FAILURE)(?![\w-])"
    r"|--- FAIL|^FAIL\b"
)
_PLAIN = (
    *("[error]", "[fatal]", "[crit]", "[critical]", "[alert]", "[emerg]", "[panic]", "npm ERR!", "npm error"),
    *("Traceback (most recent call last)", "panicked at", "Segmentation fault", "core dumped", "Caused by:"),
    *("✗", "✖", "✘", "✕", "❌"),
)
_PLAIN_LOWERED = ("out of memory", "oom-kill", "oomkill")
_LEVEL_FIELDS = ("level", "lvl", "severity")
_LEVEL_FIELD = re.compile(
    r"\b(?:level|lvl|severity|levelname)\"?\s*[=:]\s*\"?(?:error|err|fatal|crit|critical|alert|emerg|panic|severe)\b"
)
_CLAIMS = ("error", "fatal", "panic", "exception")
_CLAIM = re.compile(
    r"(?<![\w/.-])(?:error|fatal|panic|fatal error|exception)(?:\[\w+\])?:(?!:)"
    r"|(?:unhandled|uncaught|raised|throw[sn]?|fatal) exception|exception (?:in|occurred|while|raised|thrown)"
)
_TYPES = ("Error", "Exception", "Failure")
_TYPE = re.compile(r"(?<!:)\b[A-Z]\w*(?:Error|Exception|Failure)(?::(?!:)|\s*$|\()")
_REQUESTS = ("HTTP/", "tatus", "GET ", "POST ", "PUT ", "DELETE ", "PATCH ", "HEAD ")
_SERVER_ERROR = re.compile(rf"{HTTP_STATUS}5[0-9]{{2}}(?![0-9])")
_CLIENT_ERROR = re.compile(rf"{HTTP_STATUS}4[0-9]{{2}}(?![0-9])")
_BEGINS = re.compile(
    r"[EF]\d{4} |E   |\s{0,8}\d+\) (?:test )?\w|\s*\*\* \([A-Z][\w.]*\)| {1,8}● (?!Console$)\S"
    r"|\s{0,40}not ok \d+\b(?!.*# (?:TODO|SKIP|todo|skip))"
)
_MAKE = re.compile(r"make(?:\[\d+\])?: \*\*\*")
_WEAK_PLAIN = ("cannot ", "could not", "unable to", "unreachable", "command not found", "timed out")
_WEAK_WORDS = (
    *("error", "fail", "exception", "fatal", "panic", "abort", "crash", "refused", "denied", "reset", "undefined "),
    *("no such ", "killed"),
)
_WEAK = re.compile(
    r"(?<![\w/.-])(?:errors?|fail(?:s|ed|ing|ures?)?|exceptions?|fatal|panic(?:ked)?|abort(?:ed)?|crash(?:ed)?)"
    r"(?![\w/-])|(?:connection|permission|access) (?:refused|denied|reset)|undefined (?:reference|symbol)"
    r"|no such (?:file|host|table|column)|killed\b"
)
_NEGATED_WORDS = ("err", "fail", "exception", "fatal", "panic")
_NEGATED = re.compile(
    r"(?i:(?<![\w.])(?:0|no|zero|without(?: any)?)\s+(?:\w+\s+)?"
    r"(?:errors?|fail(?:ures?|ed|s)?|exceptions?|fatals?|panics?)\b"
    r"|\b(?:errors?|fail(?:ures?|ed|s)?|exceptions?|fatals?|panics?)\"?\s*[:=]\s*\"?"
    r"(?:0(?![.\d])|0\.0+(?!\d)|none|null|nil|false|\[\]|\{\}|\"\")"
    r"|\b(?:errors?|failures?|failed|exceptions?)\s*\(0\))"
)
_ZERO = re.compile(
    r"0(?<![0-9.]0)(?![0-9])|\[\]|\{\}|\"\"|[nN](?:o|O|il|ull|ULL)|[zZ](?:ero|ERO)|[wW](?:ithout|ITHOUT)|[fF](?:alse|ALSE)"
)
_PASSED = re.compile(r"PASS(?<!\wPASS)(?:ED)?\b")
_PASSING_WORDS = ("ok", "PASS", "=== RUN", "✓", "✔", "√", "Compiling ", "Downloading ", "Collecting ")
_PASSING = re.compile(r"\s*(?:(?:ok|PASS|--- PASS|=== RUN|✓|✔|√)\s|(?:Compiling|Downloading|Collecting) )")
_STILL_FAILING_WORDS = ("FATAL", "ERROR", "FAILED")
_STILL_FAILING = re.compile(r"\b(?:FATAL|ERROR|FAILED)\b")
_CALM_WORDS = ("INFO", "DEBUG", "TRACE", "NOTICE", "[info]", "[debug]", "[notice]", "[trace]", "level")
_CALM = re.compile(
    r"(?<![\w-])(?:INFO|DEBUG|TRACE|NOTICE)(?![\w-])|\[(?:info|debug|notice|trace)\]|\blevel\"?[=:]\s*\"?(?:info|debug)\b"
)
_WARNING_WORDS = ("warn", "deprecat")
_WARNING = re.compile(
    r"(?<![\w-])WARN(?:ING)?(?![\w-])"
    r"|(?i:(?<![\w/.-])warning(?:\[\w+\])?:|\[warn(?:ing)?\]|\blevel\"?[=:]\s*\"?warn|npm warn|\bdeprecat)"
    r"|\b[A-Z]\w*Warning\b"
)
_KLOG_WARNING = re.compile(r"W\d{4} ")


def _holds(text: str, words: tuple[str, ...]) -> bool:
    """A look for words is much cheaper than one for a form, and nearly always enough to say no."""
    return any(map(text.__contains__, words))


def _without_negations(line: str) -> str:
    return _NEGATED.sub("", line) if _ZERO.search(line) and _holds(line.lower(), _NEGATED_WORDS) else line


def _passes(line: str) -> bool:
    return _holds(line, _PASSING_WORDS) and (
        ("PASS" in line and _PASSED.search(line) is not None)
        or line.rstrip().endswith("... ok")
        or _PASSING.match(line) is not None
    )


def _plainly(line: str, lowered: str) -> bool:
    return (
        (_holds(line, _LEVELS) and _LEVEL.search(line) is not None)
        or _holds(line, _PLAIN)
        or _holds(lowered, _PLAIN_LOWERED)
        or _BEGINS.match(line) is not None
        or (_holds(lowered, _CLAIMS) and _CLAIM.search(lowered) is not None)
        or (_holds(line, _TYPES) and _TYPE.search(line) is not None)
        or (_holds(line, _REQUESTS) and _SERVER_ERROR.search(line) is not None)
        or (_holds(lowered, _LEVEL_FIELDS) and _LEVEL_FIELD.search(lowered) is not None)
        or ("make" in line and "***" in line and _MAKE.search(line) is not None)
    )


def _weakly(lowered: str) -> bool:
    """Does it speak of a failure? A compiler's note is part of the message above it."""
    if ": note: " in lowered:
        return False
    return _holds(lowered, _WEAK_PLAIN) or (_holds(lowered, _WEAK_WORDS) and _WEAK.search(lowered) is not None)


def _warns(line: str, lowered: str) -> bool:
    return (
        (_holds(lowered, _WARNING_WORDS) and _WARNING.search(line) is not None)
        or (_holds(line, _REQUESTS) and _CLIENT_ERROR.search(line) is not None)
        or _KLOG_WARNING.match(line) is not None
    )


def verdict(line: str) -> Literal["fails", "warns", ""]:
    """Whether the line reports a failure, or else warns. Its level decides, and so does a FATAL or an exception at any
    level; it warns, too, where it speaks of a failure at a level that says it is none."""
    bare = _without_negations(line)
    passes = _passes(bare)
    if passes and not (_holds(bare, _STILL_FAILING_WORDS) and _STILL_FAILING.search(bare)):
        return ""
    lowered = bare.lower()
    if _plainly(bare, lowered):
        return "fails"
    weakly, warns = _weakly(lowered), _warns(bare, lowered)
    if weakly and not warns and not (_holds(bare, _CALM_WORDS) and _CALM.search(bare)):
        return "fails"
    return "warns" if not passes and (weakly or warns) else ""


def line_fails(line: str) -> bool:
    """Does this line report a failure?"""
    return verdict(line) == "fails"


def plainly_fails(line: str) -> bool:
    """Does the line fail by its level or form, not just by a word that prose has as well?"""
    bare = _without_negations(line)
    return _plainly(bare, bare.lower())


def warning_text(line: str) -> str:
    """The line from its warning on, so that the same warning at another place reads the same."""
    match = _WARNING.search(line) if _holds(line.lower(), _WARNING_WORDS) else None
    if match is None and _holds(line, _REQUESTS):
        match = _CLIENT_ERROR.search(line)
    return line[match.start() :] if match else line
