"""The store that the settings name, behind what compresses and encrypts. Connects to nothing yet."""

from __future__ import annotations

from .report.counters import Counters
from .settings import Settings, SettingsError
from .stores import MemoryStore, SealedStore, Store, from_url
from .stores.sqlite import SqliteStore

__all__ = ["open_store"]


def open_store(settings: Settings, counters: Counters) -> Store:
    """Redis where a URL is set, else the file, else this process's memory. Raises SettingsError for what cannot be."""
    try:
        return SealedStore(
            _inner(settings, counters),
            encryption_keys=settings.passphrases,
            max_value_bytes=settings.compress_cache.max_value_bytes,
            counters=counters,
        )
    except (ValueError, ImportError) as error:
        raise SettingsError(f"headroom_litellm settings: {error}") from None


def _inner(settings: Settings, counters: Counters) -> Store:
    cache, timeout = settings.compress_cache, settings.store_timeout_seconds
    max_age, max_tenant_bytes = cache.max_age_seconds, cache.max_tenant_bytes
    if settings.redis_url is not None:
        return from_url(
            settings.redis_url.get_secret_value(),
            prefix=settings.redis_prefix,
            timeout=timeout,
            connect_timeout=settings.redis_connect_timeout_seconds,
            max_connections=settings.redis_max_connections,
            max_age=max_age,
            max_tenant_bytes=max_tenant_bytes,
            counters=counters,
        )
    if cache.cache_path is not None:
        return SqliteStore(
            cache.cache_path,
            timeout=timeout,
            max_age=max_age,
            max_bytes=cache.max_bytes,
            max_tenant_bytes=max_tenant_bytes,
            counters=counters,
        )
    return MemoryStore(
        max_entries=cache.max_entries,
        max_bytes=cache.max_bytes,
        max_age=max_age,
        max_tenant_bytes=max_tenant_bytes,
        counters=counters,
    )
