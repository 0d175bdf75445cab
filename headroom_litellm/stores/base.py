"""The one contract of all stores: originals in and out as bytes, fenced by tenant, gone after a time.

Every backend is one file; `tests/stores` runs the same suite over all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from blake3 import blake3

__all__ = ["Absent", "Store", "StoreError", "StoreStats", "fence_of"]


class StoreError(Exception):
    """The backend did not do what was asked: unreachable, timed out, refused. Says nothing about the entry."""


class Absent(Enum):
    """Why there is no entry. Backends that cannot tell answer MISSING."""

    MISSING = "missing"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What a backend holds now; None where it cannot tell cheaply. `bytes` counts values as stored."""

    backend: str
    entries: int | None = None
    bytes: int | None = None


class Store(ABC):
    """Keeps bytes under (tenant, key) for `ttl` seconds.

    Time to live is sliding: `put`, `get`, `get_many` and `touch` renew it for the `ttl` (positive) of the entry's last
    `put`, but never past `max_age` seconds (the ceiling, set at construction) after its first one. A `put` after the
    entry expired or was deleted is a first one again. Tenant and key are any non-empty strings. All methods may raise
    `StoreError`, and nothing else, when the backend fails, and `put` and `put_many` also when they refuse a value for
    its size; then they store nothing.

    With `max_tenant_bytes` (of values, as this store is given them; None: no limit; set at construction) a tenant that
    would hold more makes room among its own least recently used entries, never among another's, and a value over the
    limit is refused. What a tenant holds is never over the limit by more than one `put_many` under way.
    """

    async def put(self, tenant: str, key: str, value: bytes, ttl: float) -> None:
        """`put_many` for one."""
        await self.put_many(tenant, {key: value}, ttl)

    @abstractmethod
    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        """Store, and return once the backend has acknowledged all; backends with a network do it in one round trip.
        The same key again renews it."""

    @abstractmethod
    async def get(self, tenant: str, key: str) -> bytes | Absent:
        """The exact bytes, or why there are none."""

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries that are there; absent keys are left out."""
        found = {key: await self.get(tenant, key) for key in keys}
        return {key: value for key, value in found.items() if isinstance(value, bytes)}

    @abstractmethod
    async def delete(self, tenant: str, key: str) -> None:
        """Forget the entry; no error when there is none."""

    @abstractmethod
    async def touch(self, tenant: str, key: str) -> bool:
        """Renew the entry's time to live; False when there is no entry."""

    @abstractmethod
    async def stats(self) -> StoreStats:
        """What is held now."""

    async def close(self) -> None:  # noqa: B027 - most backends hold nothing to let go of
        """Let go of connections. A closed store may be used again and then reconnects."""


def fence_of(tenant: str) -> bytes:
    """What stands for the tenant in names that others may read: a digest, of fixed length, so that it cannot be
    confused with the key behind it."""
    return blake3(tenant.encode("utf-8", "surrogatepass")).digest(length=16)
