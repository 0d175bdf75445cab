"""The one thread that a SQLite file is used from."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from ._sqlite_file import SqliteFile
from .base import StoreError

__all__ = ["SqliteWorker"]

T = TypeVar("T")

_MOST_WAITING = 1000


class SqliteWorker:
    """The one thread that a file is used from, in the process that made it."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="headroom-sqlite")
        self._lock = threading.Lock()
        self._waiting = 0
        self._process = os.getpid()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """What `work` will answer; it may be cancelled until it begins. `StoreError` when too much waits already."""
        if os.getpid() != self._process:
            raise StoreError(
                "sqlite store: it was used before this process was forked off, which SQLite does not allow"
            )
        answer: Future[T] = Future()
        waiting = [work]
        # What was given up may have to wait here for long yet, and lets go of what it would have written.
        answer.add_done_callback(lambda _: waiting.clear())
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                raise StoreError("sqlite store: too many calls wait for it")
            try:
                self._thread.submit(self._perform, waiting, answer)
            except RuntimeError:
                raise StoreError("sqlite store: its thread cannot be started (the process is ending?)") from None
            self._waiting += 1
        return answer

    def _perform(self, waiting: list[Callable[[sqlite3.Connection], T]], answer: Future[T]) -> None:
        with self._lock:
            self._waiting -= 1
        if not answer.set_running_or_notify_cancel():
            return
        try:
            result = self._file.perform(waiting[0])
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            answer.set_exception(error)
        else:
            answer.set_result(result)

    def close(self) -> Future[None] | None:
        """Close the file and end the thread, after what was submitted before."""
        if os.getpid() != self._process:
            return None
        closing: Future[None] | None = None
        with suppress(RuntimeError):
            closing = self._thread.submit(self._file.close)
        self._thread.shutdown(wait=False)
        return closing
