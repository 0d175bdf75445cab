"""CPU work away from the event loop: in a thread while it is short, in a process of its own when it is long.

A thread that computes holds Python's global lock for milliseconds at a time, and every step of the event loop waits for
it. That is nothing for a few milliseconds of work, and a stall of all other requests for seconds of it.
"""

from __future__ import annotations

from .deadline import Deadline
from .pool import ProcessPool
from .process import WorkerLost, WorkerProcess
from .size import is_small
from .threads import run, submit

__all__ = ["Deadline", "ProcessPool", "WorkerLost", "WorkerProcess", "is_small", "run", "submit"]
