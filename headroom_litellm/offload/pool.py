"""The worker processes of this process: started when first needed, replaced when lost, ended with it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from .deadline import Deadline
from .process import WorkerProcess

__all__ = ["ProcessPool"]

T = TypeVar("T")
_LOG = logging.getLogger("headroom_litellm")

_GRACE: Final = 5.0
"""Seconds for a job that nobody waits for any more to stop; past that its worker is ended."""
_PAUSE: Final = 30.0
"""Seconds without workers after several were lost in as long a time: none can be had here, or one is lost by what it
is given."""
_LOSSES: Final = 3


class ProcessPool:
    """At most `size` workers; 0 for none. For one event loop at a time. Its workers end with it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._workers: list[WorkerProcess] = []
        self._losses: list[float] = []
        self._pid = os.getpid()

    def worker(self) -> WorkerProcess | None:
        """The one with the fewest jobs; None where there are none to be had."""
        if self._pid != os.getpid():  # those of the process that this one was forked from
            self._pid, self._workers = os.getpid(), []
        lost = [worker for worker in self._workers if worker.is_lost]
        if lost:
            self._workers = [worker for worker in self._workers if not worker.is_lost]
            self._mourn(len(lost))
        idle = next((worker for worker in self._workers if not worker.jobs), None)
        if idle is not None:
            return idle
        if len(self._workers) < self._size and not self._pauses():
            self._workers.append(WorkerProcess())
            return self._workers[-1]
        return min(self._workers, key=lambda worker: worker.jobs, default=None)

    async def run(self, worker: WorkerProcess, deadline: Deadline, work: Callable[..., T], *arguments: Any) -> T:
        """The result of `work(*arguments, cancelled)`, done by that worker; `cancelled()` turns true there soon after
        nobody waits for it here. Raises TimeoutError at the deadline, WorkerLost, and WorkFailed where the work raises.
        """
        number, future = worker.begin(work, *arguments)
        try:
            result: T = await deadline.wait_for(asyncio.wrap_future(future))
        finally:
            if worker.is_at(number):
                worker.stop(number)
                asyncio.get_running_loop().call_later(_GRACE, _end_if_stuck, worker, number)
        return result

    def close(self) -> None:
        """End all workers. The pool may be used again."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.end()

    def __del__(self) -> None:
        self.close()

    def _mourn(self, lost: int) -> None:
        now = time.monotonic()
        self._losses = [at for at in self._losses if now - at < _PAUSE] + [now] * lost
        if len(self._losses) >= _LOSSES:
            _LOG.warning("headroom: worker processes keep ending; threads do their work for %g s", _PAUSE)

    def _pauses(self) -> bool:
        return len(self._losses) >= _LOSSES and time.monotonic() - self._losses[-1] < _PAUSE


def _end_if_stuck(worker: WorkerProcess, number: int) -> None:
    if worker.is_at(number):
        _LOG.warning("headroom: a worker process does not stop what nobody waits for; it is ended")
        worker.end()
