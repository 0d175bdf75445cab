"""A TCP proxy for tests: between a client and its server, with whatever fault a network or a server can have."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

__all__ = ["BLACKHOLE", "PASS", "REFUSE", "Fault", "FaultProxy"]


@dataclass(frozen=True)
class Fault:
    """pass:      none
    refuse:    nobody listens, and what was connected is not any more
    blackhole: connections are taken, and nothing is answered
    delay:     everything that is answered comes `seconds` late
    reset:     the connection breaks with an error once `after` bytes of an answer have come
    cut:       it is closed in good order there
    garbage:   `answer` comes instead of every answer
    """

    kind: Literal["pass", "refuse", "blackhole", "delay", "reset", "cut", "garbage"]
    seconds: float = 0
    after: int = 0
    answer: bytes = b""


PASS, REFUSE, BLACKHOLE = Fault("pass"), Fault("refuse"), Fault("blackhole")


class FaultProxy:
    """Started by `with`, and healthy then. Listens on 127.0.0.1:`port` and forwards to 127.0.0.1:`upstream`."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self.port = 0
        self._fault = PASS
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy")

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self, fault: Fault) -> None:
        """Have this fault from now on, on connections that are open as well."""
        self._run(self._begin(fault))

    def end(self) -> None:
        """Be healthy again; connections that have seen the fault are closed."""
        self._run(self._begin(PASS))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _begin(self, fault: Fault) -> None:
        self._fault = fault
        if fault.kind in ("pass", "refuse"):
            self._disconnect()
        if fault.kind == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
        elif fault.kind != "refuse" and self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _disconnect(self) -> None:
        for client in self._clients:
            client.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._start(self._serve(reader, client))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._clients.add(client)
        server = None
        try:
            with suppress(OSError):
                answers, server = await asyncio.open_connection("127.0.0.1", self._upstream)
                ways = [self._start(self._ask(reader, server)), self._start(self._answer(answers, client))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            for writer in (client, server):
                if writer is not None:
                    writer.close()

    @staticmethod
    async def _ask(reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                server.write(data)
                await server.drain()

    async def _answer(self, answers: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await answers.read(65536):
                fault = self._fault
                if fault.kind == "delay":
                    await asyncio.sleep(fault.seconds)
                if fault.kind in ("pass", "delay"):
                    client.write(data)
                elif fault.kind == "garbage":
                    client.write(fault.answer)
                elif fault.kind in ("reset", "cut"):
                    client.write(data[: fault.after])
                    await client.drain()
                    if fault.kind == "reset":
                        now = struct.pack("ii", 1, 0)
                        client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                    return
                await client.drain()
