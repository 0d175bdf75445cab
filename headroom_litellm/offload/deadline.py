"""The end of the time that one request may take, whatever it takes it for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["Deadline"]

T = TypeVar("T")


class Deadline:
    """In so many seconds from now, on the running event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = asyncio.get_running_loop().time() + seconds

    async def wait_for(self, awaitable: Awaitable[T]) -> T:
        """Its result. Raises TimeoutError, and cancels it, when the time is over."""
        try:
            return await asyncio.wait_for(awaitable, self._ends - asyncio.get_running_loop().time())
        except asyncio.TimeoutError:
            raise TimeoutError(f"not done after {self._seconds:g} s") from None
