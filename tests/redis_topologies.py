"""Several real redis-servers that work together: a cluster, and a master with its replica under sentinels."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .redis_server import RedisServer, free_port

if TYPE_CHECKING:
    from .certificates import Certificates

__all__ = ["RedisCluster", "RedisSentinels", "eventually"]

_NODE_TIMEOUT_MS = "1000"


class _Servers:
    """Started by `with`, all of them killed at its end; `password` and `certificates` are as for one server."""

    def __init__(self, *, password: str | None = None, certificates: Certificates | None = None) -> None:
        self._password = password
        self._certificates = certificates
        self._started = ExitStack()

    def _server(self, *, options: Mapping[str, str] | None = None, sentinel: Sequence[str] = ()) -> RedisServer:
        own = {"masterauth": self._password or "", **(options or {})}
        server = RedisServer(password=self._password, certificates=self._certificates, options=own, sentinel=sentinel)
        return self._started.enter_context(server)

    def _url(self, topology: str, servers: Sequence[RedisServer], path: str = "", **options: str) -> str:
        scheme = "rediss" if self._certificates else "redis"
        if self._certificates:
            options["ssl_ca_certs"] = str(self._certificates.authority)
        login = f":{self._password}@" if self._password else ""
        hosts = ",".join(server.address for server in servers)
        return f"{scheme}+{topology}://{login}{hosts}{path}{'?' if options else ''}{urlencode(options)}"

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
            create += ["--cluster-replicas", "1", "--cluster-yes", *self.nodes[0].credentials]
            subprocess.run(create, check=True, capture_output=True, timeout=60)
            eventually(lambda: all(_has_joined(node) for node in self.nodes), "the cluster is not up")
        except BaseException:
            self._started.close()
            raise
        return self

    @property
    def url(self) -> str:
        return self._url("cluster", self.nodes[:2])

    def add(self) -> RedisServer:
        """A server that may join."""
        options = {
            "cluster-enabled": "yes",
            "cluster-port": str(free_port()),
            "cluster-config-file": "nodes.conf",
            "cluster-node-timeout": _NODE_TIMEOUT_MS,
            "tls-cluster": "yes" if self._certificates else "no",
        }
        return self._server(options=options)

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
            self.master = self._server()
            self.replica = self._server(options={"replicaof": f"127.0.0.1 {self.master.port}"})
            eventually(lambda: "up" in self.replica.command("INFO", "replication"), "the replica does not follow")
            watch = [
                f"sentinel monitor {self.service} 127.0.0.1 {self.master.port} 2",
                f"sentinel down-after-milliseconds {self.service} 500",
                f"sentinel failover-timeout {self.service} 3000",
            ]
            if self._password:
                watch += [f"sentinel auth-pass {self.service} {self._password}"]
                watch += [f"sentinel sentinel-pass {self._password}"]
            self.sentinels = [self._server(sentinel=watch) for _ in range(3)]
            for sentinel in self.sentinels:  # older than 7.0, they do not know this and take ten seconds for it
                sentinel.command("SENTINEL", "DEBUG", "INFO-PERIOD", "200", "PUBLISH-PERIOD", "200")
            eventually(lambda: all(self._knows_all(one) for one in self.sentinels), "the sentinels do not agree")
        except BaseException:
            self._started.close()
            raise
        return self

    @property
    def url(self) -> str:
        secret = {"sentinel_password": self._password} if self._password else {}
        return self._url("sentinel", self.sentinels, f"/{self.service}/0", **secret)

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
