"""One SQLite file: opened late, opened anew, set aside when corrupt."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from .base import StoreError

if sys.platform != "win32":
    import fcntl

__all__ = [
    "DISK_FULL",
    "LOG_BYTES",
    "PAGE_BYTES",
    "SqliteFile",
    "absolute_path",
    "number",
    "transaction",
]

logger = logging.getLogger(__name__)

T = TypeVar("T")

PAGE_BYTES = 4096
LOG_BYTES = 32 * 1024 * 1024
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
# What each tenant holds. Kept by the database itself, so that it is exact whoever writes, also one without a limit.
_ACCOUNTS = (
    "CREATE TABLE IF NOT EXISTS tenants (tenant BLOB PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS entries_by_tenant_and_use ON entries (tenant, used, size)",
    """
    CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entries BEGIN
      INSERT INTO tenants VALUES (new.tenant, new.size)
      ON CONFLICT (tenant) DO UPDATE SET bytes = bytes + excluded.bytes;
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS entry_changed AFTER UPDATE OF size ON entries BEGIN
      UPDATE tenants SET bytes = bytes + new.size - old.size WHERE tenant = new.tenant;
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS entry_removed AFTER DELETE ON entries BEGIN
      UPDATE tenants SET bytes = bytes - old.size WHERE tenant = old.tenant;
      DELETE FROM tenants WHERE tenant = old.tenant AND bytes = 0
      AND NOT EXISTS (SELECT 1 FROM entries WHERE tenant = old.tenant);
    END
    """,
    "INSERT OR REPLACE INTO tenants SELECT tenant, sum(size) FROM entries GROUP BY tenant",
)
DISK_FULL = "database or disk is full"
_TELLING = (
    "database is locked",
    DISK_FULL,
    "database disk image is malformed",
    "file is not a database",
    "disk I/O error",
    "unable to open database file",
    "attempt to write a readonly database",
)


class SqliteFile:
    """The database at `path`: opened on first use, opened again when it was moved away, set aside when corrupt.

    For one thread only. `patience` is how many seconds to wait for another process's lock. With `accounts` the database
    keeps in `tenants` what each tenant holds, from now on for all users of the file.
    """

    def __init__(self, path: str, *, patience: float, accounts: bool = False) -> None:
        self._path = path
        self._patience = patience
        self._accounts = accounts
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
        with transaction(db, "DEFERRED"):
            mark = (number(db, "PRAGMA application_id"), number(db, "PRAGMA user_version"))
            tables = number(db, "SELECT count(*) FROM sqlite_master")
        ours = mark == (_APPLICATION_ID, _SCHEMA_VERSION)
        if not ours and (mark != (0, 0) or tables):
            raise StoreError("sqlite store: the file is another program's database, or of another version")
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        if not ours:
            with transaction(db):
                for statement in _SCHEMA:
                    db.execute(statement)
        if self._accounts and not number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'tenants'"):
            with transaction(db):
                for statement in _ACCOUNTS:
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
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
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


def number(db: sqlite3.Connection, query: str, parameters: Mapping[str, bytes | float] | None = None) -> int:
    number: int = db.execute(query, parameters or {}).fetchone()[0]
    return number


def absolute_path(path: str) -> str:
    """Of a path, or of the URL `sqlite:///absolute/path`; `ValueError` when it names no file."""
    scheme, rest = path[:9].lower(), path[9:]
    if scheme == "sqlite://":
        if not rest.startswith("/") or "?" in rest or "#" in rest:
            raise ValueError("this SQLite URL cannot be used: it must be sqlite:///absolute/path, and no more")
        path = unquote(rest)
    if not path or path.endswith("/") or "\0" in path or os.path.isdir(path):
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
