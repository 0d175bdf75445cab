"""What requests see of a store that fails: an error soon, of one kind, and one line in the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

from ..report.outage import Outage
from .base import Absent, Store, StoreError, StoreStats

__all__ = ["WatchedStore"]

T = TypeVar("T")


class WatchedStore(Store):
    """`inner`, for callers that somebody waits for.

    Once a call has failed that was waited for in vain, no further one is waited for longer than `patience` seconds,
    until one succeeds: the caller has its `StoreError`, and the call goes on by itself and finds out. So does a call
    whose caller was cancelled. Whatever `inner` raises is a `StoreError`. Logs one line when reading or writing begins
    to fail, and one when both work again.
    """

    def __init__(self, inner: Store, *, patience: float = 0.1) -> None:
        self._inner = inner
        self._patience = patience
        self._hangs = False
        self._failing: set[str] = set()
        self._outage = Outage("the store fails, and requests go on without it")
        self._tasks: set[asyncio.Task[Any]] = set()

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        await self._call("write", partial(self._inner.put_many, tenant, values, ttl))

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        return await self._call("read", partial(self._inner.get, tenant, key))

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        return await self._call("read", partial(self._inner.get_many, tenant, keys))

    async def delete(self, tenant: str, key: str) -> None:
        await self._call("write", partial(self._inner.delete, tenant, key))

    async def touch(self, tenant: str, key: str) -> bool:
        return await self._call("write", partial(self._inner.touch, tenant, key))

    async def stats(self) -> StoreStats:
        return await self._call("read", self._inner.stats)

    async def close(self) -> None:
        await self._inner.close()

    async def _call(self, kind: Literal["read", "write"], call: Callable[[], Awaitable[T]]) -> T:
        task = asyncio.ensure_future(self._watched(kind, call))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=self._patience if self._hangs else None)
        if not done:
            raise StoreError("the store has not answered before, and is hardly waited for now")
        return task.result()

    async def _watched(self, kind: str, call: Callable[[], Awaitable[T]]) -> T:
        began = time.monotonic()
        try:
            result = await call()
        except Exception as raised:  # noqa: BLE001 - no fault of a store may be more to a request than a failing store
            error = raised if isinstance(raised, StoreError) else StoreError(f"it fails with {type(raised).__name__}")
            self._hangs = self._hangs or time.monotonic() - began > self._patience
            self._failing.add(kind)
            self._outage.failed(error)
            raise error from None
        self._hangs = False
        # What can be read may not be written: a full server, a replica. That would else be news at every call.
        self._failing.discard(kind)
        if not self._failing:
            self._outage.worked()
        return result

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may have left
