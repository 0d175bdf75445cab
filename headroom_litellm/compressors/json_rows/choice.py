"""Which rows of many to show: the failures, the named, the odd, the turning points, and then a varied few.

Five axes: where a row stands (first, last), whether it reports a failure, how far it lies outside its columns, what it
has to do with the query, and whether something changes there. What is left of the budget goes to the rows that add
most to what is already shown, until a further row would add little; then to rows at even distances.
"""

from __future__ import annotations

import heapq
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from ...relevance import NAMED, rank
from ..shared.signs import member_fails, member_role
from ..shared.variety import varied
from .columns import Constant, Entry, Group, Kind, leaves
from .scan import Arr, Node, Obj, dump

__all__ = ["Column", "choose", "columns_of", "fails", "few_kinds", "numbers_of"]

_MIN_ROWS = 8
_MAX_ROWS = 120
_MAX_RELEVANT = 8
_MAX_ODD = 2
_MAX_TURNS = 2
_FAR = 8.0
_TEXT = 20_000

_NUMBER = re.compile(r'"?(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)"?')
_DIGITS = re.compile(r"\w*[0-9]\w*")

Column = tuple[str, Sequence[int], Sequence[Node | None]]
"""(name, positions of the rows, one cell a row)"""


def choose(rows: Sequence[Node], kinds: Sequence[Kind], query: str, keys: Sequence[str] | None = None) -> list[int]:
    """The positions of the rows to show, in order. Every row that reports a failure is among them, and so is every row
    that holds a rare identifier of the query, in itself or in its key."""
    total = len(rows)
    kept = set(range(min(3, total))) | {max(0, total - 2), total - 1}
    kept.update(i for i, row in enumerate(rows) if fails(row))
    scores = _scores(rows, query, keys)
    kept.update(i for i, score in enumerate(scores) if score >= NAMED)
    related = heapq.nlargest(_MAX_RELEVANT, ((score, -i) for i, score in enumerate(scores) if score > 0))
    kept.update(-i for score, i in related if score >= related[0][0] / 2)
    columns = columns_of(rows, kinds)
    labelled: list[tuple[Sequence[int], list[str]]] = []
    for _, positions, cells in columns:
        numbers = numbers_of(cells)
        if numbers is not None:
            kept.update(positions[k] for k in (*_odd(numbers), *_turns(numbers)))
        labels = _labels(cells, numbers)
        if labels is not None:
            labelled.append((positions, labels))
    budget = min(_MAX_ROWS, max(_MIN_ROWS, round(1.5 * math.sqrt(total))))
    kept |= varied(labelled, kept, total, budget - len(kept))
    spare = max(0, budget - len(kept))
    kept.update(total * k // (spare + 1) for k in range(1, spare + 1))
    return sorted(kept)


def _scores(rows: Sequence[Node], query: str, keys: Sequence[str] | None) -> list[float]:
    if not query:
        return []
    if keys is None:
        return rank(query, [dump(row)[:_TEXT] for row in rows])
    return rank(query, [f"{key} {dump(row)[:_TEXT]}" for key, row in zip(keys, rows, strict=True)])


def fails(node: Node, depth: int = 0) -> bool:
    """Does the row, or anything in it, report a failure?"""
    if isinstance(node, Arr):
        return depth < 8 and any(fails(item, depth + 1) for item in node.items if not isinstance(item, str))
    if not isinstance(node, Obj):
        return node[0] == '"' and member_fails("text", node)
    for key, value in zip(node.keys, node.values, strict=True):
        role = member_role(key)
        if isinstance(value, str):
            if role and member_fails(role, value):
                return True
        elif (role == "error" and _says_something(value)) or (depth < 8 and fails(value, depth + 1)):
            return True
    return False


def _says_something(node: Node) -> bool:
    """Is there more in an error's object or array than nulls, zeros and empty things?"""
    if isinstance(node, str):
        return member_fails("error", node)
    return any(_says_something(child) for child in (node.items if isinstance(node, Arr) else node.values))


def columns_of(rows: Sequence[Node], kinds: Sequence[Kind], *, constants: bool = False) -> list[Column]:
    """Every varying column of each kind; rows of no kind are columns by position where they are arrays, else one
    column. With `constants`, also what is constant in one kind and stands in another too."""
    columns: list[Column] = []
    for kind in kinds:
        if kind.entries:
            columns.extend(
                (".".join(_bare(p) for p in path), kind.rows, leaf.cells) for path, leaf in leaves(kind.entries)
            )
            continue
        found = [rows[i] for i in kind.rows]
        arrays = [row.items for row in found if isinstance(row, Arr)]
        width = max(map(len, arrays), default=0)
        if len(arrays) == len(found) and 0 < width <= 64:
            columns.extend(
                (f"[{k}]", kind.rows, [items[k] if k < len(items) else None for items in arrays]) for k in range(width)
            )
        else:
            columns.append(("value", kind.rows, list(found)))
    if constants:
        same = [(name, kind.rows, value) for kind in kinds for name, value in _constants(kind.entries)]
        times = Counter([name for name, _, _ in columns] + [name for name, _, _ in same])
        columns.extend((name, where, [value] * len(where)) for name, where, value in same if times[name] > 1)
    return columns


def _constants(entries: Sequence[Entry], path: str = "") -> Iterator[tuple[str, Node]]:
    for entry in entries:
        if isinstance(entry, Constant):
            yield path + _bare(entry.name), entry.value
        elif isinstance(entry, Group):
            yield from _constants(entry.entries, f"{path}{_bare(entry.name)}.")


def _bare(key: str) -> str:
    return key[1:-1]


def numbers_of(cells: Sequence[Node | None]) -> list[float | None] | None:
    """The cells as numbers, if nearly all of them that hold anything are numbers; for statistics only."""
    numbers: list[float | None] = []
    seen = misses = 0
    for cell in cells:
        number = _NUMBER.fullmatch(cell) if isinstance(cell, str) and len(cell) < 40 else None
        numbers.append(float(number[1]) if number else None)
        if number is not None:
            seen += 1
        elif cell is not None and cell not in ("null", '""', '"-"'):
            misses += 1
            if misses > 20 and misses > seen:
                return None
    return numbers if seen >= 4 and misses * 10 <= seen else None


def _odd(numbers: Sequence[float | None]) -> list[int]:
    """The few that lie farthest outside the column, if they lie far outside (by the median absolute deviation)."""
    values = [n for n in numbers if n is not None]
    middle = median(values)
    spread = median([abs(n - middle) for n in values])
    if not spread:
        apart = [abs(n - middle) for n in values if n != middle]
        if not apart or len(apart) > max(2, len(values) // 20):
            return _lone_peak(numbers)
        spread = sum(apart) / len(values)
    far = ((abs(n - middle) / spread, -k) for k, n in enumerate(numbers) if n is not None)
    return [-k for distance, k in heapq.nlargest(_MAX_ODD, far) if distance > _FAR]


def _lone_peak(numbers: Sequence[float | None]) -> list[int]:
    """The greatest by size, where it stands far above the next."""
    sizes = heapq.nlargest(2, ((abs(n), -k) for k, n in enumerate(numbers) if n is not None))
    return [-sizes[0][1]] if len(sizes) == 2 and sizes[0][0] > 3 * sizes[1][0] else []


def _turns(numbers: Sequence[float | None]) -> list[int]:
    """Where the level of the column changes for good; a column that only climbs or falls has no turning point."""
    known = [k for k, n in enumerate(numbers) if n is not None]
    if len(known) < 16:
        return []
    values = [n for n in numbers if n is not None]
    rises = sum(b >= a for a, b in pairwise(values))
    falls = sum(b <= a for a, b in pairwise(values))
    if max(rises, falls) >= 0.95 * (len(values) - 1) and min(rises, falls) < 0.5 * len(values):
        return []
    turns: list[int] = []
    spans = [(0, len(values))]
    while spans and len(turns) < _MAX_TURNS:
        start, end = spans.pop(0)
        turn = _turn(values, start, end)
        if turn is not None:
            turns.append(known[turn])
            spans += [(start, turn), (turn, end)]
    return turns


def _turn(values: Sequence[float], start: int, end: int) -> int | None:
    """The best place to split the span in two levels, if that explains most of its spread (CUSUM)."""
    size = end - start
    if size < 16:
        return None
    span = values[start:end]
    mean = math.fsum(span) / size
    spread = math.fsum((n - mean) ** 2 for n in span)
    if not 0 < spread < math.inf:
        return None
    best, place, total = 0.0, None, 0.0
    for k in range(1, size):
        total += span[k - 1] - mean
        gain = total * total * size / (k * (size - k))
        if gain > best and 4 <= k <= size - 4:
            best, place = gain, start + k
    return place if best > 0.6 * spread else None


def _labels(cells: Sequence[Node | None], numbers: Sequence[float | None] | None) -> list[str] | None:
    """A coarse name for each cell, so that equal names mean "nothing new"; None where no two cells are alike."""
    texts = [
        "" if cell is None else cell if isinstance(cell, str) else f"{type(cell).__name__}{_size(cell)}"
        for cell in cells
    ]
    if few_kinds(texts, max(8, len(texts) // 10)):
        return texts
    if numbers is not None:
        values = sorted(n for n in numbers if n is not None)
        cuts = [values[len(values) * q // 6] for q in range(1, 6)]
        return ["" if n is None else str(bisect_right(cuts, n)) for n in numbers]
    masked = [_DIGITS.sub("#", text[:200]) for text in texts]
    return masked if few_kinds(masked, max(8, len(masked) // 4)) else None


def few_kinds(texts: Iterable[str], most: int) -> bool:
    """Are there at most `most` different texts?"""
    kinds: set[str] = set()
    for text in texts:
        kinds.add(text)
        if len(kinds) > most:
            return False
    return True


def _size(node: Node) -> int:
    count = len(node.items) if isinstance(node, Arr) else len(node.values) if isinstance(node, Obj) else 0
    return count.bit_length()
