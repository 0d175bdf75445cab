"""A real redis-server for tests: its own process on a free port, in a temporary directory, keeping nothing."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .certificates import Certificates

__all__ = ["RedisServer", "free_port"]


class RedisServer:
    """Started by `with`, stopped and cleaned up at its end.

    Speaks TCP on 127.0.0.1:`port` and, at `socket_path`, over a Unix socket; asks for `password` when one is given.
    With the `certificates` of `tests/certificates.py` it speaks TLS only. `options` are those of its configuration;
    `sentinel` are the lines of one that watches over others. `restart` comes back on the same port, empty.
    """

    def __init__(
        self,
        *,
        password: str | None = None,
        certificates: Certificates | None = None,
        options: Mapping[str, str] | None = None,
        sentinel: Sequence[str] = (),
    ) -> None:
        self._password = password
        self._certificates = certificates
        self._options = dict(options or {})
        self._sentinel = sentinel
        self._directory = Path(tempfile.mkdtemp(prefix="redis-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.socket_path = self._directory / "redis.sock"

    @staticmethod
    def missing() -> str | None:
        """Why no server can be started here; None when one can."""
        absent = [program for program in ("redis-server", "redis-cli") if shutil.which(program) is None]
        return f"not installed: {', '.join(absent)}" if absent else None

    @property
    def url(self) -> str:
        secret = f":{self._password}@" if self._password else ""
        if self._certificates:
            return f"rediss://{secret}127.0.0.1:{self.port}/0?ssl_ca_certs={self._certificates.authority}"
        return f"redis://{secret}127.0.0.1:{self.port}/0"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def credentials(self) -> list[str]:
        """The words that redis-cli needs to be let in."""
        password = ["-a", self._password] if self._password else []
        return password + (["--tls", "--cacert", str(self._certificates.authority)] if self._certificates else [])

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def start(self) -> None:
        """Start, and return once it answers."""
        self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"redis-server did not start on port {self.port}")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, as a crash would; its clients see their connections closed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing is answered, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def command(self, *words: str) -> str:
        """One command's answer as text, over a connection of its own."""
        client = ["redis-cli", "-p", str(self.port), *self.credentials]
        return subprocess.run([*client, *words], check=True, capture_output=True, text=True, timeout=10).stdout.strip()

    def _command(self) -> list[str]:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self._directory),
            "requirepass": self._password or "",
        }
        if not self._sentinel:
            options |= {"unixsocket": str(self.socket_path), "save": "", "appendonly": "no"}
            options |= {"repl-diskless-sync-delay": "0", **self._options}
        if self._certificates:
            files = self._certificates
            options |= {"port": "0", "tls-port": str(self.port), "tls-auth-clients": "no", "tls-replication": "yes"}
            options |= {"tls-ca-cert-file": str(files.authority), "tls-cert-file": str(files.certificate)}
            options |= {"tls-key-file": str(files.key)}
        if self._sentinel:
            file = self._directory / "sentinel.conf"
            file.write_text("\n".join([*(f'{name} "{value}"' for name, value in options.items()), *self._sentinel]))
            return ["redis-server", str(file), "--sentinel"]
        return ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))]

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "not running"
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                if self._certificates:
                    return True
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
