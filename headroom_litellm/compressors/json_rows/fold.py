"""Say it once, inside one JSON document: equal objects by reference, common prefixes of URLs and paths by a short name.

Both lose nothing. Neither form is JSON, so that neither can be taken for a value: `<same as $.user>` stands for the
object at that path, `~1"/issues"` for a string that begins with what the legend gives for `~1`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .scan import Arr, Node, Obj

__all__ = ["Prefixes", "same_as"]

_MIN_OBJECT = 80
_MAX_ROWS, _MAX_SCALARS = 3, 100
_MAX_PREFIXES = 4
_MIN_PREFIX = 12
_MIN_USES = 6
_MAX_STRINGS = 2_000
_ROOTED = re.compile(r'"(?:https?:/)?/[\w.~%+@:/-]{0,300}/')
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


class Prefixes:
    """Short names for what many strings of a text begin with."""

    def __init__(self, text: str, query: str) -> None:
        self._query = query
        prefixes = _worthwhile(text)
        self._names = {prefix: f"~{n}" for n, prefix in enumerate(prefixes, 1)}
        longest = sorted(map(re.escape, prefixes), key=len, reverse=True)
        self._shape = re.compile(f'"({"|".join(longest)})([^"]*")') if prefixes else None

    def shorten(self, text: str) -> str:
        """The (masked) text with the prefixes of its strings named, under a legend of the names that are used. A string
        that the query quotes stays as it is."""
        if self._shape is None:
            return text
        used: set[str] = set()

        def name(match: re.Match[str]) -> str:
            if match[0][1:-1] in self._query:
                return match[0]
            used.add(match[1])
            return f'{self._names[match[1]]}"{match[2]}'

        short = self._shape.sub(name, text)
        legend = ", ".join(f'{name}"x" is "{prefix}x"' for prefix, name in self._names.items() if prefix in used)
        short = f"Strings: {legend}\n{short}"
        return short if len(short) < len(text) else text


def _worthwhile(text: str) -> list[str]:
    if text.count('"/') + text.count('"http') < _MIN_USES:
        return []
    strings = _ROOTED.findall(text)
    step = max(1, len(strings) // _MAX_STRINGS)
    counts: Counter[str] = Counter()
    for string, uses in Counter(strings[::step]).items():
        steps = string[1:].split("/")
        for k in range(2, min(len(steps), 12)):
            if k != 2 or steps[0] == "":
                counts["/".join(steps[:k]) + "/"] += uses * step
    chosen: list[str] = []
    while len(chosen) < _MAX_PREFIXES:
        gains = {
            prefix: (count - 1) * (len(prefix) - _covered(prefix, chosen) - 3)
            for prefix, count in counts.items()
            if count >= _MIN_USES and len(prefix) >= _MIN_PREFIX
        }
        best = max(gains, key=lambda prefix: (gains[prefix], prefix), default="")
        if not best or gains[best] < 5 * len(best):
            break
        chosen.append(best)
        uses = counts.pop(best)
        for prefix in counts:
            if best.startswith(prefix):
                counts[prefix] -= uses
    return chosen


def _covered(prefix: str, chosen: Sequence[str]) -> int:
    return max((len(each) for each in chosen if prefix.startswith(each)), default=0)
