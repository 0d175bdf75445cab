"""Starting, and stopping in the midst of work: what is left behind, and what the log says of it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import subprocess
import time
from pathlib import Path

from .client import Client
from .process import children_of
from .requests import PATHS, Agent, big_request, small_chat
from .sides import PLAIN, PLUGIN, Side, started
from .table import Row

__all__ = ["measure"]

_WARNING = re.compile(r"Task was destroyed|never retrieved|[Uu]nclosed|never awaited|leaked")
_TIMEOUT = 60.0
_OUTPUT = "\n".join(f"2026-03-01 10:00:{n % 60:02} INFO step {n} took {n * 7 % 90} ms" for n in range(30_000))


async def measure(provider_url: str, folder: Path, *, times: int) -> list[Row]:
    rows = []
    for name in (PLAIN, PLUGIN):
        codes, seconds, left, lines = [], [], 0, 0
        for turn in range(times):
            with started(name, provider_url, folder) as side:
                code, took, remaining = await _stopped_at_work(side)
                log = side.proxy.log.read_text(errors="replace")
            codes.append(code)
            seconds.append(took)
            left += remaining
            lines += len(_WARNING.findall(log))
            (folder / f"{name}-stopped-{turn}.log").write_text(log)
        rows.append(
            Row(
                f"stopped {times} times at work",
                name,
                exit_codes=" ".join(sorted(set(map(str, codes)))),
                stop_s=max(seconds),
                processes_left=left,
                warnings_logged=lines,
            )
        )
    return rows


async def _stopped_at_work(side: Side) -> tuple[int | None, float, int]:
    """The exit code (None: killed after a minute), the seconds it took, and how many processes were left."""
    bodies = [
        *(
            ("chat", Agent("chat", f"stop-{number}", stream=True, history=5_000, variant="-paced").body())
            for number in range(5)
        ),
        *(("messages", small_chat("messages", f"stop-{number}", stream=False)) for number in range(5)),
        ("chat", big_request("chat", f"{time.time_ns()}\n{_OUTPUT}")),
    ]
    sent = [asyncio.create_task(_sent(side.client, PATHS[form], body)) for form, body in bodies]  # type: ignore[index]
    await asyncio.sleep(1.5)
    below = children_of(side.pid)
    start = time.perf_counter()
    side.proxy.process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        await asyncio.to_thread(side.proxy.process.wait, _TIMEOUT)
    took, code = time.perf_counter() - start, side.proxy.process.poll()
    await asyncio.gather(*sent)
    await asyncio.sleep(1.0)
    return code, took, sum(_is_alive(pid) for pid in below)


async def _sent(client: Client, path: str, body: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        await client.post(path, body)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
