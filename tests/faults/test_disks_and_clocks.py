"""A file that cannot be written, a clock that jumps: requests are answered as before."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from headroom_litellm.stores.sqlite import SqliteStore

from ..stores.test_sqlite_trouble import _on_a_disk
from .replica import Replica, recover

DAY = 24 * 3600.0

# Fills a disk of 16 MiB of its own, and makes room on it again.
ON_A_SMALL_DISK = """
import asyncio, logging, os, pathlib, sys
from tests.faults.replica import Replica, recover

async def main(disk):
    ballast = disk / "ballast"
    settings = {"compress_cache": {"cache_path": str(disk / "store" / "store.db")}, "store_timeout_seconds": 20}
    replica, other = Replica(**settings), Replica(**settings)
    await recover(replica, other)
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(file, bytes(4096))
    except OSError:
        os.close(file)
    for number in range(3):
        await replica.round(f"full {number}")
    failed = replica.count("store_call_failures", "refused")
    os.truncate(ballast, 0)
    await recover(replica, other)
    await replica.round("full 0")
    assert await other.redeems("full 0")
    print(failed, replica.count("fail_open", "compress"))

logging.basicConfig(stream=sys.stdout, format="%(message)s")
asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


def test_a_full_disk_costs_no_request_anything_and_is_used_again_when_there_is_room(tmp_path: Path) -> None:
    began, ended, counts = _on_a_disk(tmp_path, "16m", ON_A_SMALL_DISK).decode().splitlines()
    failed, passed_over = map(float, counts.split())
    assert "full" in began
    assert "no longer so" in ended
    assert failed > 0
    assert passed_over == 0


@pytest.mark.parametrize("jump", [30 * DAY, -30 * DAY], ids=["forward", "back"])
async def test_a_clock_that_jumps_costs_no_request_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    by = 0.0
    right = time.time
    defaults = SqliteStore.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setattr(time, "time", lambda: right() + by)
    monkeypatch.setitem(defaults, "clock", lambda: right() + by)
    settings = {"compress_cache": {"cache_path": str(tmp_path / "store.db")}, "store_timeout_seconds": 20}
    replica, other = Replica(**settings), Replica(**settings)
    await replica.round("before")
    assert await other.redeems("before")
    by = jump
    await replica.round("before")
    await recover(replica, other)
    assert await other.redeems("before") == (jump < 0)
    assert not any("fail" in name for name in replica.engine.counters.snapshot())
    await replica.close()
    await other.close()
