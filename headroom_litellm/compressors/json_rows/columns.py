"""Rows of objects seen as columns: which rows are of one kind, and what stands in each column.

Nested objects become groups of columns, arrays of alike objects become one column of tuples, and a column that says
the same in every row is a constant. Order, duplicates and absences are never glossed over: rows whose keys cannot be
put in one order with the others are of no kind and are shown as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .scan import Arr, Node, Obj, dump, size_of

__all__ = ["Constant", "Entry", "Group", "Kind", "Leaf", "common_keys", "constants", "kinds_of", "leaves", "ordered"]

_MAX_KINDS = 6
_ALIKE = 0.5
_MAX_GROUP_DEPTH = 6


@dataclass(frozen=True)
class Constant:
    """A column whose every cell is this node."""

    name: str
    value: Node


@dataclass(frozen=True)
class Leaf:
    """A column. `cells` has one node a row, None where the row lacks the key. `inner` is set where each cell is an
    array of objects with these keys, in this order or fewer."""

    name: str
    cells: list[Node | None]
    inner: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Group:
    """A column of objects, itself in columns. An object that is absent is absent from each of them."""

    name: str
    entries: list[Entry]


Entry = Constant | Leaf | Group


@dataclass
class Kind:
    """Rows that share their keys: positions in the array, and their columns. Without `entries`: of no kind."""

    rows: Sequence[int]
    entries: list[Entry] = field(default_factory=list)


def kinds_of(rows: Sequence[Node]) -> list[Kind]:
    """The rows in kinds, each row in one of them; the rows of no kind, if any, come last."""
    shapes: dict[tuple[str, ...], list[int]] = {}
    loose: list[int] = []
    for i, row in enumerate(rows):
        if isinstance(row, Obj) and row.keys and (row.keys in shapes or len(set(row.keys)) == len(row.keys)):
            shapes.setdefault(row.keys, []).append(i)
        else:
            loose.append(i)
    groups: list[tuple[list[str], list[tuple[str, ...]]]] = []
    for shape in shapes:
        for group in groups:
            merged = _merge(group[0], shape) if _similar(group[0], shape) else None
            if merged is not None and all(_follows(merged, each) for each in group[1]):
                group[0][:] = merged
                group[1].append(shape)
                break
        else:
            if len(groups) < _MAX_KINDS:
                groups.append((list(shape), [shape]))
            else:
                loose.extend(shapes[shape])
    kinds = []
    for names, members in groups:
        positions = sorted(i for shape in members for i in shapes[shape])
        if len(positions) == len(rows):
            kinds.append(Kind(range(len(rows)), _entries(names, rows, 0)))
        else:
            kinds.append(Kind(positions, _entries(names, [rows[i] for i in positions], 0)))
    if loose:
        kinds.append(Kind(sorted(loose) if kinds else range(len(rows))))
    return kinds


def leaves(entries: Sequence[Entry], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    """Every varying column with the keys that lead to it."""
    for entry in entries:
        if isinstance(entry, Leaf):
            yield (*path, entry.name), entry
        elif isinstance(entry, Group):
            yield from leaves(entry.entries, (*path, entry.name))


def constants(entries: Sequence[Entry], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Constant]]:
    """Every constant with the keys that lead to it."""
    for entry in entries:
        if isinstance(entry, Constant):
            yield (*path, entry.name), entry
        elif isinstance(entry, Group):
            yield from constants(entry.entries, (*path, entry.name))


def ordered(shapes: Sequence[tuple[str, ...]]) -> list[str] | None:
    """One order of all keys that each shape follows, or None."""
    names: list[str] = []
    for shape in shapes:
        merged = _merge(names, shape)
        if merged is None:
            return None
        names = merged
    return names if all(_follows(names, shape) for shape in shapes) else None


def common_keys(rows: Sequence[Node]) -> tuple[str, ...]:
    """The keys that all rows have, in the same order and no other; empty if they differ or are no objects."""
    first = rows[0] if len(rows) > 1 else None
    if not isinstance(first, Obj) or len(set(first.keys)) < len(first.keys):
        return ()
    return first.keys if all(isinstance(row, Obj) and row.keys == first.keys for row in rows) else ()


def _similar(names: list[str], shape: tuple[str, ...]) -> bool:
    both = len(set(names).intersection(shape))
    return both >= _ALIKE * (len(names) + len(shape) - both)


def _merge(names: list[str], shape: tuple[str, ...]) -> list[str] | None:
    """`names` with the new keys of `shape` behind the keys that they follow; None if `shape` has another order."""
    known = set(names)
    if not _follows(names, [key for key in shape if key in known]):
        return None
    before: dict[str, list[str]] = {}
    last = ""
    for key in shape:
        if key in known:
            last = key
        else:
            before.setdefault(last, []).append(key)
    merged = before.get("", [])
    for name in names:
        merged.append(name)
        merged.extend(before.get(name, ()))
    return merged


def _follows(names: list[str], shape: Sequence[str]) -> bool:
    """Are the keys of `shape` all in `names`, in that order?"""
    remaining = iter(names)
    return all(key in remaining for key in shape)


def _entries(names: Sequence[str], rows: Sequence[Node | None], depth: int) -> list[Entry]:
    """The columns of rows that are all objects, or None where absent, and follow the order of `names`."""
    cells = _cells(names, rows)
    return [_entry(name, column, depth) for name, column in zip(names, cells, strict=True)]


def _cells(names: Sequence[str], rows: Sequence[Node | None]) -> list[list[Node | None]]:
    objects = [row for row in rows if isinstance(row, Obj)]
    shape = tuple(names)
    if len(objects) == len(rows) and all(row.keys == shape for row in objects):
        return [list(column) for column in zip(*[row.values for row in objects], strict=True)]
    columns: list[list[Node | None]] = [[None] * len(rows) for _ in names]
    place = {name: i for i, name in enumerate(names)}
    for i, row in enumerate(rows):
        if isinstance(row, Obj):
            for key, value in zip(row.keys, row.values, strict=True):
                columns[place[key]][i] = value
    return columns


def _entry(name: str, cells: list[Node | None], depth: int) -> Entry:
    first = cells[0]
    if len(cells) > 1 and first is not None and _all_same(first, cells):
        return Constant(name, first)
    types = set(map(type, cells))
    if str in types or (Obj in types and Arr in types):
        return Leaf(name, cells)
    if Obj in types:
        objects = [cell for cell in cells if isinstance(cell, Obj)]
        names = None
        if len(objects) >= _ALIKE * len(cells) and depth < _MAX_GROUP_DEPTH and all(each.keys for each in objects):
            names = _common_order(objects)
        return Leaf(name, cells) if names is None else Group(name, _entries(names, cells, depth + 1))
    arrays = [cell for cell in cells if isinstance(cell, Arr) and cell.nodes]
    if any(type(array.nodes[0]) is not Obj for array in arrays):
        return Leaf(name, cells)
    items = [item for array in arrays for item in array.nodes]
    found = [item for item in items if isinstance(item, Obj) and item.keys]
    names = _common_order(found) if len(found) == len(items) > 2 else None
    return Leaf(name, cells, tuple(names) if names is not None else None)


def _all_same(first: Node, cells: list[Node | None]) -> bool:
    if isinstance(first, str):
        return cells.count(first) == len(cells)
    if any(type(cell) is not type(first) or cell is None or size_of(cell) != first.size for cell in cells):
        return False
    text = dump(first)
    return all(cell is not None and dump(cell) == text for cell in cells)


def _common_order(objects: Sequence[Obj]) -> list[str] | None:
    """The order of the keys of objects that are alike enough to share columns, or None."""
    shapes = list(dict.fromkeys(each.keys for each in objects))
    if len(shapes) > 200 or any(len(set(shape)) != len(shape) for shape in shapes):
        return None
    names = ordered(shapes)
    if names is None:
        return None
    filled = sum(len(each.keys) for each in objects)
    return names if filled >= _ALIKE * len(names) * len(objects) else None
