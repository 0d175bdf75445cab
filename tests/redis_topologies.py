"""Several real redis-servers that work together: a cluster, and a master with its replica under sentinels."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from .redis_server import RedisServer, free_port

__all__ = ["RedisCluster", "RedisSentinels", "eventually"]

_NODE_TIMEOUT_MS = "1000"


class _Servers:
    """Started by `with`, all of them killed at its end."""

    def __init__(self) -> None:
        self._started = ExitStack()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._started.close()


class RedisCluster(_Servers):
    """Three masters, each with a replica; a dead one is replaced after about two seconds."""

    def __enter__(self) -> RedisCluster:
        try:
            self.nodes = [self.add() for _ in range(6)]
            create = ["redis-cli", "--cluster", "create", *(node.address for node in self.nodes)]
            create += ["--cluster-replicas", "1", "--cluster-yes"]
            subprocess.run(create, check=True, capture_output=True, timeout=60)
            eventually(lambda: all(_has_joined(node) for node in self.nodes), "the cluster is not up")
        except BaseException:
            self._started.close()
            raise
        return self

    @property
    def url(self) -> str:
        return f"redis+cluster://{self.nodes[0].address},{self.nodes[1].address}"

    def add(self) -> RedisServer:
        """A server that may join."""
        options = {
            "cluster-enabled": "yes",
            "cluster-port": str(free_port()),
            "cluster-config-file": "nodes.conf",
            "cluster-node-timeout": _NODE_TIMEOUT_MS,
            "repl-diskless-sync-delay": "0",
        }
        return self._started.enter_context(RedisServer(options=options))

    def masters(self) -> list[RedisServer]:
        return [node for node in self.nodes if node.command("ROLE").startswith("master")]

    def owner(self, key: str) -> RedisServer:
        """The master that has the key's slot."""
        for line in self.nodes[0].command("CLUSTER", "NODES").splitlines():
            fields = line.split()
            for slots in fields[8:]:
                first, _, last = slots.partition("-")
                if slots[0] != "[" and int(first) <= self.slot(key) <= int(last or first):
                    return next(node for node in self.nodes if node.address == fields[1].partition("@")[0])
        raise LookupError(key)

    def slot(self, key: str) -> int:
        return int(self.nodes[0].command("CLUSTER", "KEYSLOT", key))


class RedisSentinels(_Servers):
    """A master and its replica, watched by three sentinels that replace a dead master after about two seconds."""

    service = "originals"

    def __enter__(self) -> RedisSentinels:
        try:
            self.master = self._started.enter_context(RedisServer(options={"repl-diskless-sync-delay": "0"}))
            follows = {"replicaof": f"127.0.0.1 {self.master.port}", "repl-diskless-sync-delay": "0"}
            self.replica = self._started.enter_context(RedisServer(options=follows))
            eventually(lambda: "up" in self.replica.command("INFO", "replication"), "the replica does not follow")
            watch = (
                f"sentinel monitor {self.service} 127.0.0.1 {self.master.port} 2",
                f"sentinel down-after-milliseconds {self.service} 500",
                f"sentinel failover-timeout {self.service} 3000",
            )
            self.sentinels = [self._started.enter_context(RedisServer(sentinel=watch)) for _ in range(3)]
            eventually(lambda: all(self._knows_all(one) for one in self.sentinels), "the sentinels do not agree")
        except BaseException:
            self._started.close()
            raise
        return self

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(one.address for one in self.sentinels)}/{self.service}/0"

    def master_now(self) -> str:
        """Its address, as the last sentinel has it."""
        return ":".join(self.sentinels[-1].command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.service).split())

    def _knows_all(self, sentinel: RedisServer) -> bool:
        found = sentinel.command("SENTINEL", "MASTER", self.service).splitlines()
        known = dict(zip(found[::2], found[1::2], strict=False))
        return (known["num-slaves"], known["num-other-sentinels"], known["flags"]) == ("1", "2", "master")


def eventually(is_so: Callable[[], bool], otherwise: str, *, seconds: float = 30) -> None:
    """Wait until it is so; `AssertionError` with what is the matter when it never is."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.05)


def _has_joined(node: RedisServer) -> bool:
    if "cluster_state:ok" not in node.command("CLUSTER", "INFO"):
        return False
    role = node.command("INFO", "replication")
    return "connected_slaves:1" in role if "role:master" in role else "master_link_status:up" in role
