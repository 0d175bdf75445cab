"""The store's contract in commands to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from redis.exceptions import NoScriptError, RedisError

from ...report.counters import Counters
from ..base import Absent, Store, StoreError, StoreStats, fence_of
from ..breaker import Breaker
from .address import UNUSABLE, Address
from .advice import advice_on
from .client import Client, connect
from .errors import kind_of, words_for
from .scripts import ACCOUNT, GET, PUT, TOUCH, Command, in_full

__all__ = ["RedisStore"]

logger = logging.getLogger(__name__)

_SCHEMA = 1
_TEN_YEARS = 10 * 365 * 24 * 3600.0
_VICTIMS = 500
_DELETED, _NOT_THERE = -1, -2
_LATELY_MS = 10_000


class RedisStore(Store):
    """Keeps entries in Redis under `prefix:schema:hash of the tenant:key`.

    `url`, with redis-py's options behind the `?`; `ValueError` when it cannot be used:

    - `redis://[user:password@]host[:port][/db]`, or `unix://[user:password@]/path[?db=0]`
    - `redis+sentinel://[user:password@]host[:port][,host[:port]…]/service[/db]`, where the hosts are the sentinels,
      which have their own `sentinel_username` and `sentinel_password` among the options
    - `redis+cluster://[user:password@]host[:port][,host[:port]…]`, of which any node will do that is up

    With `rediss` for TLS, for sentinels too (`?ssl_ca_certs=/path` names an authority); `valkey` and `valkeys` mean the
    same. `timeout` bounds every call as a whole, `connect_timeout` the connecting within it, `max_age` is the ceiling
    of the contract; all in seconds. `max_connections` is for each event loop, and in a cluster for each node.

    After a connection failure or a timeout, calls fail at once for `retry_after` seconds, then one goes through and
    decides for the others. A new master is found by that one. Expired and evicted entries are MISSING. Nothing depends
    on this machine's clock. May be used from several event loops and threads at once; one that ends without `close`
    leaves its connections to the garbage collector.

    With `max_tenant_bytes` every call takes one more round trip, in which the server keeps account of the tenant. What
    it evicts, or a call that breaks off between the two, leaves the account wrong until that entry is used or would
    have expired.

    Error messages name the server and the kind of error, never a password, a key or a value. Counts `store_calls`,
    `store_call_seconds`, `store_call_failures` (by cause: timeout, connection, refused, held_back),
    `store_breaker` (opened, closed), `store_evictions` and `store_refused` (tenant).
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
        max_tenant_bytes: int | None = None,
        retry_after: float = 1.0,
        counters: Counters | None = None,
    ) -> None:
        if not (timeout > 0 and connect_timeout > 0 and max_age > 0 and max_connections > 0 and retry_after >= 0):
            raise ValueError("timeout, connect_timeout, max_connections and max_age must be positive")
        if max_tenant_bytes is not None and max_tenant_bytes < 1:
            raise ValueError("max_tenant_bytes must be positive")
        if "{" in prefix:
            raise ValueError("prefix must have no `{`: a cluster would keep everything on one node")
        self._prefix = prefix
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._max_connections = max_connections
        self._max_age = max_age
        self._max_tenant_bytes = max_tenant_bytes
        self._counters = counters or Counters()
        self._address = Address.parse(url)
        try:
            self._connect()
        except (ValueError, TypeError, AttributeError, RedisError):  # options that redis-py does not know
            raise ValueError(UNUSABLE) from None
        self._breaker = Breaker(retry_after=retry_after, timeout=timeout, counters=self._counters)
        self._lock = threading.Lock()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()
        self._advised = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        largest, limit = max(map(len, values.values()), default=0), self._max_tenant_bytes
        if limit is not None and largest > limit:
            self._counters.add("store_refused", cause="tenant")
            raise StoreError(f"{self._address}: a value of {largest} bytes is over max_tenant_bytes ({limit})")
        alive = _milliseconds(min(ttl, self._max_age))
        times = (alive, _milliseconds(self._max_age))
        await self._send([PUT.on([self._name(tenant, key)], value, *times) for key, value in values.items()])
        await self._account(tenant, {key: len(value) for key, value in values.items()}, alive)

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        return (await self.get_many(tenant, [key])).get(key, Absent.MISSING)

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        values = await self._send([GET.on([self._name(tenant, key)]) for key in keys])
        with contextlib.suppress(StoreError):  # what was found is not lost for it
            sizes = [_NOT_THERE if value is None else len(value) for value in values]
            await self._account(tenant, dict(zip(keys, sizes, strict=True)))
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    async def delete(self, tenant: str, key: str) -> None:
        await self._send([("UNLINK", self._name(tenant, key))])
        await self._account(tenant, {key: _DELETED})

    async def touch(self, tenant: str, key: str) -> bool:
        [size] = await self._send([TOUCH.on([self._name(tenant, key)])])
        with contextlib.suppress(StoreError):
            await self._account(tenant, {key: size if size >= 0 else _NOT_THERE})
        return bool(size >= 0)

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

    def _connect(self) -> Client:
        return connect(
            self._address,
            timeout=self._timeout,
            connect_timeout=self._connect_timeout,
            max_connections=self._max_connections,
        )

    def _client(self) -> Client:
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
        return f"{self._prefix}:{_SCHEMA}:{fence_of(tenant).hex()}:{key}".encode("utf-8", "surrogatepass")

    async def _account(self, tenant: str, sizes: Mapping[str, int], ttl: int = 0) -> None:
        """Note that these were used, and remove what the tenant may no longer keep. `ttl` in ms, 0: as before."""
        if self._max_tenant_bytes is None or not sizes:
            return
        # The braces keep both in one slot of a cluster.
        names = [f"{self._prefix}:{_SCHEMA}:{{{fence_of(tenant).hex()}}}:{name}".encode() for name in ("used", "sizes")]
        limits = (self._max_tenant_bytes, _milliseconds(self._max_age), _VICTIMS, _LATELY_MS)
        used = [word for key, size in sizes.items() for word in (key.encode("utf-8", "surrogatepass"), size, ttl)]
        while True:
            [victims] = await self._send([ACCOUNT.on(names, *limits, *used)])
            prefix = self._name(tenant, "")
            removed = await self._send([("UNLINK", prefix + victim) for victim in victims])
            self._counters.add("store_evictions", sum(removed), cause="tenant")
            if len(victims) < _VICTIMS:
                return
            used = []

    async def _send(self, commands: Sequence[Command]) -> list[Any]:
        if not commands:
            return []
        if not self._breaker.admits():
            raise StoreError(f"{self._address} failed a moment ago, not tried again yet")
        began = time.perf_counter()
        self._counters.add("store_calls")
        try:
            answers = await asyncio.wait_for(_answers(self._client(), commands), self._timeout)
            error = next((answer for answer in answers if isinstance(answer, Exception)), None)
        except Exception as raised:  # noqa: BLE001 - redis-py's cluster client raises what it likes while nodes go away
            answers, error = [], raised
        self._counters.add("store_call_seconds", time.perf_counter() - began)
        if error is not None and kind_of(error) != "refused":
            await self._reset()
            raise self._failure(error) from None
        self._breaker.succeeded()
        if error is not None:
            self._counters.add("store_call_failures", cause="refused")
            raise StoreError(f"{self._address} refused ({words_for(error)})") from None
        if not self._advised:
            self._advised = True
            task = asyncio.get_running_loop().create_task(self._advise())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answers

    def _failure(self, error: Exception) -> StoreError:
        kind = kind_of(error)
        self._counters.add("store_call_failures", cause=kind)
        if kind == "timeout":
            message = f"{self._address} did not answer within {self._timeout:g} s"
        else:
            message = f"{self._address} cannot be used ({words_for(error)})"
        self._breaker.failed()
        return StoreError(message)

    async def _reset(self) -> None:
        with contextlib.suppress(Exception):
            await self._client().reset()

    async def _advise(self) -> None:
        with contextlib.suppress(Exception):  # it may not be ours to know
            advice = advice_on(await asyncio.wait_for(self._client().memory(), self._timeout))
            if advice is not None:
                logger.warning("%s: %s", self._address, advice)


async def _answers(client: Client, commands: Sequence[Command]) -> list[Any]:
    """One for each command. A server that does not know a script yet is given it, in a second round trip."""
    answers = await client.send(commands)
    unknown = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        again = await client.send([in_full(commands[place]) for place in unknown])
        for place, answer in zip(unknown, again, strict=True):
            answers[place] = answer
    return answers


async def _close(client: Client) -> None:
    with contextlib.suppress(Exception):
        await client.close()


def _close_later(client: Client, loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):  # a loop that ended has no use for it
        loop.call_soon_threadsafe(lambda: asyncio.ensure_future(_close(client)))


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(min(seconds, _TEN_YEARS) * 1000))
