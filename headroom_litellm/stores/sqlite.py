"""Originals in a file: they survive restarts and are shared by the processes of one machine."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from blake3 import blake3

from headroom_litellm.stores.base import Absent, Store, StoreError, StoreStats

if sys.platform != "win32":
    import fcntl

__all__ = ["SqliteStore"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_APPLICATION_ID = 0x48445243
_SCHEMA_VERSION = 1
# The value stands last, and its size beside it, so that no query on the rest has to read past it.
_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS entries (
      tenant BLOB NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, created REAL NOT NULL, expires REAL NOT NULL,
      ttl REAL NOT NULL, used REAL NOT NULL, value BLOB NOT NULL, PRIMARY KEY (tenant, key)
    )
    """,
    "CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires, size)",
    "CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used, size)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)
_PUT = """
INSERT INTO entries (tenant, key, size, created, expires, ttl, used, value)
VALUES (:tenant, :key, :size, :now, :now + min(:ttl, :max_age), :ttl, :now, :value)
ON CONFLICT (tenant, key) DO UPDATE SET
  created = CASE WHEN expires > :now THEN created ELSE :now END,
  expires = CASE WHEN expires > :now THEN min(:now + :ttl, created + :max_age) ELSE excluded.expires END,
  size = excluded.size, ttl = excluded.ttl, used = excluded.used, value = excluded.value
"""
_GET = "SELECT CASE WHEN expires > :now THEN value END FROM entries WHERE tenant = :tenant AND key = :key"
_RENEW = """
UPDATE entries SET used = :now, expires = min(:now + ttl, created + :max_age)
WHERE tenant = :tenant AND key = :key AND expires > :now
"""
_DELETE = "DELETE FROM entries WHERE tenant = :tenant AND key = :key"
_STATS = "SELECT count(*), coalesce(sum(size), 0) FROM entries WHERE expires > ?"
_SWEEP = "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires <= ? ORDER BY expires LIMIT 16)"
_EXPIRED = "SELECT rowid, size FROM entries WHERE expires <= ? ORDER BY expires LIMIT ?"
_LEAST_USED = """
SELECT rowid, size FROM entries
WHERE rowid IS NOT (SELECT rowid FROM entries WHERE tenant = :tenant AND key = :key) ORDER BY used LIMIT :limit
"""
_REMOVE = "DELETE FROM entries WHERE rowid = ?"

_PAGE_BYTES = 4096
_EMPTY_BYTES = 8 * _PAGE_BYTES
_ROW_BYTES = 150
_LOG_BYTES = 32 * 1024 * 1024
_SLICE = 256
# An expired entry is left in its place for a while, so that it can be told from one that never was.
_REMEMBERED_SECONDS = 3600.0
_TELLING = (
    "database is locked",
    "database or disk is full",
    "database disk image is malformed",
    "file is not a database",
    "disk I/O error",
    "unable to open database file",
    "attempt to write a readonly database",
)


