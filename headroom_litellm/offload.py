"""Runs CPU work off the event loop, within a deadline, and stops it when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

__all__ = ["run"]

T = TypeVar("T")
_WORKERS = 4


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix="headroom")


async def run(work: Callable[[Callable[[], bool]], T], *, deadline: float) -> T:
    """The result of `work(cancelled)`; it must return soon after `cancelled()` turns true.

    Raises TimeoutError after `deadline` seconds, and what `work` raises.
    """
    stop = threading.Event()
    future = asyncio.get_running_loop().run_in_executor(_pool(), work, stop.is_set)
    try:
        return await asyncio.wait_for(future, deadline)
    except asyncio.TimeoutError:
        raise TimeoutError(f"not done after {deadline:g} s") from None
    finally:
        stop.set()
