"""The one key function: every marker, store entry and lookup names an original by it."""

from __future__ import annotations

from blake3 import blake3

__all__ = ["KEY_LENGTH", "decode", "encode", "key_of"]

KEY_LENGTH = 24


def encode(text: str) -> bytes:
    """UTF-8, with lone surrogates kept, so that any Python string comes back exactly from `decode`."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def key_of(text: str) -> str:
    """BLAKE3 of the text's UTF-8 bytes: the first 24 hex characters, lower case (96 bits)."""
    return blake3(encode(text)).hexdigest()[:KEY_LENGTH]
