"""Compression and, with passphrases, encryption around any store."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import zstandard
from blake3 import blake3

from ..report.counters import Counters
from .base import Absent, Store, StoreError, StoreStats

__all__ = ["SealedStore"]

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

# One byte of flags; the value's own length, so that a reader knows what it will cost before it pays; and the mark: of
# what is encrypted the id of its key, of what is not a digest, so that damage is noticed there too.
_HEADER = struct.Struct(">BQ8s")
_MARK_BYTES = 8
_COMPRESSED = 1
_ENCRYPTED = 2

_ZSTD_LEVEL = 1
_WINDOW_BYTES = 8 * 1024 * 1024
_NONCE_BYTES = 12
_INLINE_BYTES = 256 * 1024
_MAX_VALUE_BYTES = 1024**3
# Every replica must derive the same key, so the salt cannot be random.
_SALT = b"headroom-litellm/stores/sealed/1"
_KEY_ID_CONTEXT = "headroom-litellm/stores/sealed/2 key id"


class SealedStore(Store):
    """Compresses (zstd) what goes into `inner`, and with `encryption_keys` also encrypts it (AES-256-GCM).

    `encryption_keys` are any passphrases, the same on all replicas: the first seals, all of them open. They need the
    extra `headroom-litellm[encryption]` (`ImportError` when that is not installed). Tenant and key are authenticated
    with the value, so that a sealed value is worth nothing in another place. With keys, values that are not encrypted
    are not accepted either; without, values are compressed only, and short ones stand as they are.

    To rotate a key: add the new one behind the old one on all replicas, then put it first on all of them, then drop the
    old one once `max_age` has passed. What was sealed with an old key is sealed anew when it is put again, not when it
    is read. A key is good for four thousand million puts.

    A stored value that cannot be opened (damaged, moved, sealed with a key that is not among these) is MISSING, and
    counted as `store_unreadable`. Values over `max_value_bytes` are refused by `put`, and never inflated by `get`.
    Work on values over 256 KiB is done in a thread.
    """

    def __init__(
        self,
        inner: Store,
        *,
        encryption_keys: Sequence[str] = (),
        max_value_bytes: int = 64 * 1024 * 1024,
        counters: Counters | None = None,
    ) -> None:
        if not 0 < max_value_bytes <= _MAX_VALUE_BYTES:
            raise ValueError(f"max_value_bytes must be between 1 and {_MAX_VALUE_BYTES}")
        if isinstance(encryption_keys, str):
            raise TypeError("encryption_keys must be a list of passphrases")
        self._inner = inner
        self._max_value_bytes = max_value_bytes
        self._cipher = _Cipher(encryption_keys) if encryption_keys else None
        self._counters = counters or Counters()
        self._warned = False

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
            self._counters.add("store_refused", cause="value")
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
        if len(opened) > len(values):
            self._note_unreadable(len(opened) - len(values))
        return values

    def _seal(self, tenant: str, key: str, value: bytes) -> bytes:
        compressed = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(value)
        smaller = len(compressed) < len(value)
        box = _Box(_COMPRESSED if smaller else 0, len(value), bytes(_MARK_BYTES), compressed if smaller else value)
        if self._cipher is not None:
            box = self._cipher.encrypt(box, tenant, key)
        else:
            box = dataclasses.replace(box, mark=_digest(box, tenant, key))
        return box.header + box.body

    def _open(self, tenant: str, key: str, box: _Box | None) -> bytes | None:
        if box is None or box.length > self._max_value_bytes:
            return None
        if self._cipher is not None:
            box = self._cipher.decrypt(box, tenant, key)
        elif box.mark != _digest(box, tenant, key):
            return None
        if box is None or box.flags not in (0, _COMPRESSED):
            return None
        value = _inflate(box) if box.flags else box.body
        return value if value is not None and len(value) == box.length else None

    def _note_unreadable(self, count: int) -> None:
        self._counters.add("store_unreadable", count)
        if not self._warned:
            self._warned = True
            logger.warning(
                "a stored value cannot be opened (damaged, or sealed with a key that is not among the encryption_keys) "
                "and is answered as missing; further ones are only counted"
            )


@dataclasses.dataclass(frozen=True, slots=True)
class _Box:
    """A stored value taken apart; `length` is that of the value itself, as claimed."""

    flags: int
    length: int
    mark: bytes
    body: bytes

    @property
    def header(self) -> bytes:
        return _HEADER.pack(self.flags, self.length, self.mark)

    @classmethod
    def parse(cls, blob: bytes) -> _Box | None:
        if len(blob) < _HEADER.size:
            return None
        flags, length, mark = _HEADER.unpack_from(blob)
        return cls(flags, length, mark, blob[_HEADER.size :])


class _Cipher:
    """AES-256-GCM under keys derived from passphrases; the header, the tenant and the key are authenticated too."""

    def __init__(self, passphrases: Sequence[str]) -> None:
        if not all(passphrases):
            raise ValueError("one of the encryption_keys is empty")
        try:
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError as error:
            raise ImportError(
                "encryption_keys need the package cryptography: pip install 'headroom-litellm[encryption]'"
            ) from error
        self._invalid = InvalidTag
        secrets = [_derived(passphrase) for passphrase in passphrases]
        self._newest = _key_id(secrets[0])
        self._aeads = {_key_id(secret): AESGCM(secret) for secret in secrets}

    def encrypt(self, box: _Box, tenant: str, key: str) -> _Box:
        box = dataclasses.replace(box, flags=box.flags | _ENCRYPTED, mark=self._newest)
        nonce = os.urandom(_NONCE_BYTES)
        body = self._aeads[self._newest].encrypt(nonce, box.body, _context(box, tenant, key))
        return dataclasses.replace(box, body=nonce + body)

    def decrypt(self, box: _Box, tenant: str, key: str) -> _Box | None:
        aead = self._aeads.get(box.mark)
        if aead is None or not box.flags & _ENCRYPTED:
            return None
        nonce, ciphertext = box.body[:_NONCE_BYTES], box.body[_NONCE_BYTES:]
        try:
            body = aead.decrypt(nonce, ciphertext, _context(box, tenant, key))
        except (self._invalid, ValueError):
            return None
        return dataclasses.replace(box, flags=box.flags & ~_ENCRYPTED, body=body)


@lru_cache(maxsize=16)
def _derived(passphrase: str) -> bytes:
    """The key of a passphrase. Slow by intent, and remembered therefore."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=_SALT, length=32, n=2**14, r=8, p=1).derive(passphrase.encode("utf-8", "surrogatepass"))


