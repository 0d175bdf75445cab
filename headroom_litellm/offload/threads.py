"""Short work in a thread, stopped when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from .deadline import Deadline

__all__ = ["run"]

T = TypeVar("T")
_THREADS = 4


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="headroom")


async def run(work: Callable[[Callable[[], bool]], T], deadline: Deadline, *, quick: bool = False) -> T:
    """The result of `work(cancelled)`, which must return soon after `cancelled()` turns true. Raises TimeoutError at
    the deadline, and what the work raises. `quick` work is done on the event loop itself: a thread would cost more."""
    if quick:
        return work(lambda: False)
    stop = threading.Event()
    try:
        return await deadline.wait_for(asyncio.get_running_loop().run_in_executor(_pool(), work, stop.is_set))
    finally:
        stop.set()
