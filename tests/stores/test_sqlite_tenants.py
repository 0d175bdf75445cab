"""How the SQLite store keeps account of what each tenant holds."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from headroom_litellm.report.counters import Counters
from headroom_litellm.stores import Absent
from headroom_litellm.stores.sqlite import SqliteStore

from .backends import Clock

WRITER = """
import asyncio, sys
from headroom_litellm.stores.sqlite import SqliteStore

async def main(path, name):
    store = SqliteStore(path, timeout=60, max_tenant_bytes=50_000)
    for n in range(150):
        await store.put("tenant", f"{name}{n}", bytes(1000 + n), ttl=600)
        if n % 7 == 0:
            await store.delete("tenant", f"{name}{n - 1}")
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def _accounts(path: Path) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """What the file says that each tenant holds, and what each does hold."""
    connection = sqlite3.connect(path)
    try:
        said = dict(connection.execute("SELECT tenant, bytes FROM tenants").fetchall())
        held = dict(connection.execute("SELECT tenant, sum(length(value)) FROM entries GROUP BY tenant").fetchall())
    finally:
        connection.close()
    return said, held


async def test_the_account_is_exact_after_any_use(path: Path) -> None:
    clock, chance = Clock(), random.Random(3)
    store = SqliteStore(path, max_bytes=1024**2, max_tenant_bytes=400_000, max_age=50, clock=clock, timeout=60)
    plain = SqliteStore(path, max_bytes=1024**2, max_age=50, clock=clock, timeout=60)
    for n in range(300):
        clock.now += chance.random() * 2 + (4000 if n == 200 else 0)
        user, tenant, key = chance.choice([store, plain]), chance.choice("abcd"), f"key{chance.randrange(30)}"
        if chance.random() < 0.7:
            await user.put(tenant, key, bytes(chance.choice([0, 1, 3000, 90_000])), ttl=20)
        else:
            await chance.choice([user.get, user.delete, user.touch])(tenant, key)
        said, held = _accounts(path)
        assert said == held
    await store.close()
    await plain.close()


def test_processes_keep_a_common_account(path: Path) -> None:
    program = [sys.executable, "-c", WRITER, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [subprocess.Popen([*program, name], env=environment, stderr=subprocess.PIPE) for name in "abc"]
    for process in processes:
        _, error = process.communicate(timeout=120)
        assert (process.returncode, error) == (0, b"")
    said, held = _accounts(path)
    assert said == held
    [total] = held.values()
    assert 40_000 < total <= 50_000


async def test_a_limit_that_comes_later_counts_what_is_held_already(path: Path) -> None:
    clock, counters = Clock(), Counters()
    before = SqliteStore(path, clock=clock, timeout=60)
    for n in range(200):
        clock.now += 1
        await before.put("tenant", f"key{n}", bytes(10_000), ttl=6000)
    await before.put("other", "key", b"value", ttl=6000)
    store = SqliteStore(path, clock=clock, timeout=60, max_tenant_bytes=100_000, counters=counters)
    assert await store.get("tenant", "key0") == bytes(10_000)
    said, held = _accounts(path)
    assert said == held
    for n in range(60):
        clock.now += 1
        await store.put("tenant", f"new{n}", bytes(10_000), ttl=6000)
    said, held = _accounts(path)
    assert said == held
    assert max(held.values()) == 100_000
    assert counters.get("store_evictions", cause="tenant") == 250
    assert set(await store.get_many("tenant", [f"new{n}" for n in range(60)])) == {f"new{n}" for n in range(50, 60)}
    # Those without a limit go on beside it, and are counted.
    await before.put("tenant", "key", bytes(10_000), ttl=6000)
    assert _accounts(path)[0] == _accounts(path)[1]
    assert await store.get("other", "key") == b"value"
    await before.close()
    await store.close()


async def test_a_put_never_evicts_its_own_entry_for_its_tenant(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, max_tenant_bytes=1000, max_age=100, clock=clock, timeout=60)
    await store.put("tenant", "key", b"x" * 900, ttl=600)
    clock.now += 1
    await store.put("tenant", "small", b"x" * 50, ttl=600)
    clock.now += 60
    await store.put("tenant", "key", b"y" * 1000, ttl=600)
    assert await store.get("tenant", "small") is Absent.MISSING
    clock.now += 38
    assert await store.get("tenant", "key") == b"y" * 1000
    clock.now += 1
    assert await store.get("tenant", "key") is Absent.EXPIRED
    await store.close()


async def test_many_tenants_leave_no_account_behind(path: Path) -> None:
    store = SqliteStore(path, max_tenant_bytes=1000, timeout=60)
    await asyncio.gather(*(store.put(f"tenant{n}", "key", bytes(n % 2), ttl=60) for n in range(50)))
    await asyncio.gather(*(store.delete(f"tenant{n}", "key") for n in range(50)))
    await store.close()
    assert _accounts(path) == ({}, {})
