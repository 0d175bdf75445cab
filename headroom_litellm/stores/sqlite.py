"""Originals in a file: they survive restarts and are shared by the processes of one machine."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from ..report.counters import Counters
from ._sqlite_file import DISK_FULL, LOG_BYTES, PAGE_BYTES, SqliteFile, absolute_path, number, transaction
from ._sqlite_thread import SqliteWorker
from .base import Absent, Store, StoreError, StoreStats, fence_of
from .breaker import Breaker

__all__ = ["SqliteStore"]

T = TypeVar("T")

_PUT = """
INSERT INTO entries (tenant, key, size, created, expires, ttl, used, value)
VALUES (:tenant, :key, :size, :now, :now + min(:ttl, :max_age), :ttl, :now, :value)
ON CONFLICT (tenant, key) DO UPDATE SET
  created = CASE WHEN expires > :now THEN min(created, :now) ELSE :now END,
  expires = CASE WHEN expires > :now THEN min(:now + :ttl, min(created, :now) + :max_age) ELSE excluded.expires END,
  size = excluded.size, ttl = excluded.ttl, used = excluded.used, value = excluded.value
"""
_GET = "SELECT CASE WHEN expires > :now THEN value END FROM entries WHERE tenant = :tenant AND key = :key"
_RENEW = """
UPDATE entries
SET used = :now, created = min(created, :now), expires = min(:now + ttl, min(created, :now) + :max_age)
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
_HELD = """
SELECT coalesce((SELECT bytes FROM tenants WHERE tenant = :tenant), 0)
     - coalesce((SELECT size FROM entries WHERE tenant = :tenant AND key = :key), 0)
"""
_LEAST_USED_OF_TENANT = """
SELECT rowid, size FROM entries
WHERE tenant = :tenant AND rowid IS NOT (SELECT rowid FROM entries WHERE tenant = :tenant AND key = :key)
ORDER BY used LIMIT :limit
"""
# Where the clock was put back, what seems to be used later than now would be the last to make room.
_MEND = """
UPDATE entries SET used = :now, created = min(created, :now), expires = min(expires, :now + min(ttl, :max_age))
WHERE rowid IN (SELECT rowid FROM entries WHERE used > :now + 60 ORDER BY used DESC LIMIT 16)
"""
_REMOVE = "DELETE FROM entries WHERE rowid = ?"

_EMPTY_BYTES = 8 * PAGE_BYTES
_ROW_BYTES = 150
_SLICE = 256
# An expired entry is left in its place for a while, so that it can be told from one that never was.
_REMEMBERED_SECONDS = 3600.0


