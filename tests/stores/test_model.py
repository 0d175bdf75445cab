"""Any sequence of calls, by several tenants and over time, beside a model that is a plain mapping and a clock."""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from headroom_litellm.stores import Absent, MemoryStore, SealedStore, Store
from headroom_litellm.stores.redis import RedisStore
from headroom_litellm.stores.sqlite import SqliteStore

from ..redis_server import RedisServer
from .backends import PASSPHRASE, Clock

# Few, so that calls meet.
TENANTS = st.sampled_from(["a", "a:b"])
KEYS = st.sampled_from(["k", "b:k"])
VALUES = st.binary(max_size=20) | st.sampled_from([b"", b"x" * 3000, bytes(range(256)) * 30])
# In units of time: some below the ceiling, one above it.
CEILING = 4.0
TTLS = st.sampled_from([1.0, 3.0, 100.0])
PAUSES = st.sampled_from([0.6, 1.0, 2.5])
AT_ONCE_OR_LATER = st.sampled_from([0.0, 0.6])

Span = tuple[float, float]
"""The earliest and the latest that something may be the case; alike where the clock is the test's own."""


@dataclass
class Entry:
    value: bytes
    ttl: float
    ceiling: Span
    expires: Span = (0.0, 0.0)

    def renew(self, now: Span) -> None:
        self.expires = (min(now[0] + self.ttl, self.ceiling[0]), min(now[1] + self.ttl, self.ceiling[1]))


class StoreMachine(RuleBasedStateMachine):
    """Subclasses say how the store is made and how time goes by; `unit` is a unit of time in seconds."""

    unit = 1.0
    tells_expired = True

    def make(self) -> Store:
        raise NotImplementedError

    def time(self) -> Span:
        raise NotImplementedError

    def pause(self, seconds: float) -> None:
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.entries: dict[tuple[str, str], Entry] = {}
        self.store = self.make()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.loop.run_until_complete(self.store.close())
            self.loop.close()

    def run(self, call: Coroutine[Any, Any, Any]) -> tuple[Any, Span]:
        """What a call answers, and when it was made."""
        began = self.time()[0]
        answer = self.loop.run_until_complete(call)
        return answer, (began, self.time()[1])

    @rule(tenant=TENANTS, key=KEYS, value=VALUES, ttl=TTLS)
    def put(self, tenant: str, key: str, value: bytes, ttl: float) -> None:
        _, now = self.run(self.store.put(tenant, key, value, ttl * self.unit))
        self.expect_put(tenant, key, value, ttl, now)

    @rule(tenant=TENANTS, values=st.dictionaries(KEYS, VALUES), ttl=TTLS)
    def put_many(self, tenant: str, values: dict[str, bytes], ttl: float) -> None:
        _, now = self.run(self.store.put_many(tenant, values, ttl * self.unit))
        for key, value in values.items():
            self.expect_put(tenant, key, value, ttl, now)

    @rule(tenant=TENANTS, key=KEYS, units=AT_ONCE_OR_LATER)
    def get(self, tenant: str, key: str, units: float) -> None:
        self.pause(units * self.unit)
        found, now = self.run(self.store.get(tenant, key))
        self.expect(tenant, key, found, now)
        if isinstance(found, Absent):
            known = (tenant, key) in self.entries
            assert found is (Absent.EXPIRED if known and self.tells_expired else Absent.MISSING)

    @rule(tenant=TENANTS, keys=st.lists(KEYS), units=AT_ONCE_OR_LATER)
    def get_many(self, tenant: str, keys: list[str], units: float) -> None:
        self.pause(units * self.unit)
        found, now = self.run(self.store.get_many(tenant, keys))
        assert set(found) <= set(keys)
        for key in set(keys):
            self.expect(tenant, key, found.get(key), now)

    @rule(tenant=TENANTS, key=KEYS, units=AT_ONCE_OR_LATER)
    def touch(self, tenant: str, key: str, units: float) -> None:
        self.pause(units * self.unit)
        touched, now = self.run(self.store.touch(tenant, key))
        entry = self.entries.get((tenant, key))
        self.expect(tenant, key, entry.value if touched and entry is not None else touched or None, now)

    @rule(tenant=TENANTS, key=KEYS)
    def delete(self, tenant: str, key: str) -> None:
        self.run(self.store.delete(tenant, key))
        self.entries.pop((tenant, key), None)

    @rule()
    def close(self) -> None:
        self.run(self.store.close())

    @rule(units=PAUSES)
    def wait(self, units: float) -> None:
        self.pause(units * self.unit)

    @invariant()
    def stats_count_no_more_than_there_may_be(self) -> None:
        if hasattr(self, "store"):
            stats, now = self.run(self.store.stats())
            alive = sum(entry.expires[1] > now[0] for entry in self.entries.values())
            assert stats.entries is None or stats.entries <= alive

    def expect_put(self, tenant: str, key: str, value: bytes, ttl: float, now: Span) -> None:
        former = self.entries.get((tenant, key))
        ceiling = (now[0] + CEILING * self.unit, now[1] + CEILING * self.unit)
        if former is not None and now[0] < former.expires[1]:
            certain = now[1] < former.expires[0]
            ceiling = (former.ceiling[0], former.ceiling[1] if certain else ceiling[1])
        entry = self.entries[tenant, key] = Entry(value, ttl * self.unit, ceiling)
        entry.renew(now)

    def expect(self, tenant: str, key: str, found: object, now: Span) -> None:
        """`found`, bytes or not, is what the model has; where that is too close to tell, the model learns."""
        entry = self.entries.get((tenant, key))
        if isinstance(found, bytes):
            assert entry is not None
            assert found == entry.value
            assert now[0] < entry.expires[1]
            entry.renew(now)
        else:
            assert found in (None, False, Absent.MISSING, Absent.EXPIRED)
            if entry is not None:
                assert now[1] >= entry.expires[0]
                entry.expires = (-1.0, -1.0)


