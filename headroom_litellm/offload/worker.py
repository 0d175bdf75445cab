"""The other process: does what it is sent, several things at a time, until its pipe is closed."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from .._version import __version__
from . import frames

__all__ = ["Done", "Failed", "Hello", "Job", "Stop", "main"]

_THREADS: Final = 4
"""Jobs at once: they share one CPU, so that a short one need not wait for the end of a long one."""


@dataclass(frozen=True, slots=True)
class Job:
    """`work(*arguments, cancelled)` is wanted; `work` is a function of a module."""

    number: int
    work: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """The job is no longer wanted."""

    number: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The worker is ready; it runs this version."""

    version: str


@dataclass(frozen=True, slots=True)
class Done:
    number: int
    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The error's class only: its text may quote what was worked on."""

    number: int
    error: str


def main() -> None:
    """Serve standard input and output, which nothing else in this process gets to see."""
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        _Worker(replies).serve(requests)
    finally:
        # What still runs is wanted by nobody, and nobody is there to be told what failed.
        sys.stderr.flush()
        os._exit(0)


class _Worker:
    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._writing = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS)
        self._stops: dict[int, threading.Event] = {}

    def serve(self, requests: BinaryIO) -> None:
        self._reply(frames.pack(Hello(__version__)))
        with contextlib.suppress(frames.Closed):
            while True:
                self._take(frames.read(requests))

    def _take(self, message: Job | Stop) -> None:
        if isinstance(message, Job):
            self._stops[message.number] = stop = threading.Event()
            self._threads.submit(self._do, message, stop)
        elif (wanted := self._stops.get(message.number)) is not None:  # it may be done meanwhile
            wanted.set()

    def _do(self, job: Job, stop: threading.Event) -> None:
        try:
            reply = frames.pack(Done(job.number, job.work(*job.arguments, stop.is_set)))
        except BaseException as error:  # noqa: BLE001 - for the parent to act on
            reply = frames.pack(Failed(job.number, type(error).__name__))
        del self._stops[job.number]
        self._reply(reply)

    def _reply(self, reply: memoryview) -> None:
        try:
            with self._writing:
                frames.write(self._replies, reply)
        except OSError:
            os._exit(0)  # the parent is gone
