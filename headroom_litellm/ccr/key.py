"""The one key function: every marker, store entry and lookup names an original by it."""

from __future__ import annotations

from collections.abc import Iterable

from blake3 import blake3

__all__ = ["KEY_LENGTH", "decode", "encode", "framed", "key_of"]

KEY_LENGTH = 24


def encode(text: str) -> bytes:
    """UTF-8, with lone surrogates kept, so that any Python string comes back exactly from `decode`."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def framed(texts: Iterable[str]) -> bytes:
    """The texts in one, each behind its length, so that no two lists of texts are told in the same bytes."""
    told: list[bytes] = []
    for text in map(encode, texts):
        told += (len(text).to_bytes(8, "big"), text)
    return b"".join(told)


def key_of(text: str) -> str:
    """BLAKE3 of the text's UTF-8 bytes: the first 24 hex characters, lower case (96 bits)."""
    return blake3(encode(text)).hexdigest()[:KEY_LENGTH]
