"""What the tests of all stores share: names, a clock to turn, and how to make a store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from headroom_litellm.stores import Store

PASSWORD = "s3cret-hunter2"
PASSPHRASE = "correct horse battery staple"
NAMES = ["a", "a:b", "b", ":", "::", "a:", "é", "名前", "\ud800", "a\x00b", " ", "1", "1:a", "x" * 300]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Backend:
    """How to make one kind of store, and how to let time pass for it."""

    name: str
    make: Callable[..., Store]
    sleep: Callable[[float], object]
    tells_expired: bool

    async def wait(self, seconds: float) -> None:
        pause = self.sleep(seconds)
        if asyncio.iscoroutine(pause):
            await pause