class _TurnedClock(StoreMachine):
    def make(self) -> Store:
        self.clock = Clock()
        return self.sealed(self.inner())

    def inner(self) -> Store:
        raise NotImplementedError

    def sealed(self, store: Store) -> Store:
        return store

    def time(self) -> Span:
        return (self.clock.now, self.clock.now)

    def pause(self, seconds: float) -> None:
        self.clock.now += seconds


class MemoryMachine(_TurnedClock):
    def inner(self) -> Store:
        return MemoryStore(max_age=CEILING, clock=self.clock, max_tenant_bytes=10**6)


class SqliteMachine(_TurnedClock):
    def inner(self) -> Store:
        self.directory = tempfile.TemporaryDirectory()
        path = Path(self.directory.name, "store.db")
        return SqliteStore(path, max_age=CEILING, clock=self.clock, timeout=60, max_tenant_bytes=10**6)

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "directory"):
            self.directory.cleanup()


class RedisMachine(StoreMachine):
    """Time is the server's, which is this machine's; it is told to the millisecond."""

    unit = 0.025
    tells_expired = False
    server: RedisServer

    def make(self) -> Store:
        return RedisStore(self.server.url, prefix=uuid.uuid4().hex, timeout=60, max_age=CEILING * self.unit)

    def time(self) -> Span:
        now = time.time()
        return (now - 0.002, now + 0.002)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


def _sealed(machine: type[StoreMachine], **options: Any) -> type[StoreMachine]:
    class Sealed(machine):  # type: ignore[misc, valid-type]
        def make(self) -> Store:
            return SealedStore(super().make(), **options)

    return Sealed


@pytest.mark.parametrize("machine", [MemoryMachine, SqliteMachine, RedisMachine])
@pytest.mark.parametrize("options", [None, {}, {"encryption_keys": [PASSPHRASE]}], ids=["bare", "sealed", "encrypted"])
def test_any_use_of_a_store_is_that_of_a_mapping_with_a_clock(
    machine: type[StoreMachine], options: dict[str, Any] | None, request: pytest.FixtureRequest
) -> None:
    examples, steps = 50, 40
    if machine is RedisMachine:
        RedisMachine.server = request.getfixturevalue("redis_server")
        examples, steps = (5, 20) if options is not None else (15, 30)
    elif machine is SqliteMachine:
        examples = 10
    run_state_machine_as_test(
        machine if options is None else _sealed(machine, **options),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