class SqliteStore(Store):
    """Keeps entries in the SQLite file at `path`, a path or the URL `sqlite:///absolute/path` (`ValueError` otherwise).

    The file, readable by its owner only, is made on first use, with its directory. It must be on a local disk; any
    number of processes and stores may use it at once. What was acknowledged survives the death of the process, though
    the last of it perhaps not that of the machine. `max_bytes` (at least 1 MiB) bounds the file, but for what several
    processes write at the same moment, and not the write-ahead log beside it, of some 32 MiB or the largest value: the
    least recently used entries go when there is no room, and a value that can never fit is refused with `StoreError`.
    So it is with `max_tenant_bytes` of values for each tenant, expired ones that are still remembered among them; the
    first user of a file with that limit reads through the file once, and a limit that was lowered is reached over
    several writes.

    `timeout` bounds every call as a whole, `max_age` is the ceiling of the contract, both in seconds; `clock` answers
    in seconds since the epoch, alike for all users of the file. After a call that was not answered in time, as by a
    disk that hangs, calls fail at once for `retry_after` seconds, then one goes through and decides for the others.
    When the clock is put back, entries live longer by as much at most.

    Tells EXPIRED from MISSING for an hour, unless the room is needed. An entry that can be read but not renewed (the
    disk is full, another process holds the lock) is served all the same. A corrupt file is moved aside, to
    `path.corrupt-<time>`, and a new one begun; a database of another program is left alone, and every call fails.

    Counts `store_evictions` and `store_refused` (by cause: bytes, tenant), `store_expired`, `store_calls`,
    `store_call_seconds`, `store_call_failures` (timeout, held_back, refused) and `store_breaker` (opened, closed).

    All work is done in one thread. May be used from several event loops and threads at once, but not in a process that
    was forked off after the first use (`StoreError`). Error messages name the kind of error, never a path, a key or a
    value.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = 1024**3,
        max_tenant_bytes: int | None = None,
        max_age: float = 24 * 3600.0,
        timeout: float = 2.0,
        retry_after: float = 1.0,
        clock: Callable[[], float] = time.time,
        counters: Counters | None = None,
    ) -> None:
        if max_bytes < 1024**2 or not (max_age > 0 and timeout > 0 and retry_after >= 0):
            raise ValueError("max_bytes must be at least 1 MiB, max_age and timeout must be positive")
        if max_tenant_bytes is not None and max_tenant_bytes < 1:
            raise ValueError("max_tenant_bytes must be positive")
        self._path = absolute_path(os.fspath(path))
        self._max_bytes = max_bytes
        self._max_tenant_bytes = max_tenant_bytes
        self._max_age = max_age
        self._timeout = timeout
        self._clock = clock
        self._counters = counters or Counters()
        self._breaker = Breaker(retry_after=retry_after, timeout=timeout, counters=self._counters)
        self._lock = threading.Lock()
        self._worker: SqliteWorker | None = None

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        self._check(max(map(len, values.values()), default=0))
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
        if not self._breaker.admits():
            raise StoreError("sqlite store did not answer a moment ago, not tried again yet")
        with self._lock:
            if self._worker is None:
                # Half of the time for waiting on a lock leaves the rest for an answer that says so.
                file = SqliteFile(self._path, patience=self._timeout / 2, accounts=self._max_tenant_bytes is not None)
                self._worker = SqliteWorker(file)
            future = self._worker.submit(work)
        future.add_done_callback(self._note_answer)
        self._counters.add("store_calls")
        began = time.perf_counter()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout)
        except asyncio.TimeoutError:
            message = f"sqlite store did not answer within {self._timeout:g} s"
            self._counters.add("store_call_failures", cause="timeout")
            answered = future.done() and not future.cancelled()
            if not answered:
                self._breaker.failed()
            raise StoreError(message) from None
        except StoreError:
            self._counters.add("store_call_failures", cause="refused")
            raise
        finally:
            self._counters.add("store_call_seconds", time.perf_counter() - began)

    def _note_answer(self, future: Future[T]) -> None:
        # An answer that comes too late for its caller tells as well that the disk works.
        if not future.cancelled():
            self._breaker.succeeded()

    def _check(self, largest: int) -> None:
        if _EMPTY_BYTES + _cost(largest) > self._max_bytes:
            self._counters.add("store_refused", cause="bytes")
            raise StoreError(f"sqlite store: a value of {largest} bytes does not fit max_bytes ({self._max_bytes})")
        if self._max_tenant_bytes is not None and largest > self._max_tenant_bytes:
            self._counters.add("store_refused", cause="tenant")
            raise StoreError(
                f"sqlite store: a value of {largest} bytes is over max_tenant_bytes ({self._max_tenant_bytes})"
            )

    def _put(self, db: sqlite3.Connection, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        try:
            self._write(db, tenant, values, ttl)
        except sqlite3.OperationalError as error:
            if str(error) != DISK_FULL:
                raise
            # It may be the log that fills it: SQLite empties that only when a write has succeeded.
            with suppress(sqlite3.OperationalError):
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._write(db, tenant, values, ttl)

    def _write(self, db: sqlite3.Connection, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        for key, value in values.items():
            now = self._clock()
            entry = {**self._name(tenant, key), "now": now, "ttl": ttl, "size": len(value), "value": value}
            db.execute(_SWEEP, (now - _REMEMBERED_SECONDS,))
            db.execute(_MEND, {"now": now, "max_age": self._max_age})
            self._make_room(db, _cost(len(value)), entry, now)
            with transaction(db):
                if self._max_tenant_bytes is not None:
                    self._make_room_of_tenant(db, self._max_tenant_bytes, len(value), entry)
                db.execute(_PUT, entry)
        # SQLite empties the log when it finds nobody reading, and where processes are many it may never.
        with suppress(FileNotFoundError, sqlite3.OperationalError):
            if os.path.getsize(self._path + "-wal") > LOG_BYTES:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _make_room(self, db: sqlite3.Connection, cost: int, name: Mapping[str, bytes | float], now: float) -> None:
        """Remove what expired, then what was least recently used, until `cost` bytes fit; never the entry `name`.

        What is removed is at most about twice the cost: a file far over its limit shrinks over several writes.
        """
        excess = min(_occupied(db) + cost - self._max_bytes, 2 * cost)
        while excess > 0:
            with transaction(db):
                expired = db.execute(_EXPIRED, (now, _SLICE)).fetchall()
                rows = expired or db.execute(_LEAST_USED, {**name, "limit": _SLICE}).fetchall()
                if not rows:
                    return
                for rowid, size in rows:
                    if excess > 0:
                        db.execute(_REMOVE, (rowid,))
                        excess -= size + _ROW_BYTES
                        if not expired:
                            self._counters.add("store_evictions", cause="bytes")

    def _make_room_of_tenant(
        self, db: sqlite3.Connection, limit: int, size: int, name: Mapping[str, bytes | float]
    ) -> None:
        """As `_make_room`, among the tenant's own; within the transaction of what it is for, so that it is exact."""
        excess = min(number(db, _HELD, name) + size - limit, 2 * _cost(size))
        while excess > 0:
            rows = db.execute(_LEAST_USED_OF_TENANT, {**name, "limit": _SLICE}).fetchall()
            if not rows:
                return
            for rowid, freed in rows:
                if excess > 0:
                    db.execute(_REMOVE, (rowid,))
                    excess -= freed
                    self._counters.add("store_evictions", cause="tenant")

    def _get(self, db: sqlite3.Connection, tenant: str, keys: Sequence[str]) -> dict[str, bytes | Absent]:
        now = self._clock()
        found: dict[str, bytes | Absent] = {}
        for key in keys:
            row = db.execute(_GET, {**self._name(tenant, key), "now": now}).fetchone()
            if row is None:
                found[key] = Absent.MISSING
            else:
                found[key] = Absent.EXPIRED if row[0] is None else row[0]
        expired = sum(value is Absent.EXPIRED for value in found.values())
        if expired:
            self._counters.add("store_expired", expired)
        alive = [key for key, value in found.items() if isinstance(value, bytes)]
        if alive:
            with suppress(sqlite3.OperationalError):
                self._renew(db, tenant, alive, now)
        return found

    def _renew(self, db: sqlite3.Connection, tenant: str, keys: Sequence[str], now: float) -> int:
        """How many there were to renew."""
        with transaction(db):
            return db.executemany(_RENEW, [{**self._name(tenant, key), "now": now} for key in keys]).rowcount

    def _name(self, tenant: str, key: str) -> dict[str, bytes | float]:
        """The parameters that every query on an entry shares."""
        return {"tenant": fence_of(tenant), "key": key.encode("utf-8", "surrogatepass"), "max_age": self._max_age}


def _occupied(db: sqlite3.Connection) -> int:
    return (number(db, "PRAGMA page_count") - number(db, "PRAGMA freelist_count")) * PAGE_BYTES


def _cost(size: int) -> int:
    """What a value of that size takes up in the file, at most: its own pages, and those split for its row."""
    return (size // (PAGE_BYTES - 4) + 8) * PAGE_BYTES
