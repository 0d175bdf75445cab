"""JSON as the tool wrote it: a tree whose leaves are the text's own literals.

Nothing is ever converted: `1.0`, `12345678901234567890`, `"\\u00e9"`, duplicate keys and the order of keys are in the
tree just as they stand in the text. Escapes are masked by single characters that the text does not hold, so that a
string ends at the next quote and the standard library's scanner leaves it as it is; `Source.unmask` puts them back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

__all__ = [
    "MAX_DEPTH",
    "Arr",
    "Mask",
    "Node",
    "Obj",
    "Source",
    "dump",
    "nested_deeper",
    "parse",
    "read",
    "scanner",
    "size_of",
    "string_of",
    "to_node",
]

MAX_DEPTH = 64
"""Deeper documents are not read: nobody reads them as rows, and walking them must not exhaust the stack."""

_MAX_AROUND = 2_000
_MAX_REMEMBERED: Final = 4_000
"""What is not flat and no longer than this is written once: it stands in cells, and is looked at more than once."""

_BRACKETS: Final = 4
"""Characters for each bracket that opens; what has more are no rows, and its tree takes up a hundred times as much."""

_SPACE = re.compile(r"[ \t\r\n]*")
_LITERAL: Final = {str}
_STRING = re.compile(r'[ \t\r\n]*("[ \t\r\n]*[\[{][^"\x00-\x1f]*")[ \t\r\n]*')
"""A text that is one string which begins like JSON."""

_WORDS: Final[dict[bool | None, str]] = {None: "null", True: "true", False: "false"}
_ESCAPES: Final = ("\\\\", '\\"', "\\n", "\\t", "\\")
"""The last stands for any other; each is masked by a character of its own that is no part of a word."""
_MASKS: Final = [*map(chr, range(0x80, 0xA0)), *map(chr, range(0xE000, 0xE040))]


class _Inner:
    """What objects and arrays have in common. `text`: see `dump`."""

    __slots__ = ("_size", "nodes", "text")

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.text = ""
        self._size = 0

    @property
    def flat(self) -> bool:
        """Does it hold no object and no array?"""
        return set(map(type, self.nodes)) <= _LITERAL

    @property
    def size(self) -> int:
        """The length of its text without white space."""
        if not self._size:
            self._size = self._marks() + (
                sum(map(len, cast("list[str]", self.nodes))) if self.flat else sum(map(size_of, self.nodes))
            )
        return self._size

    def _marks(self) -> int:
        return max(2, 1 + len(self.nodes))


class Arr(_Inner):
    __slots__ = ()

    @property
    def items(self) -> list[Node]:
        return self.nodes


class Obj(_Inner):
    """Key literals (shared between objects of the same shape) and their values, in order."""

    __slots__ = ("keys",)

    def __init__(self, keys: tuple[str, ...], nodes: list[Node]) -> None:
        self.keys = keys
        self.nodes = nodes
        self.text = ""
        self._size = 0

    @property
    def values(self) -> list[Node]:
        return self.nodes

    def _marks(self) -> int:
        return max(2, 1 + 2 * len(self.nodes) + sum(map(len, self.keys)))


Node = str | Obj | Arr


class Mask:
    """Single characters for the escapes of a text, none where it has none."""

    def __init__(self, text: str) -> None:
        free = [mask for mask in _MASKS if mask not in text] if "\\" in text else []
        self._pairs = list(zip(free, _ESCAPES, strict=False)) if len(free) >= len(_ESCAPES) else []
        self.possible = "\\" not in text or bool(self._pairs)

    def mask(self, text: str) -> str:
        for mask, escape in self._pairs:
            text = text.replace(escape, mask)
        return text

    def unmask(self, text: str) -> str:
        for mask, escape in self._pairs:
            text = text.replace(mask, escape)
        return text

    def inner(self, literal: str) -> str | None:
        """What a masked string literal says, masked once more; None where that cannot be told apart."""
        try:
            value = json.loads(self.unmask(literal))
        except ValueError:
            return None
        if not isinstance(value, str) or any(mask in value for mask, _ in self._pairs):
            return None
        return self.mask(value) if self._pairs or "\\" not in value else None


@dataclass(frozen=True)
class Source:
    """JSON values with what stands around them: one document, or several (JSON lines). All of it is masked."""

    before: str
    values: list[Node]
    after: str
    mask: Mask


def read(text: str) -> Source | None:
    """The JSON in a text that is JSON, JSON lines or concatenated JSON but for a short preface and a short end; a
    string that may hold JSON as its literal."""
    mask = Mask(text)
    if not mask.possible or _BRACKETS * (text.count("[") + text.count("{")) > len(text):
        return None
    masked = mask.mask(text)
    string = _STRING.fullmatch(masked)
    if string is not None:
        return Source("", [string[1]], "", mask)
    for start in _starts(masked):
        found = parse(masked, start)
        if found is not None:
            values, end = found
            rest = _skip(masked, end)
            if len(masked) - end <= _MAX_AROUND:
                return Source(masked[:start], values, "" if rest == len(masked) else masked[end:], mask)
    return None


def parse(text: str, start: int = 0) -> tuple[list[Node], int] | None:
    """The objects and arrays that stand one after another from `start` on in a masked text, and where they end; None
    if there are none, or where one is nested too deeply. Time is linear."""
    scan = scanner()
    values: list[Node] = []
    position = end = start
    try:
        while text[position : position + 1] in ("{", "["):
            value, end = scan(text, position)
            values.append(to_node(value))
            position = _skip(text, end)
    except (ValueError, StopIteration):
        pass
    except RecursionError:
        return None
    return (values, end) if values and not nested_deeper(values, MAX_DEPTH) else None


def scanner() -> Callable[[str, int], tuple[Any, int]]:
    """(text, position) -> (what `to_node` makes a node of, where it ends); raises ValueError or StopIteration."""
    shapes: dict[tuple[str, ...], tuple[str, ...]] = {}

    def build(pairs: list[tuple[str, Any]]) -> Obj:
        if not pairs:
            return Obj((), [])
        names, found = zip(*pairs, strict=True)
        shape = shapes.get(names)
        if shape is None:
            shape = shapes[names] = tuple([f'"{name}"' for name in names])
        return Obj(shape, _nodes(found))

    as_bytes: Any = str.encode
    decoder = json.JSONDecoder(
        object_pairs_hook=build,
        # Bytes tell a number from a string until the string has its quotes again.
        parse_int=as_bytes,
        parse_float=as_bytes,
        parse_constant=as_bytes,
    )
    return decoder.scan_once  # type: ignore[attr-defined, no-any-return]


def to_node(value: Any) -> Node:
    """The node of a value that the scanner found."""
    return _nodes([value])[0]


def _nodes(found: Iterable[Any]) -> list[Node]:
    return [
        f'"{value}"'
        if (kind := value.__class__) is str
        else value.decode()
        if kind is bytes
        else value
        if kind is Obj
        else Arr(_nodes(value))
        if kind is list
        else _WORDS[value]
        for value in found
    ]


def nested_deeper(values: Sequence[Node], depth: int) -> bool:
    """Are there more than so many levels in one of the values?"""
    level: list[Any] = [value for value in values if value.__class__ is not str]
    for _ in range(depth + 1):
        if not level:
            return False
        level = [child for node in level for child in node.nodes if child.__class__ is not str]
    return bool(level)


def _starts(text: str) -> list[int]:
    first = _skip(text, 0)
    starts = [first] if first < len(text) and text[first] in "{[" else []
    for match in re.finditer(r"\n[ \t]*(?=[{\[])", text[:_MAX_AROUND]):
        if match.end() not in starts:
            starts.append(match.end())
    return starts[:3]


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def size_of(node: Node) -> int:
    """The length of the node's text without white space."""
    return len(node) if isinstance(node, str) else node.size


def dump(node: Node) -> str:
    """The tree as (masked) JSON text without any white space between tokens."""
    if isinstance(node, str):
        return node
    if node.text:
        return node.text
    inner: Sequence[Any] = node.nodes
    flat = node.flat
    if not flat:
        inner = [each if each.__class__ is str else dump(each) for each in inner]
    if isinstance(node, Obj):
        text = "{" + ",".join([f"{key}:{value}" for key, value in zip(node.keys, inner, strict=True)]) + "}"
    else:
        text = f"[{','.join(inner)}]"
    if not flat and len(text) < _MAX_REMEMBERED:
        node.text = text
    return text


def string_of(literal: str) -> str:
    """What an unmasked string literal says; where it is no valid string, the literal without its quotes."""
    if "\\" in literal:
        try:
            value = json.loads(literal)
            return value if isinstance(value, str) else literal
        except ValueError:
            return literal[1:-1]
    return literal[1:-1] if literal[:1] == '"' else literal
