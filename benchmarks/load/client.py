"""A light HTTP/1.1 client: many requests over kept connections, with the times of each."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "Client", "Connection"]

_LONGEST = 120.0
"""Seconds after which an answer is given up."""
_HEADERS_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Seconds from the request's start to the first byte of the body, and to its end."""

    status: int
    body: bytes
    first: float
    total: float


class Connection(asyncio.Protocol):
    """One connection, for one request at a time."""

    def __init__(self) -> None:
        self.closed = False
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("closed before the end of an answer"))

    async def send(self, request: bytes) -> Answer:
        """Raises ConnectionError when the connection ends before the answer does."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._body_at, self._first = 0, 0.0
        self._started = time.perf_counter()
        self.transport.write(request)
        limit = asyncio.get_running_loop().call_later(_LONGEST, self.transport.abort)
        try:
            return await self._waiting
        finally:
            limit.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._body_at:
            end = self._buffer.find(_HEADERS_END)
            if end < 0:
                return
            self._body_at = end + len(_HEADERS_END)
            self._status = int(self._buffer[9:12])
            self._chunked = _CHUNKED.search(self._buffer, 0, end) is not None
            found = _LENGTH.search(self._buffer, 0, end)
            self._length = int(found[1]) if found else 0
            self._chunk_at = self._body_at
            self._parts: list[bytes] = []
        if not self._first and len(self._buffer) > self._body_at:
            self._first = time.perf_counter() - self._started
        if self._chunked:
            if self._read_chunks():
                self._end(b"".join(self._parts))
        elif len(self._buffer) - self._body_at >= self._length:
            self._end(bytes(self._buffer[self._body_at :]))

    def _read_chunks(self) -> bool:
        """Whether the last chunk has come."""
        while (line_end := self._buffer.find(b"\r\n", self._chunk_at)) >= 0:
            size = int(self._buffer[self._chunk_at : line_end].split(b";")[0], 16)
            end = line_end + 2 + size
            if len(self._buffer) < end + 2:
                return False
            if size == 0:
                return True
            self._parts.append(bytes(self._buffer[line_end + 2 : end]))
            self._chunk_at = end + 2
        return False

    def _end(self, body: bytes) -> None:
        total = time.perf_counter() - self._started
        self._buffer.clear()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Answer(self._status, body, self._first or total, total))


class Client:
    """Sends requests to one server over as many connections as are needed at once, and keeps them."""

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self._key = key
        self._idle: list[Connection] = []

    def request(self, path: str, body: bytes) -> bytes:
        """The bytes of a POST."""
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self._key}\r\n"
            f"content-type: application/json\r\nanthropic-version: 2023-06-01\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def post(self, path: str, body: bytes) -> Answer:
        connection = await self.connect()
        try:
            return await connection.send(self.request(path, body))
        finally:
            self.release(connection)

    async def leave(self, path: str, body: bytes, *, after: float) -> None:
        """Send a request and hang up after so many seconds, unless it is answered before."""
        connection = await self.connect()
        try:
            await asyncio.wait_for(connection.send(self.request(path, body)), after)
        except asyncio.TimeoutError:
            pass
        finally:
            connection.transport.abort()

    async def connect(self) -> Connection:
        """An idle connection, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, "127.0.0.1", self.port))[1]

    def release(self, connection: Connection) -> None:
        if not connection.closed:
            self._idle.append(connection)

    def close(self) -> None:
        for connection in self._idle:
            connection.transport.abort()
        self._idle.clear()
