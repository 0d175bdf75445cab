"""Whatever happens to Redis, requests are answered as before, and replicas share again as soon as it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY

from ..fault_proxy import BLACKHOLE, REFUSE, Fault, FaultProxy
from ..redis_server import RedisServer
from .replica import PATIENCE, Replica, recover

LOGIN, PASSWORD, WRONG = "replica", "hunter2-right", "hunter2-wrong"


@dataclass(frozen=True)
class Trouble:
    """How it begins and ends, and what calls to the store that it fails are counted as."""

    begin: Callable[[RedisServer, FaultProxy], object]
    end: Callable[[RedisServer, FaultProxy], object]
    cause: str = "connection"


def on_the_way(fault: Fault, cause: str = "connection") -> Trouble:
    return Trouble(lambda _, between: between.begin(fault), lambda _, between: between.end(), cause)


def _start(server: RedisServer) -> None:
    server.start()
    _change_password(server, PASSWORD)


def _change_password(server: RedisServer, password: str) -> None:
    server.command("ACL", "SETUSER", LOGIN, "on", "resetpass", f">{password}", "~*", "&*", "+@all")
    server.command("CLIENT", "KILL", "USER", LOGIN)


TROUBLES = {
    "down": on_the_way(REFUSE),
    "killed": Trouble(lambda server, _: server.kill(), lambda server, _: _start(server)),
    "paused": Trouble(lambda server, _: server.pause(), lambda server, _: server.resume(), "timeout"),
    "unreachable": on_the_way(BLACKHOLE, "timeout"),
    "slow": on_the_way(Fault("delay", seconds=PATIENCE + 0.5), "timeout"),
    "resetting connections": on_the_way(Fault("reset")),
    "resetting in the middle of an answer": on_the_way(Fault("reset", after=3)),
    "closing in the middle of an answer": on_the_way(Fault("cut", after=3)),
    "stopping in the middle of an answer": on_the_way(Fault("garbage", answer=b"$100\r\nhalf"), "timeout"),
    "another protocol": on_the_way(Fault("garbage", answer=b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    "noise": on_the_way(Fault("garbage", answer=bytes(range(256)))),
    "answers to other questions": on_the_way(Fault("garbage", answer=b":5\r\n" * 9)),
    "a replica": Trouble(
        lambda server, _: server.command("REPLICAOF", "127.0.0.1", "1"),
        lambda server, _: server.command("REPLICAOF", "NO", "ONE"),
    ),
    "full": Trouble(
        lambda server, _: server.command("CONFIG", "SET", "maxmemory", "1"),
        lambda server, _: server.command("CONFIG", "SET", "maxmemory", "0"),
        "refused",
    ),
    "another password": Trouble(
        lambda server, _: _change_password(server, WRONG), lambda server, _: _change_password(server, PASSWORD)
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_requests_are_answered_as_before_and_sharing_goes_on_when_it_is_over(
    server: RedisServer, between: FaultProxy, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "headroom_litellm")
    _change_password(server, PASSWORD)
    replica = Replica(redis_url=f"redis://{LOGIN}:{PASSWORD}@127.0.0.1:{between.port}/0")
    other = Replica(redis_url=server.url, store_timeout_seconds=10)
    await recover(replica, other)
    caplog.clear()
    failures, opened = shown("call_failures", trouble.cause), shown("breaker", "opened")
    closed = shown("breaker", "closed")

    trouble.begin(server, between)
    assert await replica.round("first") < 2 * PATIENCE
    await asyncio.sleep(1.1)
    assert await replica.round("later") < PATIENCE, "requests wait for a store that is known to hang"
    (began,) = (record.getMessage() for record in caplog.records)
    trouble.end(server, between)
    await recover(replica, other)
    _, ended, *_ = (record.getMessage() for record in caplog.records)
    await replica.round("first")
    assert await other.redeems("first"), "what could not be stored is not stored when it comes again"

    assert replica.count("fail_open", "compress") == 0
    assert shown("call_failures", trouble.cause) > failures
    if trouble.cause != "refused":
        assert shown("breaker", "opened") > opened
        assert shown("breaker", "closed") > closed
    assert began.startswith("headroom: the store fails, and requests go on without it: ")
    assert ended == "headroom: no longer so: the store fails, and requests go on without it"
    assert not any(private in began for private in (PASSWORD, "rows", "tenant", "first"))
    await replica.close()
    await other.close()


async def test_what_redis_has_lost_costs_no_live_retrieval(server: RedisServer) -> None:
    replica, other = Replica(redis_url=server.url), Replica(redis_url=server.url)
    await replica.round("before")
    server.command("FLUSHALL")
    server.command("SCRIPT", "FLUSH")
    assert not await other.redeems("before")
    await replica.round("before")
    await recover(replica, other)
    assert not any("failures" in name for name in replica.engine.counters.snapshot())
    await replica.close()
    await other.close()


def shown(name: str, cause: str) -> float:
    """A metric about the store, where LiteLLM shows its own."""
    return REGISTRY.get_sample_value(f"headroom_store_{name}_total", {"cause": cause}) or 0
