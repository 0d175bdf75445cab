"""Disks that hang or are full, clocks that jump, callers that leave: what the SQLite store makes of them."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headroom_litellm.report.counters import Counters
from headroom_litellm.stores import Absent, SealedStore, StoreError
from headroom_litellm.stores.sqlite import SqliteStore

from .backends import PASSPHRASE, Clock

HOUR = 3600.0

# Fills a disk of 16 MiB of its own, and makes room on it again.
ON_A_SMALL_DISK = """
import asyncio, json, os, pathlib, sys
from headroom_litellm.stores import StoreError
from headroom_litellm.stores.sqlite import SqliteStore

async def main(disk):
    ballast, path = disk / "ballast", disk / "store" / "store.db"
    seen = {"full at first": "", "failed": [], "lost": 0, "late": 0}
    ballast.write_bytes(b"")

    def fill():
        file = os.open(ballast, os.O_WRONLY | os.O_APPEND)
        try:
            while True:
                os.write(file, bytes(4096))
        except OSError:
            os.close(file)

    def empty():
        os.truncate(ballast, 0)

    fill()
    store = SqliteStore(path, timeout=20, max_bytes=64 * 1024 ** 2, max_tenant_bytes=int(sys.argv[2]) or None)
    try:
        await store.put("tenant", "key", b"value", 60)
    except StoreError as error:
        seen["full at first"] = str(error)
    empty()
    await store.put("tenant", "first", b"value", 60)
    held = {"first": b"value"}
    for n in range(400):
        if n == 50:
            fill()
        if n == 300:
            empty()
        try:
            await store.put("tenant", f"key{n}", bytes([n % 256]) * 9000, 60)
            held[f"key{n}"] = bytes([n % 256]) * 9000
            seen["late"] += n >= 300
        except StoreError as error:
            seen["failed"].append([n, str(error)])
        if n == 200:
            seen["read when full"] = await store.get("tenant", "first") == b"value"
    found = await store.get_many("tenant", list(held))
    seen["lost"] = len(held) - len(found)
    seen["wrong"] = sum(value != held[key] for key, value in found.items())
    await store.close()
    print(json.dumps(seen))

asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


# Writes over and over what fits, to a disk on which the log alone would not.
ON_A_TINY_DISK = """
import asyncio, sys
from headroom_litellm.stores.sqlite import SqliteStore

async def main(path):
    store = SqliteStore(path, timeout=20, max_bytes=1024 ** 2)
    for n in range(600):
        await store.put("tenant", f"key{n % 50}", bytes([n % 256]) * 9000, 60)
        if n == 50:
            await store.close()
    for n in range(550, 600):
        assert await store.get("tenant", f"key{n % 50}") == bytes([n % 256]) * 9000

asyncio.run(main(sys.argv[1] + "/store/store.db"))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "store.db"


def _on_a_disk(directory: Path, size: str, program: str, *arguments: str) -> bytes:
    """What a program prints that runs with a file system of its own at `directory`, which is its first argument."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    mounted = f'mount -t tmpfs -o size={size} tmpfs "$1" || exit 77; exec "$0" - "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mounted, sys.executable, str(directory), *arguments],
        input=program.encode(),
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if done.returncode == 77:
        pytest.skip("no file system can be mounted here")
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout


@pytest.mark.parametrize("limit", [0, 50_000_000], ids=["no limit", "tenants have a limit"])
def test_a_disk_that_is_full_fails_puts_only_and_works_again_when_there_is_room(tmp_path: Path, limit: int) -> None:
    seen = json.loads(_on_a_disk(tmp_path, "16m", ON_A_SMALL_DISK, str(limit)))
    assert "store cannot be used" in seen["full at first"]
    failed = [n for n, _ in seen["failed"]]
    assert failed
    assert failed[0] >= 50
    assert failed[-1] < 300
    assert {error for _, error in seen["failed"]} == {"sqlite store cannot be used (database or disk is full)"}
    assert (seen["late"], seen["read when full"]) == (100, True)
    assert (seen["lost"], seen["wrong"]) == (0, 0)


