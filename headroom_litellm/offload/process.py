"""This process's side of a worker process."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, Final, cast

from .._version import __version__
from . import frames
from .worker import Done, Failed, Hello, Job, Stop

__all__ = ["WorkFailed", "WorkerLost", "WorkerProcess"]

_ROOT: Final = str(Path(__file__).parents[2])
# The working directory, which Python puts first on its path, may hold anything.
_START: Final = "import sys; sys.path[0] = sys.argv[1]; from headroom_litellm.offload.worker import main; main()"


class WorkerLost(Exception):
    """The worker ended before it had done what it was asked to do. `at_work`: it had begun, so that the work itself may
    have been what ended it; otherwise it could not be started."""

    def __init__(self, *, at_work: bool) -> None:
        super().__init__("at work" if at_work else "not started")
        self.at_work = at_work


class WorkFailed(Exception):
    """The work raised an error; its class is all that is told."""


class WorkerProcess:
    """A process of this very version that does what it is sent. No method blocks; all may be called from any thread."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._pending: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._is_lost = self._is_ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._outgoing: SimpleQueue[Job | Stop | None] = SimpleQueue()
        # Pipes block, and so does the start of a process. Neither may hold up the end of this one: hence no executor.
        threading.Thread(target=self._talk, name="headroom-talk", daemon=True).start()

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    @property
    def jobs(self) -> int:
        """How many are not done yet, those that are no longer wanted among them."""
        return len(self._pending)

    def begin(self, work: Callable[..., Any], *arguments: Any) -> tuple[int, Future[Any]]:
        """Have `work(*arguments, cancelled)` done. The future's errors are WorkFailed and WorkerLost."""
        number, future = next(self._numbers), Future[Any]()
        with self._lock:
            if self._is_lost:
                raise WorkerLost(at_work=False)
            self._pending[number] = future
        self._outgoing.put(Job(number, work, arguments))
        return number, future

    def stop(self, number: int) -> None:
        """That job is no longer wanted."""
        if self.is_at(number):
            self._outgoing.put(Stop(number))

    def is_at(self, number: int) -> bool:
        """Whether that job is not done yet."""
        return number in self._pending

    def end(self) -> None:
        """At once; what is not done is lost."""
        with self._lock:
            self._is_lost = True
            pending, self._pending = self._pending, {}
        if self._process is not None:
            self._process.kill()
        self._outgoing.put(None)
        for future in pending.values():
            if future.set_running_or_notify_cancel():
                future.set_exception(WorkerLost(at_work=self._is_ready))

    def _talk(self) -> None:
        try:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", _START, _ROOT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        except (OSError, ValueError):
            self.end()
            return
        self._process = process
        requests = cast(BinaryIO, process.stdin)
        threading.Thread(target=self._listen, args=(process,), name="headroom-listen", daemon=True).start()
        try:
            with contextlib.suppress(OSError), requests:
                while not self._is_lost and (message := self._outgoing.get()) is not None:
                    if isinstance(message, Job) and self._is_unwanted(message):
                        self._pending.pop(message.number, None)
                    else:
                        frames.write(requests, message)
        finally:
            self.end()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        try:
            with contextlib.suppress(frames.Closed, OSError), cast(BinaryIO, process.stdout) as replies:
                # Another version may have been installed since this process began.
                self._is_ready = frames.read(replies) == Hello(__version__)
                while self._is_ready:
                    self._settle(frames.read(replies))
        finally:
            self.end()
            process.wait()

    def _is_unwanted(self, job: Job) -> bool:
        future = self._pending.get(job.number)
        return future is None or future.cancelled()

    def _settle(self, reply: Done | Failed) -> None:
        future = self._pending.pop(reply.number, None)
        if future is None or not future.set_running_or_notify_cancel():
            return
        if isinstance(reply, Done):
            future.set_result(reply.result)
        else:
            future.set_exception(WorkFailed(reply.error))
