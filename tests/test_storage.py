"""That what is set about storing comes to the store."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from headroom_litellm import SettingsError
from headroom_litellm.report.counters import Counters
from headroom_litellm.settings import load_settings
from headroom_litellm.storage import open_store
from headroom_litellm.stores import Store, StoreError

from .redis_server import RedisServer


def opened(counters: Counters | None = None, **configured: Any) -> Store:
    return open_store(load_settings(configured), counters or Counters())


async def test_settings_of_redis_do_something() -> None:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with RedisServer() as server:
        counters, prefix = Counters(), uuid.uuid4().hex
        cache = {"max_age_seconds": 50, "max_tenant_bytes": 1024 * 1024}
        store = opened(counters, redis_url=server.url, redis_prefix=prefix, compress_cache=cache)
        await store.put("tenant", "key", b"value", ttl=3600)
        [name] = server.command("KEYS", f"{prefix}:1:*:key").split()
        assert 40_000 < int(server.command("PTTL", name)) <= 50_000
        assert counters.get("store_calls") > 0
        with pytest.raises(StoreError, match="max_tenant_bytes"):
            await store.put("tenant", "large", _incompressible(2 * 1024 * 1024), ttl=60)
        await store.close()


async def test_what_a_redis_url_lacks_is_a_settings_error_without_secrets() -> None:
    with pytest.raises(SettingsError, match="this Redis URL cannot be used") as caught:
        opened(redis_url="redis+sentinel://:hunter2@sentinel:26379")
    assert "hunter2" not in str(caught.value)


def test_a_path_of_a_directory_is_a_settings_error_and_an_empty_one_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="must name a file"):
        opened(redis_url="", compress_cache={"cache_path": str(tmp_path)})
    monkeypatch.setenv("REDIS_URL", "redis://of-litellm")
    monkeypatch.setenv("HEADROOM_COMPRESS_CACHE__CACHE_PATH", "")
    settings = load_settings()
    assert settings.compress_cache.cache_path is None
    assert settings.redis_url is not None


async def test_a_redis_url_is_none_of_another_store_and_may_come_with_the_end_of_a_line() -> None:
    with pytest.raises(SettingsError, match="redis_url: must begin with one of redis://"):
        load_settings({"redis_url": "sqlite:///originals.db"})
    url = load_settings({"redis_url": " redis://redis:6379/0\n"}).redis_url
    assert url is not None
    assert url.get_secret_value() == "redis://redis:6379/0"


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ({"redis_prefix": "{a}"}, "redis_prefix"),
        ({"redis_max_connections": 0}, "redis_max_connections = 0"),
        ({"redis_connect_timeout_seconds": 0}, "redis_connect_timeout_seconds = 0"),
    ],
)
def test_wrong_settings_of_redis_are_named(configured: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(configured)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_the_limit_of_a_tenant_is_one_for_every_store(kind: str, tmp_path: Path) -> None:
    cache: dict[str, Any] = {"max_tenant_bytes": 1024 * 1024}
    if kind == "sqlite":
        cache["cache_path"] = str(tmp_path / "originals.db")
    store = opened(compress_cache=cache)
    with pytest.raises(StoreError):
        await store.put("tenant", "large", _incompressible(2 * 1024 * 1024), ttl=60)
    await store.close()


def _incompressible(size: int) -> bytes:
    return b"".join(uuid.uuid4().bytes for _ in range(size // 16))