def test_a_disk_that_is_full_of_the_log_alone_is_enough(tmp_path: Path) -> None:
    _on_a_disk(tmp_path, "3m", ON_A_TINY_DISK)


async def test_a_disk_that_hangs_is_waited_for_once_and_then_not_again_until_it_answers(path: Path) -> None:
    counters = Counters()
    store = SqliteStore(path, timeout=0.3, retry_after=60, counters=counters)
    await store.put("tenant", "key", b"value", ttl=60)
    release = threading.Event()
    calls = [store._run(lambda db: release.wait(30)), *(store.get("tenant", "key") for _ in range(20))]
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert {str(failure) for failure in failures} == {"sqlite store did not answer within 0.3 s"}
    for call in (
        store.get("tenant", "key"),
        store.get_many("tenant", ["key"]),
        store.put("tenant", "key", b"value", ttl=60),
        store.touch("tenant", "key"),
        store.delete("tenant", "key"),
        store.stats(),
    ):
        with pytest.raises(StoreError, match="not tried again yet"):
            await call
    release.set()
    await _until(lambda: counters.get("store_breaker", cause="closed") == 1)
    assert await store.get("tenant", "key") == b"value"
    assert counters.get("store_breaker", cause="opened") == 1
    assert counters.get("store_call_failures", cause="timeout") == 21
    await store.close()


async def test_one_call_at_a_time_finds_out_whether_a_disk_still_hangs(path: Path) -> None:
    store = SqliteStore(path, timeout=0.2, retry_after=0.05)
    release = threading.Event()
    with pytest.raises(StoreError, match="did not answer"):
        await store._run(lambda db: release.wait(30))
    await asyncio.sleep(0.06)
    failures = await asyncio.gather(*(store.get("tenant", "key") for _ in range(20)), return_exceptions=True)
    assert sorted("did not answer within" in str(failure) for failure in failures) == [False] * 19 + [True]
    release.set()
    await store.close()


async def test_what_waits_behind_a_disk_that_hangs_is_bounded_and_given_up_without_its_value(path: Path) -> None:
    # No call times out, so that the breaker lets all of them through.
    store = SqliteStore(path, timeout=30)
    release = threading.Event()
    busy = asyncio.ensure_future(store._run(lambda db: release.wait(30)))
    await asyncio.sleep(0.05)
    value = os.urandom(1000)
    held = sys.getrefcount(value)
    put = asyncio.ensure_future(store.put("tenant", "key", value, ttl=60))
    await asyncio.sleep(0)
    put.cancel()
    await asyncio.gather(put, return_exceptions=True)
    del put
    await asyncio.sleep(0.05)
    gc.collect()
    assert sys.getrefcount(value) == held
    waiting = [asyncio.ensure_future(store.get("tenant", "key")) for _ in range(1100)]
    await asyncio.sleep(0)
    refused = [call for call in waiting if call.done()]
    assert 100 <= len(refused) <= 110
    assert {str(call.exception()) for call in refused} == {"sqlite store: too many calls wait for it"}
    release.set()
    answers = await asyncio.gather(busy, *waiting, return_exceptions=True)
    assert answers.count(Absent.MISSING) == 1100 - len(refused)
    assert await store.get("tenant", "key") is Absent.MISSING
    await store.close()


