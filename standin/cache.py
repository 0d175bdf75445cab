"""The provider's prompt cache, made simple and exact.

A prompt is an ordered list of blocks: the tools, then the system text, then the messages. The cache holds, for each
model name, every prefix of blocks that was ever sent; the longest prefix of a prompt that it holds is *read* at the
cached price. Every block boundary can be a cache point, there is no minimum size and nothing expires. What is not
read is *written* if a `cache_control` breakpoint stands on it or behind it, and *fresh* otherwise.

Blocks are compared as the provider renders them: `cache_control` does not count, nor does the order of keys, except
inside tool arguments and schemas, which the model sees as they were written.

A block counts the cl100k tokens of its values, one a line; arguments and schemas count as compact JSON. Types,
signatures and binary data count nothing.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tiktoken

__all__ = ["Block", "PromptCache", "Usage", "as_text", "count_tokens"]

_VERBATIM = frozenset({"input", "input_schema", "parameters"})
_UNCOUNTED = frozenset({"type", "signature", "data"})


class Block(NamedTuple):
    """A piece of the prompt. `breakpoints` are the lifetimes (`5m`, `1h`) of the cache breakpoints on or in it;
    `is_tool` marks the declaration of a tool."""

    value: Any
    breakpoints: tuple[str, ...] = ()
    is_tool: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. The four kinds of input add up to `prompt`; `reasoning` is part of `output`."""

    read: int
    written_5m: int
    written_1h: int
    fresh: int
    output: int = 0
    reasoning: int = 0

    @property
    def written(self) -> int:
        return self.written_5m + self.written_1h

    @property
    def prompt(self) -> int:
        return self.read + self.written + self.fresh


class PromptCache:
    """The prefixes sent so far, by model name. Safe to use from several threads."""

    def __init__(self) -> None:
        self._sent: dict[str, set[bytes]] = {}
        self._sizes: dict[bytes, int] = {}
        self._lock = Lock()

    def charge(self, model: str, blocks: Sequence[Block]) -> Usage:
        """What this prompt costs now. From here on, all its prefixes are in the cache."""
        rendered = [_rendered(block.value) for block in blocks]
        digests = [
            blake2b(_compact(value).encode(errors="surrogatepass"), digest_size=16).digest() for value in rendered
        ]
        sizes = [self._size(digest, value) for digest, value in zip(digests, rendered, strict=True)]
        totals = dict.fromkeys(("read", "5m", "1h", "fresh"), 0)
        chain = b""
        with self._lock:
            sent = self._sent.setdefault(model, set())
            for digest, size, lifetime in zip(digests, sizes, _lifetimes(blocks), strict=True):
                chain = blake2b(chain + digest, digest_size=16).digest()
                # A prefix is in the set only together with all shorter ones, so after a miss nothing hits.
                totals["read" if chain in sent else lifetime] += size
                sent.add(chain)
        return Usage(totals["read"], totals["5m"], totals["1h"], totals["fresh"])

    def clear(self, model: str | None = None) -> None:
        """Forget what was sent to this model, or to all."""
        with self._lock:
            if model is None:
                self._sent.clear()
            else:
                self._sent.pop(model, None)

    def _size(self, digest: bytes, rendered: Any) -> int:
        if digest not in self._sizes:
            self._sizes[digest] = count_tokens("\n".join(_values(rendered)))
        return self._sizes[digest]


def count_tokens(text: str) -> int:
    """The cl100k tokens of a text."""
    return len(_encoding().encode_ordinary(text))


def as_text(blocks: Iterable[Block]) -> str:
    """What the model reads of these blocks, the values one a line."""
    return "\n".join(value for block in blocks for value in _values(_rendered(block.value)))


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    # litellm ships the vocabulary as a file; looking for its folder does not import it, and nothing is downloaded.
    spec = importlib.util.find_spec("litellm")
    if spec is not None and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0], "litellm_core_utils", "tokenizers")
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")


def _lifetimes(blocks: Sequence[Block]) -> list[str]:
    """For each block, the lifetime of the breakpoint that writes it to the cache, or `fresh`."""
    lifetimes, lifetime = [], "fresh"
    for block in reversed(blocks):
        lifetime = block.breakpoints[-1] if block.breakpoints else lifetime
        lifetimes.append(lifetime)
    return lifetimes[::-1]


def _rendered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: value[key] if key in _VERBATIM else _rendered(value[key])
            for key in sorted(value)
            if key != "cache_control"
        }
    return [_rendered(item) for item in value] if isinstance(value, list) else value


def _values(rendered: Any) -> Iterator[str]:
    if isinstance(rendered, str):
        if not rendered.startswith("data:"):
            yield rendered
    elif isinstance(rendered, list):
        for item in rendered:
            yield from _values(item)
    elif isinstance(rendered, dict):
        for key, item in rendered.items():
            if key in _VERBATIM:
                yield _compact(item)
            elif key not in _UNCOUNTED:
                yield from _values(item)
    elif rendered is not None:
        yield _compact(rendered)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
