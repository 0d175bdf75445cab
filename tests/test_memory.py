"""Memory that is free again goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from headroom_litellm import engine as engine_module
from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.memory import Trimming, trim
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore
from headroom_litellm.wire import Chat

FRAGMENTED = """
from pathlib import Path
from headroom_litellm.memory import trim

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

small, large = [], []
for number in range(4000):
    large.append(bytes([number % 250]) * 50_000)
    small.append(bytes([number % 250]) * 1_000)
large.clear()
before = held()
trim()
print(before - held())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks at memory by /proc")
def test_what_is_free_between_small_pieces_goes_back() -> None:
    done = subprocess.run([sys.executable, "-c", FRAGMENTED], capture_output=True, text=True, check=True)
    if platform.libc_ver()[0] == "glibc":
        assert int(done.stdout) > 100_000_000


def test_it_may_be_asked_for_anywhere() -> None:
    trim()
    trim()


def test_it_is_due_once_in_so_many_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("headroom_litellm.memory.time.monotonic", lambda: now[0])
    trimming, never = Trimming(10), Trimming(0)
    found = []
    for second in range(25):
        now[0] = 100.0 + second
        assert not never.is_due()
        if trimming.is_due():
            found.append(second)
    assert found == [10, 20]


@pytest.mark.parametrize(("seconds", "times"), [(0.000001, 3), (0, 0), (3600, 0)])
async def test_memory_trim_seconds_says_how_often(monkeypatch: pytest.MonkeyPatch, seconds: float, times: int) -> None:
    asked: list[object] = []
    monkeypatch.setattr(engine_module.offload, "submit", asked.append)
    engine = Engine(load_settings({"memory_trim_seconds": seconds, "worker_processes": 0}), MemoryStore())
    for _ in range(3):
        exchange = Exchange(Chat(), "acompletion", "tenant", model="m")
        await engine.compress(exchange, {"messages": [{"role": "user", "content": "hello"}]})
    assert len(asked) == times