async def test_callers_that_leave_at_any_moment_leave_nothing_half_done(path: Path) -> None:
    store = SqliteStore(path, timeout=20, max_tenant_bytes=10**9)
    values = {f"key{n}": os.urandom(20_000) for n in range(10)}
    for n in range(40):
        put = asyncio.ensure_future(store.put_many("tenant", values, ttl=60))
        get = asyncio.ensure_future(store.get_many("tenant", list(values)))
        await asyncio.sleep(n / 4000)
        put.cancel()
        get.cancel()
        await asyncio.gather(put, get, return_exceptions=True)
        held = await store.get_many("tenant", list(values))
        assert held == {key: values[key] for key in held}
    await store.put_many("tenant", values, ttl=60)
    assert await store.get_many("tenant", list(values)) == values
    await store.close()
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT sum(bytes) FROM tenants").fetchone() == (200_000,)
    file.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_forked_off_after_the_first_use_is_refused_at_once_and_harms_nothing(path: Path) -> None:
    store = SqliteStore(path, timeout=20)
    asyncio.run(store.put("tenant", "key", b"value", ttl=60))
    heard, said = os.pipe()
    child = os.fork()
    if not child:
        try:
            asyncio.run(store.get("tenant", "key"))
        except StoreError as error:
            os.write(said, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(said)
    assert b"forked" in os.read(heard, 1000)
    os.close(heard)
    assert asyncio.run(store.get("tenant", "key")) == b"value"
    asyncio.run(store.close())


# --- the clock -----------------------------------------------------------------------------------------------------


async def test_a_clock_put_back_keeps_entries_longer_by_as_much_and_no_more(path: Path) -> None:
    clock = Clock()
    clock.now = start = 10 * HOUR
    store = SqliteStore(path, clock=clock, timeout=20, max_age=2 * HOUR)
    await store.put_many("tenant", dict.fromkeys(("unused", "used", "put"), b"value"), ttl=2 * HOUR)
    clock.now = start - HOUR
    assert await store.get("tenant", "used") == b"value"
    await store.put("tenant", "put", b"value", ttl=2 * HOUR)
    clock.now = start + HOUR - 1
    assert set(await store.get_many("tenant", ["used", "put"])) == {"used", "put"}
    clock.now = start + HOUR
    assert await store.get_many("tenant", ["used", "put"]) == {}
    clock.now = start + 2 * HOUR
    assert await store.get_many("tenant", ["unused", "used", "put"]) == {}
    await store.close()


async def test_a_clock_put_forward_ends_entries_and_what_is_put_then_does_not_stay_when_it_is_put_back(
    path: Path,
) -> None:
    clock = Clock()
    store = SqliteStore(path, clock=clock, timeout=20, max_bytes=1024**2, max_age=2 * HOUR)
    clock.now += 1e9
    await store.put_many("tenant", {f"future{n}": bytes(30_000) for n in range(20)}, ttl=HOUR)
    clock.now -= 1e9
    for n in range(60):
        clock.now += 1
        await store.put("tenant", f"key{n}", bytes(30_000), ttl=HOUR)
    held = await store.get_many("tenant", [f"key{n}" for n in range(60)])
    assert len(held) > 25
    assert list(held) == [f"key{n}" for n in range(60 - len(held), 60)]
    assert await store.get_many("tenant", [f"future{n}" for n in range(20)]) == {}
    clock.now += 1e6
    assert await store.get("tenant", "key59") is Absent.EXPIRED
    await store.close()


# --- what can be read ----------------------------------------------------------------------------------------------


async def test_a_file_moved_aside_and_what_stands_beside_it_are_as_unreadable_as_before(path: Path) -> None:
    secret = b"The quick brown fox. " * 300
    store = SealedStore(SqliteStore(path, timeout=20), encryption_keys=[PASSPHRASE])
    await store.put_many("tenant-token", {f"key{n}": secret + os.urandom(500) for n in range(300)}, ttl=60)
    with sqlite3.connect(path) as outsider:
        outsider.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    outsider.close()
    await store.put("tenant-token", "late", secret, ttl=60)
    other = SqliteStore(path, timeout=20)  # which keeps the log from being emptied
    await other.stats()
    _overwrite_half(path)
    await store.get_many("tenant-token", [f"key{n}" for n in range(300)])
    await store.put("tenant-token", "key", secret, ttl=60)
    files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert sorted(name.rpartition("Z")[2] for name in files if ".corrupt-" in name) == ["", "-shm", "-wal"]
    assert {"store.db", "store.db-wal", "store.db-shm"} <= set(files)
    assert sum(b"late" in content for content in files.values()) == 1
    for content in files.values():
        assert not any(private in content for private in (b"quick", b"fox", b"tenant-token", PASSPHRASE.encode()))
    assert all(file.stat().st_mode & 0o077 == 0 for file in path.parent.iterdir())
    await other.close()
    await store.close()


def _overwrite_half(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))


async def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
