"""Which servers a URL names. The only place that reads one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import parse_url
from redis.exceptions import RedisError

__all__ = ["UNUSABLE", "Address"]

_URL = re.compile(
    r"(?P<scheme>redis|rediss|valkey|valkeys)(\+(?P<topology>sentinel|cluster))?://"
    r"((?P<login>[^/?#]*)@)?(?P<hosts>[^/?#@]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?",
    re.IGNORECASE | re.DOTALL,
)
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\[\]:,\s]+)(:(?P<port>[0-9]{1,5}))?")
_SENTINEL_OPTION = "sentinel_"
UNUSABLE = (
    "this Redis URL cannot be used: it must be redis://host:port/db, redis+cluster://host:port,… or "
    "redis+sentinel://host:port,…/service/db (rediss for TLS, valkey and valkeys mean the same) or unix:///path, have "
    "its user and password percent-encoded, and only options of redis-py behind the `?`"
)


@dataclass(frozen=True)
class Address:
    """A server, the sentinels that know it, or some nodes of a cluster.

    `options` are redis-py's for each connection to a server, `sentinel_options` those for a sentinel. As text it is
    what may be shown: no user, no password.
    """

    topology: Literal["server", "sentinel", "cluster"]
    hosts: tuple[tuple[str, int], ...]
    service: str = ""
    tls: bool = False
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sentinel_options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        return {
            "server": f"redis at {self.path or hosts}",
            "sentinel": f"redis {self.service!r} of the sentinels at {hosts}",
            "cluster": f"redis cluster at {hosts}",
        }[self.topology]

    @classmethod
    def parse(cls, url: str) -> Address:
        """Raises `ValueError`, which shows nothing of the URL, for one that cannot be used."""
        try:
            address = _of_socket(url) if url.lower().startswith("unix://") else _of_hosts(url)
            # Tried out, so that a bad option is refused here and not at the first call.
            options = {"max_connections": 1, **address.options}
            if options.pop("max_connections") < 1:
                _refuse()
            address.connection_class(**options)
        except (ValueError, TypeError, AttributeError, RedisError):
            # Their messages quote parts of the URL, and a badly quoted password shows up as part of it.
            raise ValueError(UNUSABLE) from None
        return address

    @property
    def connection_class(self) -> type[Connection | UnixDomainSocketConnection]:
        if self.path:
            return UnixDomainSocketConnection
        return SSLConnection if self.tls else Connection


def _of_socket(url: str) -> Address:
    options = dict(parse_url(url))
    options.pop("connection_class")
    return Address("server", (), path=str(options["path"]) if "path" in options else _refuse(), options=options)


def _of_hosts(url: str) -> Address:
    parts = _URL.fullmatch(url) or _refuse()
    topology = (parts["topology"] or "server").lower()
    tls = parts["scheme"].lower() in ("rediss", "valkeys")
    path = unquote(parts["path"] or "").strip("/")
    service, database = "", path
    if topology == "sentinel":
        service, _, database = path.partition("/")
    if not re.fullmatch(r"[0-9]*", database) or (topology == "sentinel") != bool(service):
        _refuse()
    hosts = _hosts(parts["hosts"], 26379 if topology == "sentinel" else 6379)
    # redis-py reads the rest: what it knows as an option of which type is its own affair.
    options: dict[str, Any] = dict(parse_url(f"redis://{parts['login'] or ''}@localhost{parts['query'] or ''}"))
    options.pop("host")
    options.setdefault("socket_keepalive", True)
    if database:
        options.setdefault("db", int(database))
    if (topology == "server" and len(hosts) > 1) or (topology == "cluster" and options.pop("db", 0)):
        _refuse()
    own = {name: options.pop(name) for name in list(options) if name.startswith(_SENTINEL_OPTION)}
    if own and topology != "sentinel":
        _refuse()
    return Address(
        topology,  # type: ignore[arg-type]
        hosts,
        service=service,
        tls=tls,
        options=options,
        sentinel_options={
            **{name: value for name, value in options.items() if name.startswith("ssl_")},
            **{name.removeprefix(_SENTINEL_OPTION): value for name, value in own.items()},
        },
    )


def _hosts(text: str, port: int) -> tuple[tuple[str, int], ...]:
    """Alike for `host`, `host:port` and lists of them; none is this machine."""
    found = []
    for one in (text or "localhost").split(","):
        parts = _HOST.fullmatch(one) or _refuse()
        found.append((unquote(parts["host"]).strip("[]"), int(parts["port"] or port)))
        if not 0 < found[-1][1] < 2**16:
            _refuse()
    return tuple(found)


def _refuse() -> Any:
    raise ValueError(UNUSABLE)