class SqliteStore(Store):
    """Keeps entries in the SQLite file at `path`, a path or the URL `sqlite:///absolute/path` (`ValueError` otherwise).

    The file, readable by its owner only, is made on first use, with its directory. It must be on a local disk; any
    number of processes and stores may use it at once. What was acknowledged survives the death of the process, though
    the last of it perhaps not that of the machine. `max_bytes` (at least 1 MiB) bounds the file, though not the
    write-ahead log beside it, of some 32 MiB or the largest value: the least recently used entries go when there is
    no room, and a value that can never fit is refused with `StoreError`. `timeout` bounds every call as a whole,
    `max_age` is the ceiling of the contract, both in seconds; `clock` answers in seconds since the epoch, alike for
    all users of the file.

    Tells EXPIRED from MISSING for an hour, unless the room is needed. An entry that can be read but not renewed (the
    disk is full, another process holds the lock) is served all the same. A corrupt file is moved aside, to
    `path.corrupt-<time>`, and a new one begun; a database of another program is left alone, and every call fails.

    All work is done in one thread. May be used from several event loops and threads at once. Error messages name the
    kind of error, never a path, a key or a value.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = 1024**3,
        max_age: float = 24 * 3600.0,
        timeout: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if max_bytes < 1024**2 or not (max_age > 0 and timeout > 0):
            raise ValueError("max_bytes must be at least 1 MiB, max_age and timeout must be positive")
        self._path = _absolute(os.fspath(path))
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

    async def put(self, tenant: str, key: str, value: bytes, ttl: float) -> None:
        await self.put_many(tenant, {key: value}, ttl)

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        largest = max(map(len, values.values()), default=0)
        if _EMPTY_BYTES + _cost(largest) > self._max_bytes:
            raise StoreError(f"sqlite store: a value of {largest} bytes does not fit max_bytes ({self._max_bytes})")
        if values:
            await self._run(lambda db: self._put(db, tenant, values, ttl))

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        return (await self._run(lambda db: self._get(db, tenant, [key])))[key]

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        if not keys:
            return {}
        found = await self._run(lambda db: self._get(db, tenant, keys))
        return {key: value for key, value in found.items() if isinstance(value, bytes)}

    async def delete(self, tenant: str, key: str) -> None:
        await self._run(lambda db: db.execute(_DELETE, self._name(tenant, key)))

    async def touch(self, tenant: str, key: str) -> bool:
        return await self._run(lambda db: self._renew(db, tenant, [key], self._clock()) > 0)

    async def stats(self) -> StoreStats:
        entries, size = await self._run(lambda db: db.execute(_STATS, (self._clock(),)).fetchone())
        return StoreStats("sqlite", entries, size)

    async def close(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
            closing = None if worker is None else worker.close()
        if closing is not None:
            await asyncio.wait([asyncio.wrap_future(closing)], timeout=self._timeout)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._worker is None:
                # Half of the time for waiting on a lock leaves the rest for an answer that says so.
                self._worker = _Worker(_File(self._path, patience=self._timeout / 2))
            future = self._worker.submit(work)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout)
        except asyncio.TimeoutError:
            raise StoreError(f"sqlite store did not answer within {self._timeout:g} s") from None

    def _put(self, db: sqlite3.Connection, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        for key, value in values.items():
            now = self._clock()
            name = self._name(tenant, key)
            db.execute(_SWEEP, (now - _REMEMBERED_SECONDS,))
            self._make_room(db, _cost(len(value)), name, now)
            db.execute(_PUT, {**name, "now": now, "ttl": ttl, "size": len(value), "value": value})
        # SQLite empties the log when it finds nobody reading, and where processes are many it may never.
        with suppress(FileNotFoundError):
            if os.path.getsize(self._path + "-wal") > _LOG_BYTES:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _make_room(self, db: sqlite3.Connection, cost: int, name: dict[str, bytes | float], now: float) -> None:
        """Remove what expired, then what was least recently used, until `cost` bytes fit; never the entry `name`.

        What is removed is at most about twice the cost: a file far over its limit shrinks over several writes.
        """
        excess = min(_occupied(db) + cost - self._max_bytes, 2 * cost)
        while excess > 0:
            with _transaction(db):
                rows = db.execute(_EXPIRED, (now, _SLICE)).fetchall()
                rows = rows or db.execute(_LEAST_USED, {**name, "limit": _SLICE}).fetchall()
                if not rows:
                    return
                for rowid, size in rows:
                    if excess > 0:
                        db.execute(_REMOVE, (rowid,))
                        excess -= size + _ROW_BYTES

    def _get(self, db: sqlite3.Connection, tenant: str, keys: Sequence[str]) -> dict[str, bytes | Absent]:
        now = self._clock()
        found: dict[str, bytes | Absent] = {}
        for key in keys:
            row = db.execute(_GET, {**self._name(tenant, key), "now": now}).fetchone()
            if row is None:
                found[key] = Absent.MISSING
            else:
                found[key] = Absent.EXPIRED if row[0] is None else row[0]
        alive = [key for key, value in found.items() if isinstance(value, bytes)]
        if alive:
            with suppress(sqlite3.OperationalError):
                self._renew(db, tenant, alive, now)
        return found

    def _renew(self, db: sqlite3.Connection, tenant: str, keys: Sequence[str], now: float) -> int:
        """How many there were to renew."""
        with _transaction(db):
            return db.executemany(_RENEW, [{**self._name(tenant, key), "now": now} for key in keys]).rowcount

    def _name(self, tenant: str, key: str) -> dict[str, bytes | float]:
        """The parameters that every query on an entry shares. The digest keeps the tenant's name out of the file."""
        fence = blake3(tenant.encode("utf-8", "surrogatepass")).digest(length=16)
        return {"tenant": fence, "key": key.encode("utf-8", "surrogatepass"), "max_age": self._max_age}


