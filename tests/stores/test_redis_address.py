"""Which servers a URL names."""

from __future__ import annotations

import pytest
from redis.asyncio import SSLConnection

from headroom_litellm.stores import BACKENDS, from_url
from headroom_litellm.stores.redis import RedisStore
from headroom_litellm.stores.redis.address import Address


@pytest.mark.parametrize(
    ("url", "topology", "hosts", "shown"),
    [
        ("redis://", "server", [("localhost", 6379)], "redis at localhost:6379"),
        ("redis://h", "server", [("h", 6379)], "redis at h:6379"),
        ("VALKEY://h:1234/2", "server", [("h", 1234)], "redis at h:1234"),
        ("rediss://u:p@[::1]:7/0", "server", [("::1", 7)], "redis at ::1:7"),
        ("unix://:p@/run/redis.sock?db=3", "server", [], "redis at /run/redis.sock"),
        ("redis+sentinel://a,b:1/m", "sentinel", [("a", 26379), ("b", 1)], "redis 'm' of the sentinels at a:26379,b:1"),
        ("valkeys+sentinel://:p@a:1/m/2", "sentinel", [("a", 1)], "redis 'm' of the sentinels at a:1"),
        ("redis+cluster://a:1,b", "cluster", [("a", 1), ("b", 6379)], "redis cluster at a:1,b:6379"),
        ("rediss+cluster://u:p@a:1/0", "cluster", [("a", 1)], "redis cluster at a:1"),
    ],
)
def test_the_forms_of_urls(url: str, topology: str, hosts: list[tuple[str, int]], shown: str) -> None:
    address = Address.parse(url)
    assert (address.topology, list(address.hosts), str(address)) == (topology, hosts, shown)
    assert isinstance(from_url(url, prefix="p", max_age=5), RedisStore)


def test_what_else_a_url_says() -> None:
    address = Address.parse(
        "rediss+sentinel://us%40er:p%2Fw:d@h/m%20n/2?sentinel_password=s%26&ssl_ca_certs=/ca&client_name=x"
    )
    assert address.service == "m n"
    assert address.connection_class is SSLConnection
    assert address.options == {
        "username": "us@er",
        "password": "p/w:d",
        "db": 2,
        "ssl_ca_certs": "/ca",
        "client_name": "x",
        "socket_keepalive": True,
    }
    assert address.sentinel_options == {"password": "s&", "ssl_ca_certs": "/ca"}
    assert not any(secret in repr(address) + str(address) for secret in ("us@er", "p/w:d", "s&"))


@pytest.mark.parametrize(
    "url",
    [
        "redis://a,b",  # several, and not said what they are
        "redis://h:port",
        "redis://h:0",
        "redis://h:65536",
        "redis://h ",
        "redis://h?max_connections=0",
        "redis://h?max_connections=-1",
        "redis://h?retry=1",
        "redis+sentinel://h/m?retry=1",
        "redis+cluster://h?retry=1",
        "redis://h/one",
        "redis://h:1/0/1",
        "redis://secret@elsewhere/x@h:6379",
        "redis://h?nonsense=1",
        "redis://h?protocol=9",
        "redis://h?ssl_ca_certs=/ca",  # without TLS
        "redis://h?sentinel_password=secret",
        "redis+sentinel://h",  # no service
        "redis+sentinel://h/m?sentinel_nonsense=secret",
        "redis+cluster://h/1",  # a cluster has one database
        "redis+cluster://h?db=1",
        "redis+cluster://h,",
        "redis+other://h",
        "unix://",
    ],
)
def test_urls_that_cannot_be_used_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(ValueError, match="this Redis URL cannot be used: it must be redis://") as refused:
        RedisStore(url)
    assert "secret" not in str(refused.value)


def test_every_form_is_a_backend() -> None:
    for name in ("redis", "rediss", "valkey", "valkeys"):
        assert {name, f"{name}+sentinel", f"{name}+cluster"} <= BACKENDS.keys()


def test_a_prefix_that_would_bind_all_keys_to_one_node_is_refused() -> None:
    with pytest.raises(ValueError, match="one node"):
        RedisStore("redis://h", prefix="{a}")
