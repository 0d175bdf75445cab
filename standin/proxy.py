"""A real LiteLLM proxy in a process of its own, for tests, the demo and benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

__all__ = ["Proxy", "proxy"]

_START = 180.0
_STOP = 15.0


@dataclass(frozen=True)
class Proxy:
    """A running proxy. `log` is the file with all that it printed."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def proxy(
    config: Path, *, log: Path, env: Mapping[str, str] | None = None, port: int = 0, arguments: Sequence[str] = ()
) -> Iterator[Proxy]:
    """Start the proxy from a config file and wait until it serves; gone, with its children, when this returns.

    `env` is added to this process's environment, `arguments` to the command line. Raises RuntimeError with the end of
    the log when it does not start.
    """
    port = port or _free_port()
    command = [sys.executable, "-m", "litellm.proxy.proxy_cli"]
    command += ["--config", str(config), "--host", "127.0.0.1", "--port", str(port), *arguments]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", **(env or {})}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment, start_new_session=True)
    running = Proxy(f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_until_ready(running)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(running: Proxy) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            break
        try:
            if httpx.get(f"{running.url}/health/liveliness", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the proxy did not start:\n{running.log.read_text(errors='replace')[-4000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
