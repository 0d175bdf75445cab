"""Work for worker processes: they find it by its name."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from headroom_litellm import pipeline

__all__ = ["dies", "exits", "fails", "forget", "noisy", "path", "process", "stubborn", "unsendable", "until_stopped"]


def process(cancelled: Callable[[], bool]) -> int:
    return os.getpid()


def noisy(text: str, cancelled: Callable[[], bool]) -> str:
    os.write(1, b"what it says must not get among the replies\n")
    return text * 2


def dies(*_: object) -> None:
    os._exit(1)


def exits(cancelled: Callable[[], bool]) -> None:
    raise SystemExit


def unsendable(cancelled: Callable[[], bool]) -> object:
    return lambda: None


def path(cancelled: Callable[[], bool]) -> list[str]:
    return sys.path


def fails(secret: str, cancelled: Callable[[], bool]) -> None:
    raise KeyError(secret)


def forget(_: object, cancelled: Callable[[], bool]) -> None:
    pipeline._folds.clear()


def until_stopped(cancelled: Callable[[], bool]) -> None:
    while not cancelled():
        time.sleep(0.005)


def stubborn(cancelled: Callable[[], bool]) -> None:
    time.sleep(60)
