"""Python's garbage collector, in the proxy that this plugin is part of."""

from __future__ import annotations

import gc
import sys
from collections import deque
from contextvars import Context, copy_context
from typing import Any, Final

__all__ = ["freeze", "keep_contexts_whole"]

_KEPT: Final = 8
_contexts: Final[deque[Context]] = deque(maxlen=_KEPT)


def freeze() -> None:
    """Leave alone from now on what is held now.

    A proxy that has started holds about a million objects, nearly all of them for good. Each full collection goes over
    them all and stops every request for most of a second; what a plugin keeps makes such collections more frequent.
    """
    gc.freeze()


def keep_contexts_whole() -> None:
    """Keep a collection from destroying the context that it runs in. Does nothing where Python itself takes care.

    Before 3.12 the collector may run in the middle of `ContextVar.set`. A finalizer that sets a variable then, as
    LiteLLM's streams have one, frees what is being read there: contexts lose variables, or the process dies
    (https://github.com/python/cpython/issues/148891). Here, what the latest collections began with stays alive.
    """
    if sys.version_info < (3, 12) and _hold not in gc.callbacks:
        gc.callbacks.append(_hold)


def _hold(phase: str, _info: dict[str, Any]) -> None:
    if phase == "start":
        _contexts.append(copy_context())
