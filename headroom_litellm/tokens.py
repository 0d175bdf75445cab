"""Counting tokens without importing litellm and without the network.

All counts here are cl100k tokens: exact for few models, close for all, and the same on every replica, which is what
decisions need. LiteLLM ships the vocabulary.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .ccr.key import key_of
from .lru import Lru

if TYPE_CHECKING:
    import tiktoken

__all__ = ["at_most", "count", "counts", "learn", "shorter"]

_WORD: Final = re.compile(r"[^\W_]+")
_SPACED: Final = bytes(byte if chr(byte).isalnum() and byte < 128 else 32 for byte in range(256))
_CHUNK = 20_000
_counts: Lru[str, int] = Lru(50_000)


@cache
def _encoding() -> tiktoken.Encoding:
    spec = importlib.util.find_spec("litellm")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(folder))
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")


def count(text: str, *, key: str = "") -> int:
    """Tokens in `text`. Counts are remembered by the text's key, never with the text; `key` is that, where known."""
    if not text:
        return 0
    key = key or key_of(text)
    known = _counts.get(key)
    if known is None:
        known = _encode(text)
        _counts.put(key, known)
    return known


def counts(texts: Iterable[str]) -> dict[str, int]:
    """The counts of these by their keys, for `learn` in another process."""
    return {key_of(text): count(text) for text in texts}


def learn(known: Mapping[str, int]) -> None:
    """Take over counts."""
    for key, tokens in known.items():
        _counts.put(key, tokens)


def shorter(new: str, old: str) -> bool:
    """Whether `new` has fewer tokens than `old`."""
    return _most(new) < (words := _words(old)) or (tokens := count(new)) < words or tokens < count(old)


def at_most(new: str, old: str, share: float) -> bool:
    """Whether `new` has at most this share of the tokens of `old`."""
    least = share * _words(old)
    return _most(new) <= least or (tokens := count(new)) <= least or tokens <= share * count(old)


def _most(text: str) -> int:
    """An upper bound: a token is a byte at least, and a character has at most four."""
    return len(text) if text.isascii() else 4 * len(text)


def _words(text: str) -> int:
    """No token spans two words: a lower bound that spares counting most long originals."""
    if text.isascii():
        return len(text.encode().translate(_SPACED).split())
    return sum(1 for _ in _WORD.finditer(text))


def _encode(text: str) -> int:
    encode = _encoding().encode_ordinary
    text = text.encode("utf-8", "replace").decode("utf-8")
    # In pieces, because the tokenizer takes quadratic time over a run of one kind of character.
    return sum(len(encode(text[at : at + _CHUNK])) for at in range(0, len(text), _CHUNK))
