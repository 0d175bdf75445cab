"""A stream that has begun: its first item is here, and it is not an error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

__all__ = ["Opened", "StreamRefused"]


class StreamRefused(Exception):
    """The provider began the stream with an error."""


class Opened:
    """The items of a stream, the first of which was waited for."""

    def __init__(self, stream: Any, first: list[Any], rest: AsyncIterator[Any]) -> None:
        self._stream = stream
        self._first = first
        self._rest = rest

    @classmethod
    async def open(cls, stream: Any, is_error: Callable[[Any], bool]) -> Opened:
        """Raises what the stream raises instead of a first item, and StreamRefused where that `is_error`."""
        rest = aiter(stream)
        opened = cls(stream, [], rest)
        try:
            opened._first = [await anext(rest)]
            if is_error(opened._first[0]):
                raise StreamRefused
        except StopAsyncIteration:
            pass
        except BaseException:
            await opened.aclose()
            raise
        return opened

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return self._first.pop() if self._first else await anext(self._rest)

    async def aclose(self) -> None:
        if hasattr(self._stream, "aclose"):
            await self._stream.aclose()
