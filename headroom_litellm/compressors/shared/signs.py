"""What is a sign of failure, in a line of text and in a JSON member; what only sounds like one.

One keyword is not a sign: "0 errors", `"error": null`, `test_error_handling PASSED` and `Compiling thiserror` are none.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "HINT",
    "HTTP_STATUS",
    "line_fails",
    "line_warns",
    "member_fails",
    "member_role",
    "plainly_fails",
    "warning_text",
]

HTTP_STATUS = (
    r"(?:HTTP/[0-9.]+\"? |[Ss]tatus(?:_?[Cc]ode)?[\"']?[=:] ?[\"']?"
    r"|(?:GET|POST|PUT|DELETE|PATCH|HEAD) \S{1,300} (?:HTTP/[0-9.]+ )?)"
)
"""What stands before the status of a request."""

HINT = re.compile(
    r"err|fail|fatal|exception|panic|traceback|crit|severe|emerg|alert|abort|segfault|segmentation|core dumped"
    r"|refused|denied|killed|out of memory|\boom\b|cannot|could not|unable|unreachable|undefined|not found"
    r"|no such|timed out|timeout|unhandled|uncaught|caused by|warn|deprecat|assert|\*\*|✗|✖|✘|❌"
    r"|^[EWF#]\d{0,4} |^\s{0,8}(?:\d+|#)\) \w",
    re.IGNORECASE,
)
"""A line in which this finds nothing neither fails nor warns. Cheap, and says nothing by itself."""

_STRONG = re.compile(
    r"(?<![\w-])(?:ERROR|FATAL|CRITICAL|CRIT|SEVERE|EMERG|EMERGENCY|ALERT|PANIC|FAILED|FAILURE)(?![\w-])"
    r"|\[(?:error|fatal|crit|critical|alert|emerg|panic)\]"
    r"|(?i:\b(?:level|lvl|severity|levelname)\"?\s*[=:]\s*\"?(?:error|err|fatal|crit|critical|alert|emerg|panic|severe)\b)"
    r"|(?i:(?<![\w/.-])(?:error|fatal|panic|fatal error|exception)(?:\[\w+\])?:(?!:))"
    r"|(?<!:)\b[A-Z]\w*(?:Error|Exception|Failure)(?::(?!:)|\s*$|\()"
    r"|Traceback \(most recent call last\)|panicked at|Segmentation fault|core dumped|Caused by:"
    rf"|{HTTP_STATUS}5[0-9]{{2}}(?![0-9])"
    r"|npm (?:ERR!|error)|--- FAIL|^FAIL\b|make(?:\[\d+\])?: \*\*\*|(?i:out of memory|oom-?kill)"
    r"|(?i:(?:unhandled|uncaught|raised|throw[sn]?|fatal) exception|exception (?:in|occurred|while|raised|thrown))"
    r"|^[EF]\d{4} |^E   |[✗✖✘❌]|^\s{0,8}\d+\) (?:test )?\w|^\s*\*\* \([A-Z][\w.]*\)"
)
_WEAK = re.compile(
    r"(?i:(?<![\w/.-])(?:errors?|fail(?:s|ed|ing|ures?)?|exceptions?|fatal|panic(?:ked)?|abort(?:ed)?|crash(?:ed)?)"
    r"(?![\w/-])|(?:connection|permission|access) (?:refused|denied|reset)|cannot |could not|unable to|unreachable"
    r"|undefined (?:reference|symbol)|no such (?:file|host|table|column)|command not found|timed out|killed\b)"
)
_NEGATED = re.compile(
    r"(?i:(?<![\w.])(?:0|no|zero|without(?: any)?)\s+(?:\w+\s+)?"
    r"(?:errors?|fail(?:ures?|ed|s)?|exceptions?|fatals?|panics?)\b"
    r"|\b(?:errors?|fail(?:ures?|ed|s)?|exceptions?|fatals?|panics?)\"?\s*[:=]\s*\"?"
    r"(?:0(?![.\d])|0\.0+(?!\d)|none|null|nil|false|\[\]|\{\}|\"\")"
    r"|\b(?:errors?|failures?|failed|exceptions?)\s*\(0\))"
)
_ZERO = re.compile(r"0|\[\]|\{\}|\"\"|[nN](?:o|O|il|ull|ULL)|[zZ](?:ero|ERO)|[wW](?:ithout|ITHOUT)|[fF](?:alse|ALSE)")
_PASSING = re.compile(
    r"\bPASS(?:ED)?\b|\.\.\. ok\s*$|^\s*(?:ok|PASS|--- PASS|=== RUN|✓|✔|√)\s"
    r"|^\s*(?:Compiling|Downloading|Collecting) "
)
_CALM = re.compile(
    r"(?<![\w-])(?:INFO|DEBUG|TRACE|NOTICE)(?![\w-])|\[(?:info|debug|notice|trace)\]|\blevel\"?[=:]\s*\"?(?:info|debug)\b"
)
_WARNING = re.compile(
    r"(?<![\w-])WARN(?:ING)?(?![\w-])"
    r"|(?i:(?<![\w/.-])warning(?:\[\w+\])?:|\[warn(?:ing)?\]|\blevel\"?[=:]\s*\"?warn|npm warn|\bdeprecat)"
    rf"|\b[A-Z]\w*Warning\b|^W\d{{4}} |{HTTP_STATUS}4[0-9]{{2}}(?![0-9])"
)


def _without_negations(line: str) -> str:
    return _NEGATED.sub("", line) if _ZERO.search(line) else line


def line_fails(line: str) -> bool:
    """Does this line report a failure? Its level decides, and so does a FATAL or an exception at any level."""
    bare = _without_negations(line)
    if _PASSING.search(bare) and not re.search(r"\b(?:FATAL|ERROR|FAILED)\b", bare):
        return False
    if _STRONG.search(bare):
        return True
    return _WEAK.search(bare) is not None and not _CALM.search(bare) and not _WARNING.search(bare)


def plainly_fails(line: str) -> bool:
    """Does the line fail by its level or form, not just by a word that prose has as well?"""
    return _STRONG.search(_without_negations(line)) is not None


def line_warns(line: str) -> bool:
    """Does this line warn, or speak of a failure at a level that says it is none?"""
    bare = _without_negations(line)
    return not _PASSING.search(bare) and (_WARNING.search(bare) is not None or _WEAK.search(bare) is not None)


def warning_text(line: str) -> str:
    """The line from its warning on, so that the same warning at another place reads the same."""
    match = _WARNING.search(line)
    return line[match.start() :] if match else line


_ERROR_KEYS = frozenset(
    [
        "error",
        "errors",
        "exception",
        "exceptions",
        "err",
        "errmsg",
        "errormessage",
        "lasterror",
        "failure",
        "failures",
        "failurereason",
        "failurecause",
        "errortype",
        "errorcode",
        "errordetail",
        "errordetails",
        "traceback",
        "stacktrace",
        "fault",
        "panic",
        "fatal",
    ]
)
_CODE_KEYS = frozenset(["status", "statuscode", "httpstatus", "responsecode", "httpcode", "responsestatus"])
_STATE_KEYS = frozenset(
    [
        "status",
        "state",
        "result",
        "outcome",
        "conclusion",
        "level",
        "severity",
        "health",
        "phase",
        "loglevel",
        "levelname",
        "lvl",
        "verdict",
    ]
)
_FLAG_KEYS = frozenset(["ok", "success", "succeeded", "passed", "successful", "healthy"])
_EXIT_KEYS = frozenset(["exitcode", "returncode", "exitstatus"])
_TEXT_KEYS = frozenset(["message", "msg", "log", "text", "detail", "details", "reason", "output", "stderr"])
_BAD_STATES = frozenset(
    [
        "failed",
        "failure",
        "fail",
        "error",
        "errored",
        "fatal",
        "critical",
        "crit",
        "crashed",
        "crashloopbackoff",
        "timeout",
        "timedout",
        "unhealthy",
        "aborted",
        "panic",
        "exception",
        "severe",
        "emergency",
        "emerg",
        "alert",
        "oomkilled",
        "imagepullbackoff",
        "errimagepull",
    ]
)
_NOTHING = frozenset(
    ["", "0", "0.0", "none", "null", "nil", "false", "ok", "no", "success", "noerror", "n/a", "na", "-", "[]", "{}"]
)
_ROLES = {
    **dict.fromkeys(_TEXT_KEYS, "text"),
    **dict.fromkeys(_STATE_KEYS, "state"),
    **dict.fromkeys(_CODE_KEYS - _STATE_KEYS, "code"),
    **dict.fromkeys(_FLAG_KEYS, "flag"),
    **dict.fromkeys(_EXIT_KEYS, "exit"),
    **dict.fromkeys(_ERROR_KEYS, "error"),
}
_DROP = re.compile(r"[^a-z/0-9\[\]{}.-]")
_INTEGER = re.compile(r'"?(-?\d{1,9})"?')


@lru_cache(maxsize=4096)
def member_role(key: str) -> str:
    """What a JSON key says about its value: error, code, state, flag, exit, text, or nothing of the kind ("")."""
    return _ROLES.get(_DROP.sub("", key.lower()).replace("-", "").replace(".", ""), "")


def member_fails(role: str, literal: str) -> bool:
    """Does a member of this role with this scalar literal say that something failed?"""
    value = _DROP.sub("", literal.lower()) if len(literal) < 60 else literal
    if role == "error":
        return value not in _NOTHING and not re.fullmatch(r"0*\.\d+|0|-", value)
    if role == "flag":
        return value == "false"
    if role == "exit":
        number = _INTEGER.fullmatch(literal)
        return number is not None and int(number[1]) != 0
    if role in ("state", "code"):
        number = _INTEGER.fullmatch(literal)
        if number is not None:
            code = int(number[1])
            return 400 <= code <= 599 or (role == "state" and literal in ("50", "60"))
        return role == "state" and value in _BAD_STATES
    return role == "text" and HINT.search(literal) is not None and plainly_fails(literal)
