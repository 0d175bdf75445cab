"""Compression and, with a passphrase, encryption around any store."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import zstandard

from .base import Absent, Store, StoreError, StoreStats

__all__ = ["SealedStore"]

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

# One byte of flags, then the value's own length, so that a reader knows what it will cost before it pays.
_HEADER = struct.Struct(">BQ")
_COMPRESSED = 1
_ENCRYPTED = 2

_ZSTD_LEVEL = 1
_NONCE_BYTES = 12
_INLINE_BYTES = 256 * 1024
_MAX_VALUE_BYTES = 1024**3
# Every replica must derive the same key, so the salt cannot be random.
_SALT = b"headroom-litellm/stores/sealed/1"


class SealedStore(Store):
    """Compresses (zstd) what goes into `inner`, and with an `encryption_key` also encrypts it (AES-256-GCM).

    `encryption_key` is any passphrase, the same on all replicas; it needs the extra `headroom-litellm[encryption]`
    (`ImportError` when that is not installed). Tenant and key are authenticated with the value, so that a sealed value
    is worth nothing in another place. With a key, values that are not encrypted are not accepted either.

    A stored value that cannot be opened (damaged, moved, sealed with another key) is MISSING, and counted in
    `unreadable`. Values over `max_value_bytes` are refused with `StoreError` by `put`, and never inflated by `get`.
    Work on values over 256 KiB is done in a thread.
    """

    def __init__(
        self, inner: Store, *, encryption_key: str | None = None, max_value_bytes: int = 64 * 1024 * 1024
    ) -> None:
        if not 0 < max_value_bytes <= _MAX_VALUE_BYTES:
            raise ValueError(f"max_value_bytes must be between 1 and {_MAX_VALUE_BYTES}")
        self._inner = inner
        self._max_value_bytes = max_value_bytes
        self._cipher = None if encryption_key is None else _Cipher(encryption_key)
        self.unreadable = 0

    async def put(self, tenant: str, key: str, value: bytes, ttl: float) -> None:
        sealed = await self._seal_all(tenant, {key: value})
        await self._inner.put(tenant, key, sealed[key], ttl)

    async def put_many(self, tenant: str, values: Mapping[str, bytes], ttl: float) -> None:
        await self._inner.put_many(tenant, await self._seal_all(tenant, values), ttl)

    async def get(self, tenant: str, key: str) -> bytes | Absent:
        found = await self._inner.get(tenant, key)
        if isinstance(found, Absent):
            return found
        return (await self._open_all(tenant, {key: found})).get(key, Absent.MISSING)

    async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
        return await self._open_all(tenant, await self._inner.get_many(tenant, keys))

    async def delete(self, tenant: str, key: str) -> None:
        await self._inner.delete(tenant, key)

    async def touch(self, tenant: str, key: str) -> bool:
        return await self._inner.touch(tenant, key)

    async def stats(self) -> StoreStats:
        return await self._inner.stats()

    async def close(self) -> None:
        await self._inner.close()

    async def _seal_all(self, tenant: str, values: Mapping[str, bytes]) -> dict[str, bytes]:
        largest = max(map(len, values.values()), default=0)
        if largest > self._max_value_bytes:
            raise StoreError(f"a value of {largest} bytes is over max_value_bytes ({self._max_value_bytes})")
        return await _off_loop(
            sum(map(len, values.values())),
            lambda: {key: self._seal(tenant, key, value) for key, value in values.items()},
        )

    async def _open_all(self, tenant: str, stored: Mapping[str, bytes]) -> dict[str, bytes]:
        boxes = {key: _Box.parse(blob) for key, blob in stored.items()}
        opened = await _off_loop(
            sum(max(box.length, len(box.body)) for box in boxes.values() if box is not None),
            lambda: {key: self._open(tenant, key, box) for key, box in boxes.items()},
        )
        values = {key: value for key, value in opened.items() if value is not None}
        self._count(len(opened) - len(values))
        return values

    def _seal(self, tenant: str, key: str, value: bytes) -> bytes:
        compressed = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(value)
        smaller = len(compressed) < len(value)
        box = _Box(_COMPRESSED if smaller else 0, len(value), compressed if smaller else value)
        if self._cipher is not None:
            box = self._cipher.encrypt(box, tenant, key)
        return box.header + box.body

    def _open(self, tenant: str, key: str, box: _Box | None) -> bytes | None:
        if box is None or box.length > self._max_value_bytes:
            return None
        if self._cipher is not None:
            box = self._cipher.decrypt(box, tenant, key)
        if box is None or box.flags not in (0, _COMPRESSED):
            return None
        value = _inflate(box) if box.flags else box.body
        return value if value is not None and len(value) == box.length else None

    def _count(self, unreadable: int) -> None:
        if unreadable and not self.unreadable:
            logger.warning(
                "a stored value cannot be opened (damaged, or sealed with another encryption_key) and is answered as "
                "missing; further ones are only counted"
            )
        self.unreadable += unreadable


@dataclasses.dataclass(frozen=True, slots=True)
class _Box:
    """A stored value taken apart; `length` is that of the value itself, as claimed."""

    flags: int
    length: int
    body: bytes

    @property
    def header(self) -> bytes:
        return _HEADER.pack(self.flags, self.length)

    @classmethod
    def parse(cls, blob: bytes) -> _Box | None:
        if len(blob) < _HEADER.size:
            return None
        flags, length = _HEADER.unpack_from(blob)
        return cls(flags, length, blob[_HEADER.size :])


class _Cipher:
    """AES-256-GCM under a key derived from the passphrase; the header, the tenant and the key are authenticated too."""

    def __init__(self, passphrase: str) -> None:
        if not passphrase:
            raise ValueError("encryption_key is empty")
        try:
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
        except ImportError as error:
            raise ImportError(
                "encryption_key needs the package cryptography: pip install 'headroom-litellm[encryption]'"
            ) from error
        self._invalid = InvalidTag
        self._aead = AESGCM(Scrypt(salt=_SALT, length=32, n=2**14, r=8, p=1).derive(passphrase.encode()))

    def encrypt(self, box: _Box, tenant: str, key: str) -> _Box:
        box = dataclasses.replace(box, flags=box.flags | _ENCRYPTED)
        nonce = os.urandom(_NONCE_BYTES)
        return dataclasses.replace(box, body=nonce + self._aead.encrypt(nonce, box.body, _context(box, tenant, key)))

    def decrypt(self, box: _Box, tenant: str, key: str) -> _Box | None:
        nonce, ciphertext = box.body[:_NONCE_BYTES], box.body[_NONCE_BYTES:]
        try:
            body = self._aead.decrypt(nonce, ciphertext, _context(box, tenant, key))
        except (self._invalid, ValueError):
            return None
        return dataclasses.replace(box, flags=box.flags & ~_ENCRYPTED, body=body)


def _context(box: _Box, tenant: str, key: str) -> bytes:
    tenant_bytes = tenant.encode("utf-8", "surrogatepass")
    return box.header + struct.pack(">Q", len(tenant_bytes)) + tenant_bytes + key.encode("utf-8", "surrogatepass")


def _inflate(box: _Box) -> bytes | None:
    try:
        # zstd makes room for what the frame claims, whatever bound it is given, so the claim is checked first.
        if zstandard.frame_content_size(box.body) != box.length:
            return None
        return zstandard.ZstdDecompressor().decompress(box.body, max_output_size=box.length, allow_extra_data=False)
    except zstandard.ZstdError:
        return None


async def _off_loop(size: int, work: Callable[[], _T]) -> _T:
    return await asyncio.to_thread(work) if size > _INLINE_BYTES else work()
