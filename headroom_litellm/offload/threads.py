"""Short work in a thread, stopped when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from .deadline import Deadline

__all__ = ["run", "submit"]

T = TypeVar("T")
_THREADS = 4


@lru_cache(maxsize=1)
def _pool(_process: int) -> ThreadPoolExecutor:
    """A process that is forked has none of the threads of the one it comes from."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="headroom")


async def run(work: Callable[[Callable[[], bool]], T], deadline: Deadline, *, quick: bool = False) -> T:
    """The result of `work(cancelled)`, which must return soon after `cancelled()` turns true. Raises TimeoutError at
    the deadline, and what the work raises. `quick` work is done on the event loop itself: a thread would cost more."""
    if quick:
        return work(lambda: False)
    stop, pool = threading.Event(), _pool(os.getpid())
    try:
        return await deadline.wait_for(asyncio.get_running_loop().run_in_executor(pool, work, stop.is_set))
    finally:
        stop.set()


def submit(work: Callable[[], object]) -> None:
    """Have it done in a thread, some time. Nobody waits for it."""
    _pool(os.getpid()).submit(work)