class _Worker:
    """The one thread that a file is used from."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="headroom-sqlite")

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        try:
            return self._thread.submit(self._file.perform, work)
        except RuntimeError:
            raise StoreError("sqlite store: its thread cannot be started (the process is ending?)") from None

    def close(self) -> Future[None] | None:
        """Close the file and end the thread, after what was submitted before."""
        closing: Future[None] | None = None
        with suppress(RuntimeError):
            closing = self._thread.submit(self._file.close)
        self._thread.shutdown(wait=False)
        return closing


class _File:
    """The database at `path`: opened on first use, opened again when it was moved away, set aside when corrupt.

    For one thread only. `patience` is how many seconds to wait for another process's lock.
    """

    def __init__(self, path: str, *, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def perform(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`, which may be done twice; `StoreError` when it cannot be done."""
        try:
            try:
                return work(self._connected())
            except sqlite3.DatabaseError as error:
                if not _tells_of_corruption(error):
                    raise
                self._set_aside()
                return work(self._connected())
        except (sqlite3.Error, OSError, MemoryError, OverflowError) as error:
            raise StoreError(f"sqlite store cannot be used ({_kind(error)})") from None

    def close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def _connected(self) -> sqlite3.Connection:
        if self._db is not None and _identity(self._path) != self._identity:
            logger.warning("the sqlite store's file was moved or removed; it is opened anew: %s", self._path)
            self.close()
        if self._db is None:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            with _one_at_a_time(self._path, self._patience):
                self._db = self._open()
        return self._db

    def _open(self) -> sqlite3.Connection:
        # Only ever a new file: closing a descriptor of one in use would drop the locks that SQLite holds on it.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # Noted before it is opened: a file put there in between is then taken for another one, and never the reverse.
        self._identity = _identity(self._path)
        db = sqlite3.connect(
            f"{Path(self._path).as_uri()}?mode=rw", uri=True, timeout=self._patience, isolation_level=None
        )
        try:
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        with _transaction(db, "DEFERRED"):
            mark = (_number(db, "PRAGMA application_id"), _number(db, "PRAGMA user_version"))
            tables = _number(db, "SELECT count(*) FROM sqlite_master")
        ours = mark == (_APPLICATION_ID, _SCHEMA_VERSION)
        if not ours and (mark != (0, 0) or tables):
            raise StoreError("sqlite store: the file is another program's database, or of another version")
        db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        if not ours:
            with _transaction(db):
                for statement in _SCHEMA:
                    db.execute(statement)

    def _set_aside(self) -> None:
        self.close()
        aside = f"{self._path}.corrupt-{datetime.now(timezone.utc):%Y%m%dT%H%M%S.%fZ}"
        with _one_at_a_time(self._path, self._patience):
            if _identity(self._path) != self._identity:
                return  # another user of the file was faster
            # The log goes first: left beside a new file, it would be taken for that one's.
            for suffix in ("-wal", "-shm", ""):
                with suppress(FileNotFoundError):
                    os.replace(self._path + suffix, aside + suffix)
        logger.error("the sqlite store's file is corrupt; it was moved to %s and a new one is begun", aside)


@contextmanager
def _one_at_a_time(path: str, patience: float) -> Iterator[None]:
    """Shuts out all others who open or move the file; but goes on without where there are no such locks, or no end."""
    descriptor = None
    try:
        with suppress(OSError):
            # Of the directory, since the file itself may be moved while its lock is waited for.
            descriptor = os.open(os.path.dirname(path), os.O_RDONLY)
            deadline = time.monotonic() + patience
            while not _locked(descriptor) and time.monotonic() < deadline:
                time.sleep(0.01)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@contextmanager
def _transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    # SQLite waits for the write lock only where the transaction has not read anything yet: hence IMMEDIATE.
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


def _occupied(db: sqlite3.Connection) -> int:
    return (_number(db, "PRAGMA page_count") - _number(db, "PRAGMA freelist_count")) * _PAGE_BYTES


def _cost(size: int) -> int:
    """What a value of that size takes up in the file, at most: its own pages, and those split for its row."""
    return (size // (_PAGE_BYTES - 4) + 8) * _PAGE_BYTES


def _number(db: sqlite3.Connection, query: str) -> int:
    number: int = db.execute(query).fetchone()[0]
    return number


def _absolute(path: str) -> str:
    scheme, rest = path[:9].lower(), path[9:]
    if scheme == "sqlite://":
        if not rest.startswith("/") or "?" in rest or "#" in rest:
            raise ValueError("this SQLite URL cannot be used: it must be sqlite:///absolute/path, and no more")
        path = unquote(rest)
    if not path or path.endswith("/") or "\0" in path:
        raise ValueError("the path of the SQLite file must name a file")
    return os.path.abspath(path)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _tells_of_corruption(error: sqlite3.DatabaseError) -> bool:
    # The error's own class alone, not the ones below it, stands for a bad file; Python 3.10 has no error codes.
    return type(error) is sqlite3.DatabaseError and any(sign in str(error) for sign in ("malformed", "not a database"))


def _kind(error: Exception) -> str:
    """SQLite's own words where they are known to be fixed: others may quote what the file holds."""
    return next((text for text in _TELLING if str(error) == text), type(error).__name__)
