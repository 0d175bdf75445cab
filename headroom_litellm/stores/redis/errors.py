"""What an error of redis-py means for the caller, in words that show nothing of what was sent."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

__all__ = ["Kind", "kind_of", "words_for"]

Kind = Literal["timeout", "connection", "refused"]

# Answers of a server that is not, or not yet, the one to ask.
_WRONG_SERVER = (ReadOnlyError, ClusterDownError, TryAgainError, AskError)
# Servers before 7.0 wrap what a script runs into.
_WRAPPED = re.compile(r"-(READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|OOM|MISCONF|NOREPLICAS|NOPERM)\b")
_WRAPPED_WRONG_SERVER = {"READONLY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN"}


def kind_of(error: BaseException) -> Kind:
    """`refused`: this call, by a server that works. The others are failures to reach one that does."""
    if isinstance(error, asyncio.TimeoutError | RedisTimeoutError):
        return "timeout"
    if isinstance(error, ResponseError) and not isinstance(error, _WRONG_SERVER):
        return "connection" if _code(error) in _WRAPPED_WRONG_SERVER else "refused"
    return "connection"


def words_for(error: BaseException) -> str:
    """The error's class and the server's code: the rest of its message may quote what was sent."""
    if isinstance(error, RedisClusterException) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, AuthenticationError):
        return "it does not accept the user or the password"
    if isinstance(error, MasterNotFoundError):
        return "no sentinel answers with a master"
    code = _code(error)
    return type(error).__name__ + (f", {code}" if code else "")


def _code(error: BaseException) -> str:
    found = re.match(r"([A-Z]+)\b", str(error)) or _WRAPPED.search(str(error))
    return found[1] if found else ""
