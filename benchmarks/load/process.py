"""What a process and its children use, from /proc (Linux)."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Use", "children_of", "use_of", "waited_for_cpu"]

_CPU_CLOCK = 2
"""The kernel's mark of a process's CPU clock, which counts all its threads, in nanoseconds."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Use:
    """cpu: seconds; rss: bytes; fds, threads, processes: how many. Of a process and all below it, but `own_*`."""

    cpu: float
    own_cpu: float
    rss: int
    own_rss: int
    fds: int
    threads: int
    processes: int


def use_of(pid: int) -> Use:
    """Raises FileNotFoundError when the process is gone."""
    own = _one(pid)
    below = [used for child in children_of(pid) if (used := _one_or_none(child)) is not None]
    cpu, rss, fds, threads = (sum(column) for column in zip(own, *below, strict=True))
    return Use(cpu, own[0], int(rss), int(own[1]), int(fds), int(threads), 1 + len(below))


def waited_for_cpu(pid: int) -> float:
    """Seconds that the main thread, which runs the event loop, was ready to run and had no CPU: what others on the
    machine have cost it."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[1]) / 1e9


def children_of(pid: int) -> list[int]:
    """All processes below this one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _one_or_none(pid: int) -> tuple[float, float, float, float] | None:
    try:
        return _one(pid)
    except OSError:
        return None


def _one(pid: int) -> tuple[float, float, float, float]:
    fields = _stat(pid)
    if fields is None:
        raise FileNotFoundError(f"no process {pid}")
    cpu = time.clock_gettime((~pid << 3) | _CPU_CLOCK)
    rss = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return cpu, rss, len(os.listdir(f"/proc/{pid}/fd")), int(fields[17])


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat behind the name, the state first."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
