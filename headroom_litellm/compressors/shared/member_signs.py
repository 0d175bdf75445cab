"""What is a sign of failure in a JSON member, by its key and its value; what only sounds like one."""

from __future__ import annotations

import re
from functools import lru_cache

from .line_signs import HINT, plainly_fails

__all__ = ["member_fails", "member_role"]

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
