"""Starting and stopping the server: in a thread of this process, or as the process itself."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from standin.app import create_app
from standin.state import Standin

__all__ = ["running", "serve"]


@contextmanager
def running(port: int = 0) -> Iterator[Standin]:
    """A server on the loopback address, at a free port unless one is given, from a thread of this process.

    Answers that are still under way at the end are broken off; thread and socket are gone when this returns.
    """
    listener = _listen("127.0.0.1", port)
    standin = Standin(_url(listener))
    server = _server(standin)
    thread = threading.Thread(target=server.run, args=([listener],), name="standin", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the stand-in server did not start")
            time.sleep(0.002)
        yield standin
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def serve(port: int = 0, host: str = "127.0.0.1") -> None:
    """Serve until interrupted. The first line on standard output is the server's URL, printed when it listens."""
    listener = _listen(host, port)
    standin = Standin(_url(listener))
    sys.stdout.write(f"{standin.url}\n")
    sys.stdout.flush()
    _server(standin).run([listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.create_server((host, port))
    # Accepted connections inherit this. asyncio sets it only where the socket names its protocol, which this one does
    # not, and without it small writes wait up to 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _server(standin: Standin) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(standin),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        # Breaking a connection on purpose is an error to uvicorn; nobody needs to read of it.
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=0,
    )
    return uvicorn.Server(config)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"
