"""A hundred thousand originals in a real Redis: bytes an entry, and the time of each call of the store's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from secrets import token_hex

from headroom_litellm.ccr.key import key_of
from headroom_litellm.report.counters import Counters
from headroom_litellm.settings import load_settings
from headroom_litellm.storage import open_store
from headroom_litellm.stores import Store
from tests.redis_server import RedisServer

from .requests import recorded_outputs
from .table import Row, quantile

__all__ = ["measure"]

_MANY = 16
_TTL = 3600.0


async def measure(*, entries: int, calls: int) -> list[Row]:
    rows = []
    outputs = recorded_outputs()
    for name, least, most in (("1 to 4 KB", 1_000, 4_000), ("4 to 30 KB", 4_000, 30_000)):
        texts = [text for text in outputs if least <= len(text) < most]
        for secret in (None, token_hex(16)):
            how = f"originals of {name}, {'sealed' if secret else 'unencrypted'}"
            with RedisServer() as server:
                settings = load_settings(
                    {
                        "redis_url": server.url,
                        "encryption_key": secret,
                        "store_timeout_seconds": 30,
                    }
                )
                store = open_store(settings, Counters())
                rows += await _one(how, server, store, texts, entries, calls)
                await store.close()
    return rows


async def _one(how: str, server: RedisServer, store: Store, texts: list[str], entries: int, calls: int) -> list[Row]:
    empty = _used(server)
    size = 0
    keys: list[str] = []
    for first in range(0, entries, _MANY):
        batch = {}
        for number in range(first, min(entries, first + _MANY)):
            text = f"{number}\n{texts[number % len(texts)]}"
            batch[key_of(text)] = text.encode()
        size += sum(map(len, batch.values()))
        keys += batch
        await store.put_many("tenant", batch, _TTL)
    used = _used(server) - empty
    row = Row(how, "redis", entries=len(keys), bytes_an_entry=used / len(keys), of_original=used / size)
    values = [f"new {number}\n{texts[number % len(texts)]}" for number in range(calls * _MANY)]
    named = [(key_of(value), value.encode()) for value in values]
    step = max(1, len(keys) // (calls * _MANY))
    known = keys[::step][: calls * _MANY]
    times = {
        "put": await _times(calls, lambda n: store.put("tenant", named[n][0], named[n][1], _TTL)),
        "get": await _times(calls, lambda n: store.get("tenant", known[n])),
        f"put_many({_MANY})": await _times(
            calls, lambda n: store.put_many("tenant", dict(named[n * _MANY : (n + 1) * _MANY]), _TTL)
        ),
        f"get_many({_MANY})": await _times(
            calls, lambda n: store.get_many("tenant", known[n * _MANY : (n + 1) * _MANY])
        ),
    }
    for name, taken in times.items():
        row.figures[f"{name}_p50_ms"] = 1000 * quantile(taken, 0.5)
        row.figures[f"{name}_p99_ms"] = 1000 * quantile(taken, 0.99)
    return [row]


async def _times(calls: int, call: Callable[[int], Awaitable[object]]) -> list[float]:
    taken = []
    for number in range(calls):
        start = time.perf_counter()
        await call(number)
        taken.append(time.perf_counter() - start)
    return taken


def _used(server: RedisServer) -> int:
    memory = server.command("info", "memory")
    return int(next(line for line in memory.splitlines() if line.startswith("used_memory:")).partition(":")[2])
