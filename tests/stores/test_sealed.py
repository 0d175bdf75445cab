"""What sealing promises beyond the contract."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import tracemalloc

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.stores import Absent, MemoryStore, SealedStore, Store, StoreError

from .backends import PASSPHRASE

TEXT = b"The quick brown fox reads /etc/passwd again and again. " * 40


async def test_compressed_values_are_smaller_and_incompressible_ones_hardly_larger() -> None:
    inner = MemoryStore()
    store = SealedStore(inner)
    noise = os.urandom(5000)
    await store.put_many("tenant", {"text": TEXT, "noise": noise}, ttl=60)
    held = await inner.get_many("tenant", ["text", "noise"])
    assert len(held["text"]) < len(TEXT) / 5
    assert len(held["noise"]) <= len(noise) + 16


async def test_nothing_is_readable_in_the_inner_store_when_encrypted() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_key=PASSPHRASE)
    short = b"too short to be compressed"
    await store.put("tenant", "short", short, ttl=60)
    await store.put("tenant", "text", TEXT, ttl=60)
    first = await inner.get_many("tenant", ["short", "text"])
    for blob in first.values():
        assert b"short" not in blob
        assert b"fox" not in blob
        with pytest.raises(zstandard.ZstdError):
            zstandard.ZstdDecompressor().decompress(blob[9:])
    await store.put("tenant", "short", short, ttl=60)
    assert await inner.get("tenant", "short") != first["short"]


@pytest.mark.parametrize("value", [b"short", TEXT, b""], ids=["raw", "compressed", "empty"])
async def test_every_tampered_bit_makes_an_encrypted_value_missing(value: bytes) -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_key=PASSPHRASE)
    await store.put("tenant", "key", value, ttl=60)
    blob = await inner.get("tenant", "key")
    assert isinstance(blob, bytes)
    for position in range(len(blob)):
        damaged = bytearray(blob)
        damaged[position] ^= 1 << (position % 8)
        await inner.put("tenant", "key", bytes(damaged), ttl=60)
        assert await store.get("tenant", "key") is Absent.MISSING
    for length in range(len(blob)):
        await inner.put("tenant", "key", blob[:length], ttl=60)
        assert await store.get("tenant", "key") is Absent.MISSING
    assert store.unreadable == 2 * len(blob)
    await store.put("tenant", "key", value, ttl=60)
    assert await store.get("tenant", "key") == value


@settings(max_examples=200, deadline=None)
@given(blob=st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"\x01" + bytes(7) + b"\x05" + rest))
def test_any_malformed_value_is_missing_or_opens_without_an_error(blob: bytes) -> None:
    async def scenario() -> None:
        for passphrase in (None, PASSPHRASE):
            inner = MemoryStore()
            store = _with_key(inner, passphrase)
            await inner.put("tenant", "key", blob, ttl=60)
            found = await store.get("tenant", "key")
            assert found is Absent.MISSING or (passphrase is None and blob.endswith(bytes(found)))

    asyncio.run(scenario())


async def test_a_sealed_value_is_worth_nothing_in_another_place() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_key=PASSPHRASE)
    await store.put("tenant", "key", TEXT, ttl=60)
    blob = await inner.get("tenant", "key")
    assert isinstance(blob, bytes)
    for tenant, key in (("other", "key"), ("tenant", "other"), ("tenantk", "ey"), ("tenan", "tkey")):
        await inner.put(tenant, key, blob, ttl=60)
        assert await store.get(tenant, key) is Absent.MISSING
        assert await store.get_many(tenant, [key]) == {}
    assert await store.get("tenant", "key") == TEXT


async def test_values_of_another_passphrase_or_of_none_are_missing_both_ways() -> None:
    inner = MemoryStore()
    readers = {name: _with_key(inner, name) for name in (None, PASSPHRASE, "another")}
    for writer, store in readers.items():
        await store.put("tenant", "key", TEXT, ttl=60)
        for reader, other in readers.items():
            expected = TEXT if reader == writer else Absent.MISSING
            assert await other.get("tenant", "key") == expected


async def test_a_replica_with_the_same_passphrase_reads_what_another_wrote() -> None:
    inner = MemoryStore()
    await SealedStore(inner, encryption_key=PASSPHRASE).put("tenant", "key", TEXT, ttl=60)
    assert await SealedStore(inner, encryption_key=PASSPHRASE).get("tenant", "key") == TEXT


async def test_a_bomb_is_missing_and_is_not_inflated() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, max_value_bytes=1_000_000)
    plain = bytes(100_000_000)
    honest = zstandard.ZstdCompressor().compress(plain)
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(plain)
    lying = honest.replace(len(plain).to_bytes(4, "little"), (1_000_000).to_bytes(4, "little"), 1)
    assert zstandard.frame_content_size(lying) == 1_000_000
    del plain
    tracemalloc.start()
    try:
        for length in (0, 5, 1_000_000, 100_000_000, 2**64 - 1):
            for body in (honest, silent, lying, honest[:6]):
                await inner.put("tenant", "key", b"\x01" + length.to_bytes(8, "big") + body, ttl=60)
                assert await store.get("tenant", "key") is Absent.MISSING
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert store.unreadable == 20


async def test_a_value_that_could_not_be_opened_again_is_refused() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, max_value_bytes=1000)
    await store.put("tenant", "fits", b"x" * 1000, ttl=60)
    assert await store.get("tenant", "fits") == b"x" * 1000
    with pytest.raises(StoreError, match="max_value_bytes"):
        await store.put_many("tenant", {"a": b"x", "b": b"x" * 1001}, ttl=60)
    assert await inner.get("tenant", "a") is Absent.MISSING


async def test_unreadable_values_are_logged_once_and_without_payload(caplog: pytest.LogCaptureFixture) -> None:
    inner = MemoryStore()
    store = SealedStore(inner)
    await inner.put("tenant-token", "key-name", b"\x09secret payload", ttl=60)
    for _ in range(3):
        assert await store.get("tenant-token", "key-name") is Absent.MISSING
    assert store.unreadable == 3
    assert len(caplog.records) == 1
    assert not any(private in caplog.text for private in ("secret", "tenant-token", "key-name"))


async def test_big_values_are_worked_on_off_the_event_loop() -> None:
    threads: set[int] = set()

    class Spy(SealedStore):
        def _seal(self, tenant: str, key: str, value: bytes) -> bytes:
            threads.add(threading.get_ident())
            return super()._seal(tenant, key, value)

        def _open(self, *place: object) -> bytes | None:
            threads.add(threading.get_ident())
            return super()._open(*place)  # type: ignore[arg-type]

    store = Spy(MemoryStore())
    await store.put("tenant", "big", b"x" * 300_000, ttl=60)
    await store.get("tenant", "big")
    assert threading.get_ident() not in threads
    await store.put("tenant", "small", b"x" * 1000, ttl=60)
    assert threading.get_ident() in threads


def test_encryption_without_the_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(ImportError, match=r"headroom-litellm\[encryption\]"):
        SealedStore(MemoryStore(), encryption_key=PASSPHRASE)
    SealedStore(MemoryStore())


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        SealedStore(MemoryStore(), encryption_key="")


def _with_key(inner: Store, passphrase: str | None, _made: dict[str | None, SealedStore] = {}) -> SealedStore:  # noqa: B006
    """A sealed store on `inner`; the key, slow to derive by intent, is derived once for each passphrase."""
    if passphrase not in _made:
        _made[passphrase] = SealedStore(MemoryStore(), encryption_key=passphrase)
    store = SealedStore(inner)
    store._cipher = _made[passphrase]._cipher
    return store
