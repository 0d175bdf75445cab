"""This process's side of a worker process."""

from __future__ import annotations

import contextlib
import itertools
import os
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
_START: Final = "import sys; sys.path[:] = sys.argv[1:]; from headroom_litellm.offload.worker import main; main()"


class WorkerLost(Exception):
    """The worker ended before it had done what it was asked to do. `at_work`: it had begun, so that the work itself may
    have been what ended it; otherwise it could not be started."""

    def __init__(self, *, at_work: bool) -> None:
        super().__init__("at work" if at_work else "not started")
        self.at_work = at_work


class WorkFailed(Exception):
    """The work raised an error, or it or its result cannot be sent; the error's class is all that is told."""


class WorkerProcess:
    """A process of this very version that does what it is sent. No method blocks; all may be called from any thread."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._numbers = itertools.count()
        self._pending: dict[int, Future[Any]] = {}
        # Garbage collected while the lock is held, a pool ends its workers in the very thread that holds it.
        self._lock = threading.RLock()
        self._is_lost = self._is_ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._outgoing: SimpleQueue[Job | Stop | None] = SimpleQueue()
        # Pipes block, and so does the start of a process. Neither may hold up the end of this one: hence no executor.
        threading.Thread(target=self._talk, name="headroom-talk", daemon=True).start()

    @property
    def is_lost(self) -> bool:
        """So it is for a process forked from the one that started it, which goes on using it."""
        return self._is_lost or self._owner != os.getpid()

    @property
    def jobs(self) -> int:
        """How many are not done yet, those that are no longer wanted among them."""
        return len(self._pending)

    def begin(self, work: Callable[..., Any], *arguments: Any) -> tuple[int, Future[Any]]:
        """Have `work(*arguments, cancelled)` done. The future's errors are WorkFailed and WorkerLost."""
        number, future = next(self._numbers), Future[Any]()
        with self._lock:
            if self.is_lost:
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
        if self._owner != os.getpid():
            return
        with self._lock:
            self._is_lost = True
            numbers = list(self._pending)
        if self._process is not None:
            self._process.kill()
        self._outgoing.put(None)
        for number in numbers:
            if (future := self._settled(number)) is not None:
                future.set_exception(WorkerLost(at_work=self._is_ready))

    def _talk(self) -> None:
        # However this goes wrong, for want of a Python to start, of processes, or of a worker that reads: it is lost.
        with contextlib.suppress(Exception):
            process = self._process = _started()
            replies = cast(BinaryIO, process.stdout)
            threading.Thread(target=self._listen, args=(replies,), name="headroom-listen", daemon=True).start()
            with cast(BinaryIO, process.stdin) as requests:
                while self._send(requests, self._outgoing.get()):
                    pass
        self.end()
        if self._process is not None:
            self._process.wait()

    def _send(self, requests: BinaryIO, message: Job | Stop | None) -> bool:
        """Whether there may be more to send."""
        if message is None or self._is_lost:
            return False
        if isinstance(message, Job) and self._is_unwanted(message):
            self._settled(message.number)
            return True
        try:
            frame = frames.pack(message)
        except Exception as error:  # noqa: BLE001 - the worker is not to blame for what cannot be sent
            self._settle(Failed(message.number, type(error).__name__))
        else:
            frames.write(requests, frame)
        return True

    def _listen(self, replies: BinaryIO) -> None:
        # Other than Closed, what is no reply of ours may raise anything.
        with contextlib.suppress(Exception), replies:
            # Another version may have been installed since this process began.
            self._is_ready = frames.read(replies) == Hello(__version__)
            while self._is_ready:
                self._settle(frames.read(replies))
        self.end()

    def _is_unwanted(self, job: Job) -> bool:
        future = self._pending.get(job.number)
        return future is None or future.cancelled()

    def _settle(self, reply: Done | Failed) -> None:
        future = self._settled(reply.number)
        if future is None:
            return
        if isinstance(reply, Done):
            future.set_result(reply.result)
        else:
            future.set_exception(WorkFailed(reply.error))

    def _settled(self, number: int) -> Future[Any] | None:
        """The future of that job, for one caller to give it its outcome; None where there is nobody to be told."""
        with self._lock:
            future = self._pending.pop(number, None)
        return future if future is not None and future.set_running_or_notify_cancel() else None


def _started() -> subprocess.Popen[bytes]:
    """Raises an error where there is no Python to start."""
    if getattr(sys, "frozen", False):
        raise OSError("the executable is a program of its own")
    # The working directory, which Python puts first on its path, may hold anything.
    path = [entry for entry in sys.path if entry]
    if _ROOT not in path:
        path.insert(0, _ROOT)
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _START, *path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # an interrupt from the terminal is for this process to act on
    )
