"""What the Redis store promises on servers that work together, with TLS, passwords and users of few rights."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from headroom_litellm.stores import Absent, StoreError
from headroom_litellm.stores.redis import RedisStore

from ..certificates import Certificates
from ..redis_server import RedisServer
from ..redis_topologies import RedisCluster, RedisSentinels
from .backends import PASSWORD

# As docs/stores.md lists them, with `max_tenant_bytes`.
RIGHTS = (
    *("~ours:*", "+eval", "+evalsha", "+unlink", "+info", "+cluster|slots", "+command"),
    *("+get", "+set", "+getrange", "+strlen", "+pexpire", "+time", "+del"),
    *("+zcard", "+zadd", "+zrem", "+zscore", "+zrange", "+hlen", "+hget", "+hset", "+hdel"),
)


@pytest.mark.parametrize("servers", [RedisCluster, RedisSentinels])
async def test_tls_passwords_and_a_user_who_may_do_only_what_is_needed(
    tmp_path: Path, servers: Callable[..., RedisCluster | RedisSentinels]
) -> None:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with servers(password=PASSWORD, certificates=Certificates.make(tmp_path)) as started:
        nodes = started.nodes if isinstance(started, RedisCluster) else [started.master]
        for node in nodes:
            node.command("ACL", "SETUSER", "plugin", "on", ">of-the-plugin", *RIGHTS)
        url = started.url.replace(f"://:{PASSWORD}@", "://plugin:of-the-plugin@")

        store = RedisStore(url, prefix="ours", max_tenant_bytes=10_000, timeout=10)
        values = {f"key{n}": b"x" * 300 for n in range(40)}
        await store.put_many("tenant", values, ttl=60)
        assert len(await store.get_many("tenant", list(values))) == 33
        assert await store.touch("tenant", "key39")
        await store.delete("tenant", "key39")
        assert await store.get("tenant", "key39") is Absent.MISSING
        await store.close()

        shown = ""
        for wrong in (
            url.replace("of-the-plugin", "wrong-hunter2"),
            url.partition("?")[0],
            url.replace("rediss", "redis").partition("?")[0],
        ):
            other = RedisStore(wrong, prefix="ours", timeout=2)
            with pytest.raises(StoreError, match="cannot be used") as caught:
                await other.get("tenant", "key0")
            shown += "".join(traceback.format_exception(caught.value))
            await other.close()
        assert "does not accept the user or the password" in shown
        assert not any(secret in shown for secret in ("hunter2", "of-the-plugin", PASSWORD))
