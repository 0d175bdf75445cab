"""One event loop's connections: the only place that knows what kind of servers there are."""

from __future__ import annotations

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis, Sentinel
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AskError, MovedError, RedisClusterException, RedisError

from .address import Address
from .errors import kind_of
from .scripts import Command

__all__ = ["Client", "connect"]


class Client(ABC):
    """Sends commands, each to the server that has its key. Connects when it has to, and again after `reset`."""

    def __init__(self, max_connections: int) -> None:
        # redis-py's pools of sentinels and clusters refuse what is over their limit; this one waits.
        self._permits = asyncio.Semaphore(max_connections)

    async def send(self, commands: Sequence[Command]) -> list[Any]:
        """One answer for each command, in one round trip, errors among them: redis-py would quote the command in one
        that it raises. What cannot be sent at all raises whatever redis-py does."""
        async with self._permits:
            return await self._send(commands)

    @abstractmethod
    async def _send(self, commands: Sequence[Command]) -> list[Any]: ...

    @abstractmethod
    async def reset(self) -> None:
        """After a failure: find the server anew with the next call. Calls under way are left alone."""

    async def memory(self) -> Mapping[str, Any]:
        """One server's INFO on memory."""
        async with self._permits:
            return await self._memory()

    @abstractmethod
    async def _memory(self) -> Mapping[str, Any]: ...

    @abstractmethod
    async def close(self) -> None: ...


def connect(address: Address, *, timeout: float, connect_timeout: float, max_connections: int) -> Client:
    """A client for the running loop, not yet connected."""
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": connect_timeout,
        "protocol": 2,
        **address.options,
        "decode_responses": False,
    }
    limit = int(options.pop("max_connections", max_connections))
    if address.topology == "cluster":
        return _Cluster(address, options, limit)
    if address.topology == "sentinel":
        return _Sentinel(address, options, limit, patience=timeout / (len(address.hosts) + 1))
    return _Server(_server(address, options, limit), limit)


class _Server(Client):
    def __init__(self, redis: Redis, max_connections: int) -> None:
        super().__init__(max_connections)
        self._redis = redis

    async def _send(self, commands: Sequence[Command]) -> list[Any]:
        return await _pipelined(self._redis, commands)

    async def reset(self) -> None:
        # The name may stand for another server by now, and sentinels name another master.
        await self._redis.connection_pool.disconnect(inuse_connections=False)

    async def _memory(self) -> Mapping[str, Any]:
        return dict(await self._redis.info("memory"))

    async def close(self) -> None:
        await self._redis.aclose()


class _Sentinel(_Server):
    """The master, which is asked for anew with each connection."""

    def __init__(self, address: Address, options: Mapping[str, Any], max_connections: int, *, patience: float) -> None:
        own = {
            "ssl": address.tls,
            "socket_timeout": patience,
            "socket_connect_timeout": min(patience, options["socket_connect_timeout"]),
            "retry": Retry(NoBackoff(), 0),  # the next sentinel is the second try
            **address.sentinel_options,
        }
        self._sentinel = Sentinel(address.hosts, sentinel_kwargs=own)  # type: ignore[no-untyped-call]
        master = self._sentinel.master_for(
            address.service, ssl=address.tls, max_connections=max_connections, retry=Retry(NoBackoff(), 1), **options
        )
        super().__init__(master, max_connections)

    async def close(self) -> None:
        await asyncio.gather(super().close(), *(sentinel.aclose() for sentinel in self._sentinel.sentinels))


