"""Say it once, inside one JSON document: equal objects by reference, common prefixes of URLs and paths by a short name.

Both lose nothing. Neither form is JSON, so that neither can be taken for a value: `<same as $.user>` stands for the
object at that path, `~1"/issues"` for a string that begins with what the legend gives for `~1`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from .scan import Arr, Node, Obj

__all__ = ["Prefixes", "literals", "same_as"]

_MIN_OBJECT = 80
_MAX_ROWS, _MAX_SCALARS = 3, 100
_MAX_PREFIXES = 4
_MIN_PREFIX = 12
_MIN_USES = 6
_MAX_STRINGS = 20_000
_ROOTED = re.compile(r'"(?:https?:/)?/[\w.~%+@:/-]*/')
_PLAIN_KEY = re.compile(r'"([A-Za-z_$][\w$-]*)"')


def same_as(root: Node) -> dict[int, tuple[str, int]]:
    """Where a long enough object equals an earlier one: `id(object)` of the later, and the path and `id` of the first.

    Not looked at are the members of a repetition, the items of long arrays, and what a path cannot name because a key
    stands twice.
    """
    numbers = _Numbers()
    numbers.of(root)
    repeats: dict[int, tuple[str, int]] = {}
    _find_repeats(root, "$", numbers.objects, {}, repeats)
    return repeats


class _Numbers:
    """A number for each value, the same for equal values. `objects`: (number, size) by the `id` of the object."""

    def __init__(self) -> None:
        self._known: dict[object, int] = {}
        self.objects: dict[int, tuple[int, int]] = {}

    def of(self, node: Node) -> tuple[int, int]:
        if isinstance(node, str):
            return self._known.setdefault(node, len(self._known)), len(node)
        if _is_long(node):
            return -1 - id(node), 0
        children = [self.of(child) for child in (node.items if isinstance(node, Arr) else node.values)]
        size = sum(size + 1 for _, size in children) + 2
        mark: object = tuple([number for number, _ in children])
        if isinstance(node, Arr):
            return self._known.setdefault(mark, len(self._known)), size
        size += sum(map(len, node.keys))
        number = self._known.setdefault((node.keys, mark), len(self._known))
        self.objects[id(node)] = number, size
        return number, size


def _find_repeats(
    node: Node,
    path: str,
    objects: dict[int, tuple[int, int]],
    first: dict[int, tuple[str, int]],
    repeats: dict[int, tuple[str, int]],
) -> None:
    if isinstance(node, Obj):
        number, size = objects[id(node)]
        if size >= _MIN_OBJECT:
            if number in first:
                repeats[id(node)] = first[number]
                return
            first[number] = path, id(node)
        if len(set(node.keys)) < len(node.keys):
            return
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(value, str):
                plain = _PLAIN_KEY.fullmatch(key)
                _find_repeats(value, f"{path}.{plain[1]}" if plain else f"{path}[{key}]", objects, first, repeats)
    elif isinstance(node, Arr) and not _is_long(node):
        for i, item in enumerate(node.items):
            if not isinstance(item, str):
                _find_repeats(item, f"{path}[{i}]", objects, first, repeats)


def _is_long(node: Node) -> bool:
    """Is it an array that is likely to become a table, or too long to be looked into?"""
    return (
        isinstance(node, Arr)
        and len(node.items) > _MAX_ROWS
        and (len(node.items) > _MAX_SCALARS or not isinstance(node.items[0], str))
    )


def literals(nodes: Sequence[Node]) -> Iterator[str]:
    """Every scalar in the trees, in no order that matters."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        else:
            stack.extend(node.items if isinstance(node, Arr) else node.values)


class Prefixes:
    """Short names for what many strings of a document begin with."""

    def __init__(self, strings: Iterator[str], query: str) -> None:
        self._query = query
        self._names = {prefix: f"~{n}" for n, prefix in enumerate(_worthwhile(strings), 1)}
        self._by_length = sorted(self._names, key=len, reverse=True)

    @property
    def names(self) -> list[tuple[str, str]]:
        return [(name, prefix) for prefix, name in self._names.items()]

    def shorten(self, literal: str) -> str:
        """The literal with its prefix named, or as it is; a string that the query quotes stays as it is."""
        if self._by_length and literal.startswith(('"/', '"http')):
            for prefix in self._by_length:
                if literal.startswith(prefix, 1):
                    return (
                        literal
                        if literal[1:-1] in self._query
                        else f'{self._names[prefix]}"{literal[len(prefix) + 1 :]}'
                    )
        return literal


def _worthwhile(strings: Iterator[str]) -> list[str]:
    counts: Counter[str] = Counter()
    for read, literal in enumerate(s for s in strings if s.startswith(('"/', '"http'))):
        if read >= _MAX_STRINGS:
            break
        match = _ROOTED.match(literal[:400])
        if match is not None:
            steps = match[0][1:].split("/")
            counts.update("/".join(steps[:k]) + "/" for k in range(2, min(len(steps), 12)) if k != 2 or steps[0] == "")
    chosen: list[str] = []
    while len(chosen) < _MAX_PREFIXES:
        gains = {
            prefix: (count - 1) * (len(prefix) - _covered(prefix, chosen) - 3)
            for prefix, count in counts.items()
            if count >= _MIN_USES and len(prefix) >= _MIN_PREFIX
        }
        best = max(gains, key=lambda prefix: (gains[prefix], prefix), default="")
        if not best or gains[best] < 10 * len(best):
            break
        chosen.append(best)
        uses = counts.pop(best)
        for prefix in counts:
            if best.startswith(prefix):
                counts[prefix] -= uses
    return chosen


def _covered(prefix: str, chosen: Sequence[str]) -> int:
    return max((len(each) for each in chosen if prefix.startswith(each)), default=0)
