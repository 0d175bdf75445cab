"""Runs a store's coroutines for callers that are not async, on one event loop in a thread of its own.

One loop for all calls, because connections belong to the loop they were opened on.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

__all__ = ["run_blocking"]

T = TypeVar("T")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="headroom-store", daemon=True).start()
    return loop


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_loop.cache_clear)  # where its thread is not


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result. Blocks the calling thread meanwhile."""
    return asyncio.run_coroutine_threadsafe(coroutine, _loop()).result()