class _Cluster(Client):
    """redis-py's client knows the nodes and slots. It is replaced after a failure, since on its own it would go on with
    nodes that hang, and would cut off the calls of others where it does notice."""

    def __init__(self, address: Address, options: Mapping[str, Any], max_connections: int) -> None:
        super().__init__(max_connections)
        self._address = address
        self._options = {**options, "ssl": address.tls}
        # Beside those for calls: one for asking who has which slots.
        self._max_connections = max_connections + 2
        self._cluster = self._made(address.hosts)
        self._users: dict[RedisCluster, int] = defaultdict(int)
        self._closing: set[asyncio.Task[None]] = set()

    async def _send(self, commands: Sequence[Command]) -> list[Any]:
        cluster = self._cluster
        try:
            answers = await self._send_once(commands)
        except (RedisError, RedisClusterException, OSError):
            answers = None
        if answers is not None and not any(_failed(answer) for answer in answers):
            return answers
        # A node went away, or closed a connection that had been idle: unlike that for one server, the pool of a node
        # does not look before it hands one out. Every command may be repeated.
        if cluster is self._cluster:  # else another call has seen to it
            await self.reset()
        return await self._send_once(commands)

    async def _send_once(self, commands: Sequence[Command]) -> list[Any]:
        cluster = self._cluster
        self._users[cluster] += 1
        try:
            pipeline = cluster.pipeline()
            for command in commands:
                pipeline.execute_command(*command)
            answers = list(await pipeline.execute(raise_on_error=False, allow_redirections=False))
            await self._follow(cluster, commands, answers)
            return answers
        finally:
            self._users[cluster] -= 1
            self._close_if_unused(cluster)

    async def _follow(self, cluster: RedisCluster, commands: Sequence[Command], answers: list[Any]) -> None:
        """Put the answers of the servers that the cluster redirects to in the place of its redirections."""
        asked: dict[tuple[str, int], list[int]] = defaultdict(list)
        for place, answer in enumerate(answers):
            if isinstance(answer, MovedError):
                try:
                    answers[place] = await cluster.execute_command(*commands[place])
                except RedisError as error:
                    answers[place] = error
            elif isinstance(answer, AskError):
                asked[answer.host, answer.port].append(place)
        for (host, port), places in asked.items():
            # Over a connection of its own: redis-py sends ASKING over one and the command over another.
            address = Address("server", ((host, port),), tls=self._address.tls)
            async with _server(address, self._options, 1) as node:
                found = await _pipelined(node, [word for place in places for word in (("ASKING",), commands[place])])
            for place, answer in zip(places, found[1::2], strict=True):
                answers[place] = answer

    async def reset(self) -> None:
        former = self._cluster
        self._cluster = self._made(
            (*self._address.hosts, *((node.host, int(node.port)) for node in former.get_nodes()))
        )
        self._close_if_unused(former)

    async def _memory(self) -> Mapping[str, Any]:
        node = self._cluster.get_random_node()
        return dict(await self._cluster.info("memory", target_nodes=node))

    async def close(self) -> None:
        await asyncio.gather(self._cluster.aclose(), *self._closing)

    def _made(self, hosts: Sequence[tuple[str, int]]) -> RedisCluster:
        # In any order: one that hangs would take the whole time of each call if it were always asked first.
        known = list(dict.fromkeys(hosts))
        random.shuffle(known)
        return RedisCluster(
            startup_nodes=[ClusterNode(host, port) for host, port in known],
            require_full_coverage=False,
            max_connections=self._max_connections,
            retry=Retry(NoBackoff(), 0),
            **self._options,
        )

    def _close_if_unused(self, cluster: RedisCluster) -> None:
        if cluster is self._cluster or self._users[cluster]:
            return
        del self._users[cluster]
        task = asyncio.get_running_loop().create_task(_close_quietly(cluster))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _server(address: Address, options: Mapping[str, Any], max_connections: int) -> Redis:
    own = {name: value for name, value in options.items() if name != "ssl"}
    if address.path:
        own["path"] = address.path
    else:
        own["host"], own["port"] = address.hosts[0]
    return Redis.from_pool(
        ConnectionPool(connection_class=address.connection_class, max_connections=max_connections, **own)
    )


async def _pipelined(redis: Redis, commands: Sequence[Command]) -> list[Any]:
    async with redis.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        return list(await pipeline.execute(raise_on_error=False))


async def _close_quietly(cluster: RedisCluster) -> None:
    with contextlib.suppress(RedisError, RedisClusterException, OSError):
        await cluster.aclose()


def _failed(answer: Any) -> bool:
    return isinstance(answer, Exception) and kind_of(answer) != "refused"
