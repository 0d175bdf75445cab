"""What the SQLite store promises beyond the contract."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import pytest

from headroom_litellm.stores import Absent, SealedStore, StoreError, from_url
from headroom_litellm.stores.sqlite import SqliteStore

from .backends import PASSPHRASE, Clock

MIB = 1024 * 1024
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

# Says each key once it is acknowledged, and never ends by itself.
WRITER = """
import asyncio, itertools, sys
from headroom_litellm.stores.sqlite import SqliteStore

async def main(path, name):
    store = SqliteStore(path, timeout=20)
    sys.stdin.readline()
    for n in itertools.count():
        key = f"{name}{n}"
        await store.put("tenant", key, key.encode() * 1000, ttl=600)
        print(key, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


class Writer:
    """A process that writes to the file from `start` on, until it is killed by the end of the `with`."""

    def __init__(self, path: Path, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def start(self) -> None:
        stdin = _pipe(self._process.stdin)
        stdin.write(b"\n")
        stdin.flush()

    def acknowledged(self, count: int) -> list[str]:
        """The next `count` keys; fewer when it failed."""
        stdout = _pipe(self._process.stdout)
        return [line.decode().strip() for line in (stdout.readline() for _ in range(count)) if line]

    def kill(self) -> list[str]:
        """Kill -9; what it had acknowledged that was not yet asked for."""
        self._process.kill()
        out, error = self._process.communicate()
        assert not error
        return [line.decode() for line in out.splitlines(keepends=False)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made on first use" / "store.db"


@pytest.fixture
async def sqlite_store(path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, timeout=10)
    yield store
    await store.close()


# --- survival and sharing ------------------------------------------------------------------------------------------


async def test_entries_survive_a_restart(path: Path) -> None:
    clock = Clock()
    before = SqliteStore(path, clock=clock, timeout=10)
    await before.put("tenant", "key", b"value", ttl=60)
    await before.put("tenant", "short", b"value", ttl=1)
    await before.close()
    clock.now += 30
    after = SqliteStore(path, clock=clock, timeout=10)
    assert await after.get("tenant", "key") == b"value"
    assert await after.get("tenant", "short") is Absent.EXPIRED
    await after.close()


async def test_what_was_acknowledged_survives_kill_9_of_the_writer(path: Path, sqlite_store: SqliteStore) -> None:
    with Writer(path, "a") as writer:
        writer.start()
        keys = writer.acknowledged(200)
        assert len(keys) == 200
        keys += writer.kill()
    assert _size(path.with_name("store.db-wal")) > 0
    assert await sqlite_store.get_many("tenant", keys) == {key: key.encode() * 1000 for key in keys}
    await sqlite_store.put("tenant", "later", b"value", ttl=60)
    await sqlite_store.close()
    assert _query(path, "PRAGMA integrity_check") == [("ok",)]


async def test_processes_share_one_file_from_its_first_moment(path: Path, sqlite_store: SqliteStore) -> None:
    with Writer(path, "a") as a, Writer(path, "b") as b, Writer(path, "c") as c:
        for writer in (a, b, c):
            writer.start()
        own = [f"own{n}" for n in range(100)]
        for key in own:
            await sqlite_store.put("tenant", key, key.encode() * 1000, ttl=60)
        keys = a.acknowledged(100) + b.acknowledged(100) + c.acknowledged(100)
        assert len(keys) == 300
        found = await sqlite_store.get_many("tenant", keys + own)
    assert found == {key: key.encode() * 1000 for key in keys + own}


async def test_two_stores_of_one_process_share_one_file(path: Path, sqlite_store: SqliteStore) -> None:
    other = SqliteStore(path, timeout=10)
    await sqlite_store.put("tenant", "key", b"value", ttl=60)
    assert await other.get("tenant", "key") == b"value"
    await other.close()
    await sqlite_store.delete("tenant", "key")
    assert await sqlite_store.get("tenant", "key") is Absent.MISSING


async def test_a_lock_held_elsewhere_is_an_error_within_the_timeout_and_reads_go_on(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, timeout=0.8, clock=clock)
    await store.put("tenant", "key", b"value", ttl=60)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for call in (
        store.put("tenant", "key", b"other", ttl=60),
        store.touch("tenant", "key"),
        store.delete("tenant", "key"),
    ):
        started = time.perf_counter()
        with pytest.raises(StoreError, match=r"cannot be used \(database is locked\)"):
            await call
        assert time.perf_counter() - started < 2
    clock.now += 50
    assert await store.get("tenant", "key") == b"value"
    assert await store.get_many("tenant", ["key"]) == {"key": b"value"}
    holder.execute("ROLLBACK")
    holder.close()
    assert await store.touch("tenant", "key")
    clock.now += 50
    assert await store.get("tenant", "key") == b"value"
    await store.close()


async def test_a_file_that_is_removed_or_replaced_is_opened_anew(
    path: Path, sqlite_store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    await sqlite_store.put("tenant", "key", b"value", ttl=60)
    for file in path.parent.iterdir():
        file.unlink()
    await sqlite_store.put("tenant", "key", b"new", ttl=60)
    assert len(caplog.records) == 1
    other = SqliteStore(path, timeout=10)
    assert await other.get("tenant", "key") == b"new"
    await other.close()


# --- limits --------------------------------------------------------------------------------------------------------


async def test_the_file_stays_within_max_bytes_and_the_least_recently_used_go(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, max_bytes=2 * MIB, clock=clock, timeout=10)
    value = os.urandom(50_000)
    for n in range(120):
        clock.now += 1
        await store.put("tenant", f"key{n}", value, ttl=6000)
        assert await store.get("tenant", "key0") == value
    await store.close()
    assert _size(path) <= 2 * MIB
    store = SqliteStore(path, max_bytes=2 * MIB, clock=clock, timeout=10)
    held = await store.get_many("tenant", [f"key{n}" for n in range(120)])
    assert 30 <= len(held) <= 41
    assert list(held) == ["key0", *(f"key{n}" for n in range(121 - len(held), 120))]
    stats = await store.stats()
    assert (stats.entries, stats.bytes) == (len(held), len(held) * 50_000)
    await store.close()


@pytest.mark.parametrize("size", [1, 3000, 5000, 300_000])
async def test_values_of_any_size_stay_within_max_bytes(path: Path, size: int) -> None:
    store = SqliteStore(path, max_bytes=MIB, timeout=10)
    count = max(20, min(8000, 3 * MIB // size))
    await store.put_many("tenant", {f"{n:024}": os.urandom(size) for n in range(count)}, ttl=60)
    held = (await store.stats()).bytes
    assert held is not None
    assert held > (0 if size == 1 else 0.5 * MIB)
    assert _size(path) <= MIB
    await store.close()


async def test_room_is_made_by_what_expired_first(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, max_bytes=MIB, clock=clock, timeout=10)
    await store.put("tenant", "old", b"x" * 300_000, ttl=6000)
    clock.now += 1
    await store.put("tenant", "expired", b"x" * 300_000, ttl=1)
    clock.now += 10
    await store.put("tenant", "new", b"x" * 500_000, ttl=60)
    assert set(await store.get_many("tenant", ["old", "expired", "new"])) == {"old", "new"}
    await store.close()


async def test_a_put_never_evicts_its_own_entry_and_so_never_renews_its_ceiling(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, max_bytes=MIB, max_age=100, clock=clock, timeout=10)
    await store.put("tenant", "key", b"x" * 600_000, ttl=60)
    clock.now += 50
    await store.put("tenant", "key", b"y" * 600_000, ttl=60)
    clock.now += 49
    assert await store.get("tenant", "key") == b"y" * 600_000
    clock.now += 1
    assert await store.get("tenant", "key") is Absent.EXPIRED
    await store.close()


async def test_a_value_that_can_never_fit_is_refused_and_the_rest_kept(path: Path) -> None:
    store = SqliteStore(path, max_bytes=MIB, timeout=10)
    await store.put("tenant", "a", b"x", ttl=60)
    with pytest.raises(StoreError, match="max_bytes"):
        await store.put_many("tenant", {"b": b"x", "c": b"x" * MIB}, ttl=60)
    assert await store.get_many("tenant", ["a", "b"]) == {"a": b"x"}
    await store.put("tenant", "c", b"x" * (MIB - 70_000), ttl=60)
    await store.close()
    assert _size(path) <= MIB


async def test_the_log_is_emptied_once_it_is_large(path: Path) -> None:
    store = SqliteStore(path, timeout=10)
    await store.put("tenant", "key", b"value", ttl=60)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN").execute("SELECT count(*) FROM entries").fetchall()
    for n in range(3):
        await store.put("tenant", f"key{n}", os.urandom(10 * MIB), ttl=60)
    assert _size(path.with_name("store.db-wal")) > 30 * MIB
    reader.execute("COMMIT")
    reader.close()
    await store.put("tenant", "key3", os.urandom(3 * MIB), ttl=60)
    assert _size(path.with_name("store.db-wal")) == 0
    await store.close()


async def test_a_lowered_limit_is_reached_over_several_writes(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, clock=clock, timeout=10)
    for n in range(100):
        clock.now += 1
        await store.put("tenant", f"key{n}", b"x" * 40_000, ttl=6000)
    await store.close()
    store = SqliteStore(path, max_bytes=MIB, clock=clock, timeout=10)
    held = []
    for n in range(200):
        clock.now += 1
        await store.put("tenant", f"new{n}", b"x" * 20_000, ttl=6000)
        held.append((await store.stats()).bytes or 0)
    assert held[0] > 3_500_000
    assert held[-1] < MIB
    await store.close()


async def test_expired_entries_are_remembered_for_a_while_and_then_swept_a_few_at_each_write(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(path, clock=clock, timeout=10)
    await store.put_many("tenant", {f"key{n}": b"x" * 1000 for n in range(40)}, ttl=60)
    clock.now += 61
    await store.put("tenant", "other", b"x", ttl=60)
    assert await store.get("tenant", "key0") is Absent.EXPIRED
    assert (await store.stats()).entries == 1
    clock.now += 3600
    rows = []
    for n in range(4):
        await store.put("tenant", f"other{n}", b"x", ttl=60)
        rows += [_query(path, "SELECT count(*) FROM entries WHERE size = 1000")[0][0]]
    assert rows == [24, 8, 0, 0]
    assert await store.get("tenant", "key0") is Absent.MISSING
    await store.close()


@pytest.mark.parametrize("options", [{"max_bytes": MIB - 1}, {"max_age": 0}, {"timeout": 0}])
def test_limits_that_hold_nothing_are_refused(path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        SqliteStore(path, **options)


# --- trouble -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["header", "everything", "pages", "truncated"])
async def test_a_corrupt_file_is_moved_aside_with_one_line_and_a_new_one_begun(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = SqliteStore(path, timeout=10)
    await store.put_many("tenant", {f"key{n}": os.urandom(3000) for n in range(200)}, ttl=60)
    await store.close()
    content = bytearray(_content(path))
    if damage == "header":
        content[:16] = b"not what it was\n"
    elif damage == "everything":
        content[:] = b"no database at all, but important" * 100
    elif damage == "pages":
        content[4096:] = b"\xff" * (len(content) - 4096)
    else:
        del content[8192:]
    with path.open("wb") as file:
        file.write(content)

    store = SqliteStore(path, timeout=10)
    assert await store.get("tenant", "key1") is Absent.MISSING
    await store.put("tenant", "key", b"value", ttl=60)
    assert await store.get("tenant", "key") == b"value"
    await store.close()
    [aside] = path.parent.glob("store.db.corrupt-*")
    assert aside.read_bytes() == content
    [line] = caplog.records
    assert line.levelno == logging.ERROR
    assert str(aside) in line.getMessage()
    assert {file.name for file in path.parent.iterdir()} == {path.name, aside.name}


async def test_corruption_while_running_is_noticed_by_every_user_of_the_file(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stores = [SqliteStore(path, timeout=10) for _ in range(3)]
    for store in stores:
        await store.put_many("tenant", {f"key{n}": os.urandom(3000) for n in range(500)}, ttl=60)
    with sqlite3.connect(path) as outsider:
        outsider.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    outsider.close()
    size = _size(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    keys = [f"key{n}" for n in range(500)]
    await asyncio.gather(*(store.get_many("tenant", keys) for store in stores))
    for n, store in enumerate(stores):
        await store.put("tenant", f"new{n}", b"value", ttl=60)
    for store in stores:
        assert len(await store.get_many("tenant", ["new0", "new1", "new2"])) == 3
        await store.close()
    assert _query(path, "PRAGMA integrity_check") == [("ok",)]
    [aside] = path.parent.glob("store.db.corrupt-*Z")
    assert [str(aside) in record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [True]


async def test_a_new_file_that_another_user_began_is_not_moved_aside_in_place_of_the_corrupt_one(
    path: Path, sqlite_store: SqliteStore
) -> None:
    await sqlite_store.put("tenant", "key", b"value", ttl=60)
    done: list[int] = []

    def fail_late(db: sqlite3.Connection) -> int:
        if not done:
            done.append(1)
            path.rename(path.with_name("moved by another user"))
            path.touch()
            raise sqlite3.DatabaseError("database disk image is malformed")
        return 1

    assert await sqlite_store._run(fail_late) == 1
    assert not list(path.parent.glob("*corrupt*"))


async def test_a_full_disk_is_an_error_without_payload_and_what_is_held_stays(path: Path) -> None:
    store = SqliteStore(path, timeout=10)
    await store.put("tenant", "held", b"held value", ttl=60)
    await store._run(lambda db: db.execute("PRAGMA max_page_count = 12").fetchall())
    tenant, key, payload = "tenant-token", "key-name", b"secret payload" * 10_000
    with pytest.raises(StoreError, match=r"cannot be used \(database or disk is full\)") as caught:
        await store.put(tenant, key, payload, ttl=60)
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(private in shown for private in ("secret payload", tenant, key, str(path.parent)))
    assert await store.get("tenant", "held") == b"held value"
    assert await store.get(tenant, key) is Absent.MISSING
    await store._run(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchall())
    await store.put(tenant, key, payload, ttl=60)
    assert await store.get(tenant, key) == payload
    await store.close()


async def test_another_program_s_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE precious (thing)")
    other.close()
    content = _content(path)
    store = SqliteStore(path, timeout=10)
    for call in (store.put("tenant", "key", b"value", ttl=60), store.get("tenant", "key"), store.stats()):
        with pytest.raises(StoreError, match="another program's database"):
            await call
    await store.close()
    assert _content(path) == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_path_that_cannot_be_used_is_an_error_that_does_not_show_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = SqliteStore(tmp_path / "file" / "store.db", timeout=10)
    with pytest.raises(StoreError, match="cannot be used") as caught:
        await store.put("tenant", "key", b"value", ttl=60)
    assert str(tmp_path) not in "".join(traceback.format_exception(caught.value))
    await store.close()
    with pytest.raises(ValueError, match="must name a file") as refused:
        SqliteStore(tmp_path)
    assert str(tmp_path) not in str(refused.value)


async def test_work_that_takes_too_long_is_an_error_within_the_timeout(path: Path) -> None:
    store = SqliteStore(path, timeout=0.8, retry_after=0.05)
    await store.put("tenant", "key", b"value", ttl=60)
    release = threading.Event()
    busy = asyncio.ensure_future(store._run(lambda db: release.wait(5)))
    await asyncio.sleep(0)
    started = time.perf_counter()
    with pytest.raises(StoreError, match=r"did not answer within 0\.8 s"):
        await store.get("tenant", "key")
    assert time.perf_counter() - started < 2
    release.set()
    with pytest.raises(StoreError, match="did not answer"):
        await busy
    await asyncio.sleep(0.1)
    assert await store.get("tenant", "key") == b"value"
    await store.close()


# --- the file ------------------------------------------------------------------------------------------------------


async def test_nothing_is_readable_in_the_files_when_encrypted(path: Path) -> None:
    store = SealedStore(SqliteStore(path, timeout=10), encryption_keys=[PASSPHRASE])
    await store.put_many("tenant-token", {"short": b"a secret", "long": b"The quick brown fox. " * 5000}, ttl=60)
    files = list(path.parent.iterdir())
    assert len(files) == 3
    everything = b"".join(map(_content, files))
    await store.close()
    everything += _content(path)
    assert b"short" in everything
    assert not any(private in everything for private in (b"secret", b"fox", b"tenant-token"))


@pytest.mark.skipif(os.name == "nt", reason="files have no mode there")
async def test_only_the_owner_may_read_the_files(path: Path, sqlite_store: SqliteStore) -> None:
    former = os.umask(0)
    try:
        await sqlite_store.put("tenant", "key", b"value", ttl=60)
    finally:
        os.umask(former)
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()} == dict.fromkeys(
        ("store.db", "store.db-wal", "store.db-shm"), "0o600"
    )
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_the_file_is_kept_the_way_that_survives_a_crash(sqlite_store: SqliteStore) -> None:
    pragmas = ("journal_mode", "synchronous")
    kept = await sqlite_store._run(lambda db: [db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas])
    assert kept == ["wal", 1]


async def test_all_work_is_done_in_one_thread_that_ends_with_close(path: Path) -> None:
    def running() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if "headroom-sqlite" in thread.name}

    others = running()
    store = SqliteStore(path, timeout=10)
    assert running() <= others
    assert not path.parent.exists()
    threads = {await store._run(lambda db: threading.current_thread()) for _ in range(5)}
    assert running() - others == threads
    [thread] = threads
    await store.close()
    thread.join(5)
    assert running() <= others
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_names_of_any_kind_make_a_path(tmp_path: Path) -> None:
    for name in ("a b.db", "50%25?mode=memory#x.db", "file:x.db", ":memory:", "名前.db"):
        store = SqliteStore(tmp_path / name, timeout=10)
        await store.put("tenant", "key", name.encode(), ttl=60)
        await store.close()
        assert _size(tmp_path / name) > 0


async def test_a_url_names_the_file(path: Path) -> None:
    store = from_url(f"sqlite://{str(path).replace(' ', '%20')}", timeout=10, max_age=60)
    assert isinstance(store, SqliteStore)
    await store.put("tenant", "key", b"value", ttl=60)
    await store.close()
    assert _size(path) > 0


@pytest.mark.parametrize(
    "url", ["sqlite://secret.db", "sqlite://", "sqlite:///", "sqlite:///secret?mode=ro", "sqlite:///secret%00", ""]
)
def test_urls_and_paths_that_name_no_file_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite") as refused:
        SqliteStore(url)
    assert "secret" not in str(refused.value)


def _query(path: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _size(path: Path) -> int:
    return path.stat().st_size


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
