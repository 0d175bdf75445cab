"""JSON as the tool wrote it: a tree whose leaves are the text's own literals.

Nothing is ever converted: `1.0`, `007`, `12345678901234567890`, `"\\u00e9"`, duplicate keys and the order of keys are
in the tree just as they stand in the text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["MAX_DEPTH", "Arr", "Malformed", "Node", "Obj", "Source", "dump", "parse", "read", "string_of"]

MAX_DEPTH = 64
"""Deeper documents are not read: nobody reads them as rows, and walking them must not exhaust the stack."""

_MAX_AROUND = 2_000
_MAX_SHARED = 50_000

_STRING = r'"[^"\\\x00-\x1f]*(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*)*"'
_SCALAR = rf"{_STRING}|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|NaN|-?Infinity"
_WS = r"[ \t\r\n]*"
_MEMBER = re.compile(rf"{_WS}({_STRING}){_WS}:{_WS}(?:({_SCALAR}){_WS}([,}}]))?")
_ITEM = re.compile(rf"{_WS}({_SCALAR}){_WS}([,\]])")
_NEXT = re.compile(rf"{_WS}([,\]}}])")
_SPACE = re.compile(_WS)


class Malformed(ValueError):
    """The text is not JSON here, or is nested too deeply."""


class Obj:
    """An object: key literals (shared between objects of the same shape) and their values, in order."""

    __slots__ = ("keys", "values")

    def __init__(self, keys: tuple[str, ...], values: list[Node]) -> None:
        self.keys = keys
        self.values = values


class Arr:
    __slots__ = ("items",)

    def __init__(self, items: list[Node]) -> None:
        self.items = items


Node = str | Obj | Arr


@dataclass(frozen=True)
class Source:
    """JSON values with what stands around them: one document, or several (JSON lines)."""

    before: str
    values: list[Node]
    after: str


class _Open(NamedTuple):
    keys: list[str] | None
    values: list[Node]


def read(text: str) -> Source | None:
    """The JSON in a text that is JSON, JSON lines or concatenated JSON but for a short preface and a short end."""
    for start in _starts(text):
        values: list[Node] = []
        shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
        position = start
        try:
            while position < len(text) and text[position] in "{[":
                value, position = parse(text, position, shapes)
                values.append(value)
                end = position
                position = _skip(text, position)
        except Malformed:
            if not values:
                continue
        if values and len(text) - end <= _MAX_AROUND:
            return Source(text[:start], values, "" if position == len(text) else text[end:])
    return None


def _starts(text: str) -> list[int]:
    first = _skip(text, 0)
    starts = [first] if text[first : first + 1] in ("{", "[") and first < len(text) else []
    for match in re.finditer(r"\n[ \t]*(?=[{\[])", text[:_MAX_AROUND]):
        if match.end() not in starts:
            starts.append(match.end())
    return starts[:3]


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def parse(text: str, start: int, shapes: dict[tuple[str, ...], tuple[str, ...]] | None = None) -> tuple[Node, int]:
    """The array or object that begins at `start`, and where it ends. Raises Malformed. Time is linear."""
    shapes = {} if shapes is None else shapes
    shared: dict[str, str] = {}
    match_member, match_item = _MEMBER.match, _ITEM.match
    stack: list[_Open] = []
    keys: list[str] | None = [] if text[start] == "{" else None
    values: list[Node] = []
    position = start + 1
    while True:
        closed = opened = False
        if keys is None:
            match = match_item(text, position)
            if match is not None:
                literal = match[1]
                if len(literal) <= 12 and len(shared) < _MAX_SHARED:
                    literal = shared.setdefault(literal, literal)
                values.append(literal)
                position = match.end()
                closed = match[2] == "]"
            else:
                position = _skip(text, position)
                closed, opened = _bracket(text, position, "]", fresh=not values)
        else:
            match = match_member(text, position)
            if match is None:
                position = _skip(text, position)
                closed, _ = _bracket(text, position, "}", fresh=not values)
                if not closed:
                    raise Malformed
            else:
                keys.append(match[1])
                position = match.end()
                literal = match[2]
                if literal is None:
                    _, opened = _bracket(text, position, "", fresh=False)
                else:
                    if len(literal) <= 12 and len(shared) < _MAX_SHARED:
                        literal = shared.setdefault(literal, literal)
                    values.append(literal)
                    closed = match[3] == "}"
        if match is None and closed:
            position += 1
        if opened:
            if len(stack) >= MAX_DEPTH:
                raise Malformed
            stack.append(_Open(keys, values))
            keys = [] if text[position] == "{" else None
            values = []
            position += 1
        while closed:
            node: Node
            if keys is None:
                node = Arr(values)
            else:
                shape = tuple(keys)
                node = Obj(shapes.setdefault(shape, shape), values)
            if not stack:
                return node, position
            keys, values = stack.pop()
            values.append(node)
            after = _NEXT.match(text, position)
            if after is None or after[1] == ("}" if keys is None else "]"):
                raise Malformed
            position = after.end()
            closed = after[1] != ","


def _bracket(text: str, position: int, closing: str, *, fresh: bool) -> tuple[bool, bool]:
    """(closes, opens) of the bracket here; an array may only close here when nothing stands in it yet."""
    here = text[position : position + 1]
    if here and here == closing and fresh:
        return True, False
    if here in ("{", "["):
        return False, True
    raise Malformed


def dump(node: Node) -> str:
    """The tree as JSON text without any white space between tokens."""
    if isinstance(node, str):
        return node
    if isinstance(node, Arr):
        return "[" + ",".join([item if isinstance(item, str) else dump(item) for item in node.items]) + "]"
    pairs = zip(node.keys, node.values, strict=True)
    return "{" + ",".join([f"{key}:{value if isinstance(value, str) else dump(value)}" for key, value in pairs]) + "}"


def string_of(literal: str) -> str:
    """What a string literal says; where it is no valid string, the literal without its quotes."""
    if "\\" in literal:
        try:
            value = json.loads(literal)
            return value if isinstance(value, str) else literal
        except ValueError:
            return literal[1:-1]
    return literal[1:-1] if literal[:1] == '"' else literal
