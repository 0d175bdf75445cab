"""CacheAligner: takes out of a prompt the values that are others every time, so that the provider can read what stands
behind them from its cache.

In the descriptions of the tools and in the system prompt each value is replaced by a placeholder, and a block at the
very end says what the placeholders stand for. Pure: two prompts that differ only in such values become the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from ..ccr.key import key_of
from ..conversation import Path
from ..lru import Lru
from ..wire import Body, Wire, value_at
from .volatile import Kind, Volatile, find, may_hold_any

__all__ = ["Aligned", "Value", "align"]

Confidence = Literal["high", "all"]

_MOST: Final = 32
"""Values in one text. One with more is data, a log for one, and a block of them would cost more than it gains."""
_BLOCK: Final = """\
<placeholder_values>
Not written by the user: what the placeholders in the system prompt and in the descriptions of the tools now stand for.
{values}
</placeholder_values>"""
_MEANT: Final = frozenset({"default", "const", "enum", "example", "examples"})
"""Fields of a schema whose values mean themselves."""

_PLACEHOLDER: Final = re.compile(rf"<(?:{'|'.join(get_args(Kind))})-[0-9]+>")
_found: Lru[str, tuple[Volatile, ...]] = Lru(4096, max_weight=100_000, weigh=len)
"""What was found in a text, by the text's key."""
_steady: Lru[str, bool] = Lru(1024)
"""Keys of the prompts in which nothing was found."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value taken out of a prompt. `behind`: how many characters of the prompt stand behind its first place."""

    placeholder: str
    text: str
    kind: str
    behind: int


@dataclass(frozen=True, slots=True)
class Aligned:
    """texts:  those that have changed, by their paths
    values: in order of their first places, where the tools come first, as they do for providers
    key:    of all texts with the placeholders in them
    """

    texts: Mapping[Path, str]
    values: tuple[Value, ...]
    key: str

    @property
    def block(self) -> str:
        """Says what the placeholders stand for."""
        return _BLOCK.format(values="\n".join(f"{value.placeholder} = {value.text}" for value in self.values))


def align(wire: Wire, body: Body, confidence: Confidence) -> Aligned | None:
    """None where there is nothing to take out."""
    texts = dict(_texts(wire, body))
    key = _key(confidence, texts.values())
    if not texts or _steady.get(key):
        return None
    taken, values = dict(texts), dict[str, Value]()
    numbers, behind, given = Counter[str](), sum(map(len, texts.values())), set[str]()
    for path, text in texts.items():
        pieces, end = list[str](), 0
        for place in _volatile(text, confidence):
            value = text[place.start : place.end]
            if not values:
                given = {one for other in texts.values() for one in _PLACEHOLDER.findall(other)}
            if value not in values:
                placeholder = _placeholder(place.kind, numbers, given)
                values[value] = Value(placeholder, value, place.kind, behind - place.end)
            pieces += (text[end : place.start], values[value].placeholder)
            end = place.end
        taken[path] = "".join([*pieces, text[end:]])
        behind -= len(text)
    if not values:
        _steady.put(key, True)
        return None
    changed = {path: text for path, text in taken.items() if text != texts[path]}
    return Aligned(changed, tuple(values.values()), _key(confidence, taken.values()))


def _texts(wire: Wire, body: Body) -> Iterator[tuple[Path, str]]:
    for path in wire.definitions(body):
        yield from _descriptions(value_at(body, path), path)
    yield from ((segment.path, segment.text) for segment in wire.system_prompt(body))


def _descriptions(definition: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Of a tool, and of what is in its schema."""
    rest = [(definition, path)]
    while rest:
        value, path = rest.pop()
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, str):
                if name == "description":
                    yield (*path, name), item
            elif isinstance(item, dict | list) and name not in _MEANT:
                rest.append((item, (*path, name)))


def _volatile(text: str, confidence: Confidence) -> list[Volatile]:
    if not may_hold_any(text):
        return []
    key = key_of(text)
    found = _found.get(key)
    if found is None:
        found = find(text)
        _found.put(key, found)
    wanted = [place for place in found if confidence in ("all", place.confidence)]
    return wanted if len(wanted) <= _MOST else []


def _placeholder(kind: str, numbers: Counter[str], given: Container[str]) -> str:
    """The next of its kind that is not given already."""
    while True:
        numbers[kind] += 1
        placeholder = f"<{kind}-{numbers[kind]}>"
        if placeholder not in given:
            return placeholder


def _key(confidence: Confidence, texts: Iterable[str]) -> str:
    return key_of("\0".join((confidence, *texts)))
