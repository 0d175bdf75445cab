"""Where originals are kept: one contract, one file a backend, chosen by the scheme of a URL."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from .base import Absent, Store, StoreError, StoreStats
from .memory import MemoryStore
from .sealed import SealedStore
from .watched import WatchedStore

__all__ = [
    "BACKENDS",
    "REDIS_SCHEMES",
    "Absent",
    "MemoryStore",
    "SealedStore",
    "Store",
    "StoreError",
    "StoreStats",
    "WatchedStore",
    "from_url",
]

REDIS_SCHEMES = (
    *(
        f"{name}{servers}"
        for servers in ("", "+sentinel", "+cluster")
        for name in ("redis", "rediss", "valkey", "valkeys")
    ),
    "unix",
)
BACKENDS: dict[str, str] = {
    **dict.fromkeys(REDIS_SCHEMES, "headroom_litellm.stores.redis:RedisStore"),
    "sqlite": "headroom_litellm.stores.sqlite:SqliteStore",
}
"""URL scheme to "module:Class" of the store that it names; the class takes the URL, then keyword options."""


def from_url(url: str | None, **options: Any) -> Store:
    """The store that a URL names, unsealed and not yet connected; None and "memory://" are this process's memory.

    `options` are the store's own. Raises `ValueError` for a scheme that no backend claims, and for a URL that its
    backend cannot use; neither message shows more of the URL than its scheme.
    """
    scheme = "memory" if url is None else _scheme(url)
    if url is None or scheme == "memory":
        return MemoryStore(**options)
    if scheme not in BACKENDS:
        named = f"the scheme {scheme!r}" if scheme else "no scheme"
        allowed = ", ".join(f"{known}://" for known in ("memory", *BACKENDS))
        raise ValueError(f"the store's URL has {named}; allowed are {allowed}")
    module, _, name = BACKENDS[scheme].partition(":")
    store: Store = getattr(import_module(module), name)(url, **options)
    return store


def _scheme(url: str) -> str:
    """Lower case; empty when what stands before :// is no scheme, since it may be anything, a password included."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", url)
    return match[1].lower() if match else ""
