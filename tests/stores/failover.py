"""Calls that go on while servers fail, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from headroom_litellm.stores import Store, StoreError

__all__ = ["Traffic"]

_SECONDS = 30


class Traffic:
    """Several callers that put an entry and get it again, one after the other, until the end of the `with`.

    `surprises` are the errors that are no `StoreError`, and the values that came back wrong.
    """

    def __init__(self, store: Store, *, callers: int = 8) -> None:
        self._store = store
        self._callers = callers
        self._done = self._failed = 0
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []
        self.surprises: list[str] = []

    async def __aenter__(self) -> Traffic:
        self._tasks = [asyncio.ensure_future(self._call(f"caller{n}")) for n in range(self._callers)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Not cancelled: `asyncio.wait_for` before Python 3.12 may forget that it was, and the caller would go on.
        self._over = True
        await asyncio.gather(*self._tasks)

    async def flows(self) -> None:
        """Return once every caller has had some calls answered, from now on."""
        await self._more(lambda: self._done, 20 * self._callers)

    async def stops(self) -> None:
        """Return once some call has failed, from now on."""
        await self._more(lambda: self._failed, 1)

    async def _more(self, count: Callable[[], int], by: int) -> None:
        target = count() + by
        deadline = asyncio.get_running_loop().time() + _SECONDS
        while count() < target:
            assert asyncio.get_running_loop().time() < deadline, "nothing more happens"
            await asyncio.sleep(0.02)

    async def _call(self, name: str) -> None:
        number = 0
        while not self._over:
            number += 1
            key, value = f"{name} {number % 50}", f"{name} {number}".encode()
            try:
                await self._store.put("traffic", key, value, ttl=60)
                found = await self._store.get("traffic", key)
            except StoreError:
                self._failed += 1
                await asyncio.sleep(0.02)
                continue
            except Exception as error:
                self.surprises.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(0.02)
                continue
            # A master that dies takes with it what its replica has not had yet.
            if isinstance(found, bytes) and found not in (value, *self._former(name, number)):
                self.surprises.append(f"{value!r} came back as {found!r}")
            self._done += 1

    @staticmethod
    def _former(name: str, number: int) -> tuple[bytes, ...]:
        return tuple(f"{name} {former}".encode() for former in range(number % 50, number, 50))
