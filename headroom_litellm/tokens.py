"""Counting tokens without importing litellm and without the network.

All counts here are cl100k tokens: exact for few models, close for all, and the same on every replica, which is what
decisions need. LiteLLM ships the vocabulary.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Final

from .ccr.key import key_of
from .lru import Lru

if TYPE_CHECKING:
    import tiktoken

__all__ = ["at_most", "count", "counts", "learn", "most", "shorter"]

_CLASS_OF: Final = {
    **dict.fromkeys(ascii_letters, "a"),
    **dict.fromkeys(digits, "0"),
    **dict.fromkeys(" \t\v\f", " "),
    **dict.fromkeys("\r\n", "\n"),
}
_CLASSES: Final = "".join([_CLASS_OF.get(chr(byte), ".") for byte in range(256)]).encode()
"""Of each ASCII character, what the tokenizer goes by before it looks for known parts of words."""
_WORDS: Final = bytes(byte if byte in b"a0" else 32 for byte in range(256))
_BORDERS: Final = (b"a0", b"0a", b"0000", b". ", b".\n", b".0", b" 0", b"a\n", b"0\n")
"""Each is the place of one more token than there are words: it takes no letters and digits, more than three digits, or
punctuation and blanks other than before a letter, together."""
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
    return most(new) < (least := _least(old)) or (tokens := count(new)) < least or tokens < count(old)


def at_most(new: str, old: str, share: float) -> bool:
    """Whether `new` has at most this share of the tokens of `old`."""
    least = share * _least(old)
    return most(new) <= least or (tokens := count(new)) <= least or tokens <= share * count(old)


def most(text: str) -> int:
    """An upper bound: a token is a byte at least, and a character has at most four."""
    return len(text) if text.isascii() else 4 * len(text)


def _least(text: str) -> int:
    """A lower bound, about three quarters of the tokens: spares counting most originals. No other than ASCII characters
    are looked at: without them there are only fewer borders."""
    classes = text.encode("ascii", "ignore").translate(_CLASSES)
    return len(classes.translate(_WORDS).split()) + sum(map(classes.count, _BORDERS))


def _encode(text: str) -> int:
    encode = _encoding().encode_ordinary
    text = text.encode("utf-8", "replace").decode("utf-8")
    # In pieces, because the tokenizer takes quadratic time over a run of one kind of character.
    return sum(len(encode(text[at : at + _CHUNK])) for at in range(0, len(text), _CHUNK))
