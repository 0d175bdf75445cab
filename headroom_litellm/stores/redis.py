"""Originals shared by all replicas: Redis or Valkey, 5.0 or later."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import math
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from blake3 import blake3
from redis.asyncio import BlockingConnectionPool, Connection, Redis, UnixDomainSocketConnection
from redis.asyncio.connection import parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .base import Absent, Store, StoreError, StoreStats

__all__ = ["RedisStore"]

logger = logging.getLogger(__name__)

_SCHEMA = 1
_TEN_YEARS = 10 * 365 * 24 * 3600.0

# An entry is one string: its ceiling (epoch, ms) and its ttl (ms), 15 digits each, then the value. Time is the
# server's own, so that replicas with different clocks agree. Each script is one command on one key: write and expiry
# can never part, and a cluster may place every key where it likes.
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
_PUT = (
    _NOW
    + """
local ceiling = tonumber(redis.call('GETRANGE', KEYS[1], 0, 14)) or now + ARGV[3]
local left = math.max(1, math.min(ARGV[2], ceiling - now))
redis.call('SET', KEYS[1], string.format('%015.0f%015.0f', ceiling, ARGV[2]) .. ARGV[1], 'PX', left)
return 1
"""
)
_RENEW = (
    _NOW
    + """
local left = math.min(string.sub(entry, 16, 30), string.sub(entry, 1, 15) - now)
redis.call('PEXPIRE', KEYS[1], left)
"""
)
_GET = f"""
local entry = redis.call('GET', KEYS[1])
if not entry then return false end
{_RENEW}
if left <= 0 then return false end
return string.sub(entry, 31)
"""
_TOUCH = f"""
local entry = redis.call('GETRANGE', KEYS[1], 0, 29)
if entry == '' then return 0 end
{_RENEW}
if left <= 0 then return 0 end
return 1
"""


class RedisStore(Store):
    """Keeps entries in Redis under `prefix:schema:hash of the tenant:key`.

    `url`: redis://, rediss:// (TLS), unix://, valkey:// or valkeys://, with redis-py's options behind the `?`;
    `ValueError` when it cannot be used. `timeout` bounds every call as a whole, `connect_timeout` the connecting
    within it, `max_age` is the ceiling of the contract; all in seconds. `max_connections` is for each event loop.
    After a connection failure or a timeout, calls fail at once for `retry_after` seconds, then one goes through and
    decides for the others. Expired entries are MISSING. May be used from several event loops and threads at once;
    one that ends without `close` leaves its connections to the garbage collector.

    Error messages name the server and the kind of error, never a password, a key or a value.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "headroom",
        timeout: float = 2.0,
        connect_timeout: float = 1.0,
        max_connections: int = 50,
        max_age: float = 24 * 3600.0,
        retry_after: float = 1.0,
    ) -> None:
        if not (timeout > 0 and connect_timeout > 0 and max_age > 0 and max_connections > 0 and retry_after >= 0):
            raise ValueError("timeout, connect_timeout, max_connections and max_age must be positive")
        self._prefix = prefix
        self._timeout = timeout
        self._max_age = max_age
        self._options: dict[str, Any] = {
            "max_connections": max_connections,
            "timeout": timeout,
            "socket_timeout": timeout,
            "socket_connect_timeout": connect_timeout,
            "protocol": 2,
            **_parse(url),
            "decode_responses": False,
        }
        self._server = f"redis at {_location(self._options)}"
        self._breaker = _Breaker(retry_after=retry_after, probe_for=max(retry_after, timeout))
        self._lock = threading.Lock()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()

    async def put(self, tenant: str, key: str, value: bytes, ttl: float) -> None:
        await self.put_many(tenant, {key: value}, ttl)

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        times = (_milliseconds(min(ttl, self._max_age)), _milliseconds(self._max_age))
        await self._run(_PUT, [(self._name(tenant, key), value, *times) for key, value in values.items()])

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        return (await self.get_many(tenant, [key])).get(key, Absent.MISSING)

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        values = await self._run(_GET, [(self._name(tenant, key),) for key in keys])
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    async def delete(self, tenant: str, key: str) -> None:
        await self._send([("UNLINK", self._name(tenant, key))])

    async def touch(self, tenant: str, key: str) -> bool:
        return await self._run(_TOUCH, [(self._name(tenant, key),)]) == [1]

    async def stats(self) -> StoreStats:
        """The name only: counting one prefix among others' keys would mean walking through all of them."""
        return StoreStats("redis")

    async def close(self) -> None:
        with self._lock:
            clients = dict(self._clients)
            self._clients.clear()
        own = clients.pop(asyncio.get_running_loop(), None)
        for loop, client in clients.items():
            _close_later(client, loop)
        if own is not None:
            await _close(own)

    def _connect(self) -> Redis:
        """A client for the running loop, not yet connected: the only place that knows the server's topology."""
        return Redis.from_pool(BlockingConnectionPool(**self._options))

    def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        with self._lock:
            client = self._clients.get(loop)
            if client is None:
                # An open connection refers to its loop, so those of loops that ended do not go by themselves.
                for ended in [known for known in self._clients if known.is_closed()]:
                    del self._clients[ended]
                client = self._clients[loop] = self._connect()
            return client

    def _name(self, tenant: str, key: str) -> bytes:
        # A digest of fixed length cannot be confused with the key behind it, and keeps the tenant's name out of Redis.
        fence = blake3(tenant.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{self._prefix}:{_SCHEMA}:{fence}:{key}".encode("utf-8", "surrogatepass")

    async def _run(self, script: str, calls: Sequence[tuple[bytes | int, ...]]) -> list[Any]:
        """The script's answers, one for each call (its key, then its arguments), in one round trip."""
        # The first call brings the script along, which the server then knows by its digest.
        digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        return await self._send(
            [("EVALSHA", digest, 1, *call) if n else ("EVAL", script, 1, *call) for n, call in enumerate(calls)]
        )

    async def _send(self, commands: Sequence[tuple[str | bytes | int, ...]]) -> list[Any]:
        if not commands:
            return []
        if not self._breaker.admits():
            raise StoreError(f"{self._server} failed a moment ago, not tried again yet")
        try:
            answers = await asyncio.wait_for(_pipelined(self._client(), commands), self._timeout)
        except (asyncio.TimeoutError, RedisTimeoutError):
            raise self._failure(f"{self._server} did not answer within {self._timeout:g} s") from None
        except (RedisConnectionError, OSError) as error:
            raise self._failure(f"{self._server} cannot be used ({type(error).__name__})") from None
        except RedisError as error:
            answers = [error]
        if self._breaker.succeeded():
            logger.info("%s works again", self._server)
        for answer in answers:
            if isinstance(answer, RedisError):
                raise StoreError(f"{self._server} refused ({_kind(answer)})") from None
        return answers

    def _failure(self, message: str) -> StoreError:
        if self._breaker.failed():
            logger.warning("%s", message)
        return StoreError(message)


class _Breaker:
    """Whether to try: always, until a call failed; then not for `retry_after` seconds, then by one call at a time.

    A probe that never reports back, because its caller was cancelled, is given up after `probe_for` seconds.
    """

    def __init__(self, *, retry_after: float, probe_for: float) -> None:
        self._retry_after = retry_after
        self._probe_for = probe_for
        self._closed_until: float | None = None
        self._lock = threading.Lock()

    def admits(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if self._closed_until is None:
                return True
            if now < self._closed_until:
                return False
            self._closed_until = now + self._probe_for
            return True

    def succeeded(self) -> bool:
        """Let all calls through; True when that is a change."""
        with self._lock:
            changed, self._closed_until = self._closed_until is not None, None
            return changed

    def failed(self) -> bool:
        """Hold calls back; True when that is a change."""
        with self._lock:
            changed = self._closed_until is None
            self._closed_until = time.monotonic() + self._retry_after
            return changed


async def _pipelined(client: Redis, commands: Sequence[tuple[str | bytes | int, ...]]) -> list[Any]:
    """One answer for each command, errors among them: redis-py would quote the command in one that it raises."""
    async with client.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        return list(await pipeline.execute(raise_on_error=False))


async def _close(client: Redis) -> None:
    with contextlib.suppress(RedisError, OSError):
        await client.aclose()


def _close_later(client: Redis, loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):  # a loop that ended has no use for it
        loop.call_soon_threadsafe(lambda: asyncio.ensure_future(_close(client)))


def _parse(url: str) -> dict[str, Any]:
    """redis-py's pool options for the URL, tried out, so that a bad one is refused here and not at the first call."""
    if url.lower().startswith(("valkey://", "valkeys://")):
        url = "redis" + url[len("valkey") :]
    try:
        options: dict[str, Any] = dict(parse_url(url))
        connection_class = options.get("connection_class", Connection)
        if not issubclass(connection_class, UnixDomainSocketConnection):
            options.setdefault("socket_keepalive", True)
        connection_class(
            **{
                name: value
                for name, value in options.items()
                if name not in ("connection_class", "max_connections", "timeout")
            }
        )
    except (ValueError, TypeError, RedisError):
        # Their messages quote parts of the URL, and a badly quoted password shows up as part of it.
        raise ValueError(
            "this Redis URL cannot be used: it must be redis://, rediss://, unix://, valkey:// or valkeys://, have its "
            "user and password percent-encoded, and only options of redis-py behind the `?`"
        ) from None
    return options


def _location(options: Mapping[str, Any]) -> str:
    return str(options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}")


def _kind(error: RedisError) -> str:
    """The error's class and the server's code: the rest of its message may quote what was sent."""
    code = re.match(r"[A-Z]+\b", str(error))
    return type(error).__name__ + (f", {code[0]}" if code else "")


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(min(seconds, _TEN_YEARS) * 1000))
