"""How an answer travels: delays, cuts in the byte stream, and connections that go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Aborted", "Event", "Pace", "hang", "pieces", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The timing and the accidents of an answer.

    A token is one delta of a stream: a word of a text, a fragment of a call's arguments. An answer without streaming
    waits as long as its stream would. The `*_after` numbers count stream events; without streaming, any number
    makes the accident happen at once.
    """

    first_token_ms: float = 0
    """Waited once, before the first token."""
    token_ms: float = 0
    """Waited before every other token."""
    chunk_bytes: int = 0
    """Cut the byte stream after every so many bytes, whatever stands there; 0 leaves one event a chunk."""
    cut_at: tuple[int, ...] = ()
    """Cut the byte stream at these offsets, ascending, and nowhere else."""
    chunk_ms: float = 0
    """Waited between two chunks of a cut stream. Without it, readers may find several chunks in one read."""
    abort_after: int | None = None
    """Close the connection, the answer unfinished."""
    error_after: int | None = None
    """Report an overload inside the stream and end it; without streaming, answer 500."""
    hang_after: int | None = None
    """Say nothing more until the client leaves; 0 sends not even the status."""
    status: int = 200
    """400 and above: refuse every request with this status, leaving the script untouched."""


class Event(NamedTuple):
    """One event of a stream as it goes over the wire. `token` says that the model had to produce it."""

    raw: bytes
    token: bool = False


class Aborted(Exception):
    """The connection is to be closed as it is."""


async def hang() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()


async def pieces(
    events: Iterable[Event], pace: Pace, *, overloaded: Event, sent: Callable[[], None]
) -> AsyncIterator[bytes]:
    """The chunks of an answer's body, each when it is due. `sent` is called for each event that has been passed on.

    Raises `Aborted` where the connection is to break.
    """
    cutter = _Cutter(pace)
    done, waited = 0, False
    for event in events:
        if done in (pace.abort_after, pace.error_after, pace.hang_after):
            break
        if event.token:
            await _sleep(pace.token_ms if waited else pace.first_token_ms)
            waited = True
        for piece in cutter.feed(event.raw):
            yield piece
            await _sleep(pace.chunk_ms)
        done += 1
        sent()
    if done == pace.error_after:
        for piece in cutter.feed(overloaded.raw):
            yield piece
    if rest := cutter.rest():
        yield rest
    if done == pace.abort_after:
        raise Aborted
    if done == pace.hang_after:
        await hang()


async def whole(events: Iterable[Event], pace: Pace) -> None:
    """Wait as long as the stream of these events would take."""
    tokens = sum(event.token for event in events)
    if tokens:
        await _sleep(pace.first_token_ms + pace.token_ms * (tokens - 1))


class _Cutter:
    """Re-cuts a byte stream, holding back what is short of the next cut."""

    def __init__(self, pace: Pace) -> None:
        self._cut = bool(pace.chunk_bytes or pace.cut_at)
        self._step = pace.chunk_bytes
        self._offsets = iter(pace.cut_at)
        self._position = 0
        self._held = b""
        self._next = self._due()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not self._cut:
            yield data
            return
        self._held += data
        while self._next is not None and self._position + len(self._held) >= self._next:
            size = self._next - self._position
            piece, self._held = self._held[:size], self._held[size:]
            self._position = self._next
            self._next = self._due()
            if piece:
                yield piece

    def rest(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _due(self) -> int | None:
        return self._position + self._step if self._step else next(self._offsets, None)


async def _sleep(milliseconds: float) -> None:
    if milliseconds > 0:
        await asyncio.sleep(milliseconds / 1000)
