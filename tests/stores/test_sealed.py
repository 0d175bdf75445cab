"""What sealing promises beyond the contract."""

from __future__ import annotations

import asyncio
import itertools
import os
import struct
import sys
import threading
import tracemalloc

import pytest
import zstandard
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.report.counters import Counters
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
    assert len(held["noise"]) <= len(noise) + 17


async def test_nothing_is_readable_in_the_inner_store_when_encrypted() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_keys=[PASSPHRASE])
    short = b"too short to be compressed"
    await store.put("tenant", "short", short, ttl=60)
    await store.put("tenant", "text", TEXT, ttl=60)
    first = await inner.get_many("tenant", ["short", "text"])
    for blob in first.values():
        assert b"short" not in blob
        assert b"fox" not in blob
        with pytest.raises(zstandard.ZstdError):
            zstandard.ZstdDecompressor().decompress(blob[17:])
    await store.put("tenant", "short", short, ttl=60)
    assert await inner.get("tenant", "short") != first["short"]


@pytest.mark.parametrize("value", [b"short", TEXT, b""], ids=["raw", "compressed", "empty"])
@pytest.mark.parametrize("keys", [[PASSPHRASE], ["newest", PASSPHRASE], []], ids=["one-key", "two-keys", "plain"])
async def test_every_changed_bit_makes_a_value_missing(value: bytes, keys: list[str]) -> None:
    inner, counters = MemoryStore(), Counters()
    store = SealedStore(inner, encryption_keys=keys, counters=counters)
    await store.put("tenant", "key", value, ttl=60)
    blob = await inner.get("tenant", "key")
    assert isinstance(blob, bytes)
    for position in range(8 * len(blob)):
        damaged = bytearray(blob)
        damaged[position // 8] ^= 1 << (position % 8)
        await inner.put("tenant", "key", bytes(damaged), ttl=60)
        assert await store.get("tenant", "key") is Absent.MISSING
    for length in range(len(blob)):
        for changed in (blob[:length], blob[length + 1 :], blob + blob[: length + 1]):
            await inner.put("tenant", "key", changed, ttl=60)
            assert await store.get("tenant", "key") is Absent.MISSING
    assert counters.get("store_unreadable") == (8 + 3) * len(blob)
    await store.put("tenant", "key", value, ttl=60)
    assert await store.get("tenant", "key") == value


@settings(max_examples=200, deadline=None)
@given(blob=st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: _plain(1, 5, rest)))
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
    store = SealedStore(inner, encryption_keys=[PASSPHRASE])
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
    await SealedStore(inner, encryption_keys=[PASSPHRASE]).put("tenant", "key", TEXT, ttl=60)
    assert await SealedStore(inner, encryption_keys=[PASSPHRASE]).get("tenant", "key") == TEXT


async def test_a_bomb_is_missing_and_is_not_inflated() -> None:
    inner, counters = MemoryStore(), Counters()
    store = SealedStore(inner, max_value_bytes=1_000_000, counters=counters)
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
                await inner.put("tenant", "key", _plain(1, length, body), ttl=60)
                assert await store.get("tenant", "key") is Absent.MISSING
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert counters.get("store_unreadable") == 20


async def test_a_value_that_could_not_be_opened_again_is_refused() -> None:
    inner, counters = MemoryStore(), Counters()
    store = SealedStore(inner, max_value_bytes=1000, counters=counters)
    await store.put("tenant", "fits", b"x" * 1000, ttl=60)
    assert await store.get("tenant", "fits") == b"x" * 1000
    with pytest.raises(StoreError, match="max_value_bytes"):
        await store.put_many("tenant", {"a": b"x", "b": b"x" * 1001}, ttl=60)
    assert await inner.get("tenant", "a") is Absent.MISSING
    assert counters.snapshot() == {"store_refused{value}": 1}


async def test_unreadable_values_are_logged_once_and_without_payload(caplog: pytest.LogCaptureFixture) -> None:
    inner, counters = MemoryStore(), Counters()
    store = SealedStore(inner, counters=counters)
    await inner.put("tenant-token", "key-name", b"\x09secret payload", ttl=60)
    for _ in range(3):
        assert await store.get("tenant-token", "key-name") is Absent.MISSING
    assert counters.get("store_unreadable") == 3
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
        SealedStore(MemoryStore(), encryption_keys=[PASSPHRASE])
    SealedStore(MemoryStore())


@pytest.mark.parametrize("keys", [[""], [PASSPHRASE, ""]])
def test_an_empty_passphrase_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="empty"):
        SealedStore(MemoryStore(), encryption_keys=keys)


def test_a_passphrase_is_not_taken_for_a_list_of_letters() -> None:
    with pytest.raises(TypeError, match="must be a list"):
        SealedStore(MemoryStore(), encryption_keys=PASSPHRASE)


async def test_keys_are_rotated_without_losing_a_value_on_any_replica() -> None:
    inner, counters = MemoryStore(), Counters()

    def replica(*keys: str) -> SealedStore:
        return SealedStore(inner, encryption_keys=keys, counters=counters)

    # Two replicas, always one step apart: each reads what the other writes.
    steps = [("old",), ("old", "new"), ("new", "old"), ("new",)]
    for behind, ahead in itertools.pairwise(steps):
        for writer, reader in ((replica(*behind), replica(*ahead)), (replica(*ahead), replica(*behind))):
            await writer.put("tenant", "key", TEXT, ttl=60)
            assert await reader.get("tenant", "key") == TEXT
    assert counters.get("store_unreadable") == 0

    await replica("old").put("tenant", "key", TEXT, ttl=60)
    both = replica("new", "old")
    assert await both.get("tenant", "key") == TEXT
    assert await replica("new").get("tenant", "key") is Absent.MISSING
    await both.put("tenant", "key", TEXT, ttl=60)
    assert await replica("new").get("tenant", "key") == TEXT
    assert await replica("old").get("tenant", "key") is Absent.MISSING
    assert counters.get("store_unreadable") == 2