def _key_id(secret: bytes) -> bytes:
    return blake3(secret, derive_key_context=_KEY_ID_CONTEXT).digest(length=_MARK_BYTES)


def _digest(box: _Box, tenant: str, key: str) -> bytes:
    unmarked = dataclasses.replace(box, mark=bytes(_MARK_BYTES))
    return blake3(_context(unmarked, tenant, key)).update(box.body).digest(length=_MARK_BYTES)


def _context(box: _Box, tenant: str, key: str) -> bytes:
    tenant_bytes, key_bytes = (name.encode("utf-8", "surrogatepass") for name in (tenant, key))
    return box.header + struct.pack(">QQ", len(tenant_bytes), len(key_bytes)) + tenant_bytes + key_bytes


def _inflate(box: _Box) -> bytes | None:
    try:
        frame = zstandard.get_frame_parameters(box.body)
        # zstd makes room for what the frame claims, whatever bound it is given, so the claims are checked first.
        if not box.length or frame.content_size != box.length or frame.window_size > max(box.length, _WINDOW_BYTES):
            return None
        return zstandard.ZstdDecompressor().decompress(box.body, max_output_size=box.length, allow_extra_data=False)
    except zstandard.ZstdError:
        return None


async def _off_loop(size: int, work: Callable[[], _T]) -> _T:
    return await asyncio.to_thread(work) if size > _INLINE_BYTES else work()