async def test_a_value_claiming_another_of_the_keys_is_missing() -> None:
    inner = MemoryStore()
    store = SealedStore(inner, encryption_keys=["a", "b"])
    blobs = {}
    for name in ("a", "b"):
        await SealedStore(inner, encryption_keys=[name]).put("tenant", "key", TEXT, ttl=60)
        blob = await inner.get("tenant", "key")
        assert isinstance(blob, bytes)
        blobs[name] = blob
    assert blobs["a"][9:17] != blobs["b"][9:17]
    await inner.put("tenant", "key", blobs["a"][:9] + blobs["b"][9:17] + blobs["a"][17:], ttl=60)
    assert await store.get("tenant", "key") is Absent.MISSING
    for blob in blobs.values():
        await inner.put("tenant", "key", blob, ttl=60)
        assert await store.get("tenant", "key") == TEXT


async def test_passphrases_of_any_characters_seal(caplog: pytest.LogCaptureFixture) -> None:
    for passphrase in ("\udce9", "\x00", "名前", " "):
        inner = MemoryStore()
        await SealedStore(inner, encryption_keys=[passphrase]).put("tenant", "key", TEXT, ttl=60)
        assert await SealedStore(inner, encryption_keys=[passphrase]).get("tenant", "key") == TEXT


def _frames() -> dict[str, tuple[int, bytes]]:
    """Crafted compressed bodies, each with the length that is claimed for it."""
    honest = zstandard.ZstdCompressor(level=1).compress(TEXT)
    half = zstandard.ZstdCompressor(level=1).compress(TEXT[: len(TEXT) // 2])
    rest = zstandard.ZstdCompressor(level=1).compress(TEXT[len(TEXT) // 2 :])
    dictionary = zstandard.ZstdCompressionDict(TEXT, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    trained = zstandard.train_dictionary(1024, [os.urandom(20) + b"common words " * 5 for _ in range(200)])
    skippable = b"\x50\x2a\x4d\x18" + len(TEXT).to_bytes(4, "little") + TEXT
    # By hand: a window of 128 MiB, the content's size in four bytes; one block, the last one, stored as it is.
    wide = b"\x28\xb5\x2f\xfd" + b"\x80" + b"\x88" + len(TEXT).to_bytes(4, "little")
    wide += (len(TEXT) << 3 | 1).to_bytes(3, "little") + TEXT
    assert zstandard.ZstdDecompressor().decompress(wide) == TEXT
    empty = zstandard.ZstdCompressor(level=1).compress(b"")
    return {
        "two frames": (len(TEXT), half + rest),
        "bytes behind the frame": (len(TEXT), honest + b"x"),
        "a frame behind the frame": (len(TEXT), honest + honest),
        "a skippable frame": (len(TEXT), skippable),
        "a skippable frame first": (len(TEXT), skippable + honest),
        "a skippable frame last": (len(TEXT), honest + skippable),
        "no size": (len(TEXT), zstandard.ZstdCompressor(level=1, write_content_size=False).compress(TEXT)),
        "a smaller claim": (len(TEXT) - 1, honest),
        "a larger claim": (len(TEXT) + 1, honest),
        "the largest claim": (2**64 - 1, honest),
        "nothing": (0, empty),
        "nothing at all": (0, b""),
        "something for nothing": (0, honest),
        "a dictionary": (len(TEXT), zstandard.ZstdCompressor(dict_data=trained).compress(TEXT)),
        "a dictionary without a name": (len(TEXT), zstandard.ZstdCompressor(dict_data=dictionary).compress(TEXT)),
        "a huge window": (len(TEXT), wide),
        "a huge window without an end": (len(TEXT), wide[:-1]),
        "cut off": (len(TEXT), honest[:-1]),
    }


@pytest.mark.parametrize("kind", _frames())
async def test_a_crafted_frame_is_missing(kind: str) -> None:
    inner, counters = MemoryStore(), Counters()
    store = SealedStore(inner, counters=counters)
    await inner.put("tenant", "key", _plain(1, *_frames()[kind]), ttl=60)
    assert await store.get("tenant", "key") is Absent.MISSING
    assert counters.get("store_unreadable") == 1


async def test_a_frame_like_ours_is_opened() -> None:
    inner = MemoryStore()
    await inner.put("tenant", "key", _plain(1, len(TEXT), zstandard.ZstdCompressor().compress(TEXT)), ttl=60)
    assert await SealedStore(inner).get("tenant", "key") == TEXT


def _plain(flags: int, length: int, body: bytes) -> bytes:
    """What an attacker stores at "tenant", "key" where nothing is encrypted: with the digest that it should have."""
    head = struct.pack(">BQ", flags, length)
    place = struct.pack(">QQ", len(b"tenant"), len(b"key")) + b"tenantkey"
    return head + blake3(head + bytes(8) + place + body).digest(length=8) + body


def _with_key(inner: Store, passphrase: str | None) -> SealedStore:
    return SealedStore(inner, encryption_keys=[passphrase] if passphrase else [])
