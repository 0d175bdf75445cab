"""JSON: without loss first (white space, each key once, equal things once), then the rows that matter of many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ...ccr import marker
from ...relevance import query_terms
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.opaque import opaque_label
from .choice import choose, columns_of, fails
from .columns import Kind, kinds_of
from .detect import is_json
from .fold import Prefixes, literals, same_as
from .scan import Arr, Node, Obj, Source, dump, read, string_of
from .summary import summarise
from .table import render_rows

__all__ = ["JsonRows"]

_ENOUGH = 4_000
"""A lossless form of this length is shown whole: a retrieval would cost more than the rest of it."""
_MIN_ROWS = 12
_MIN_CUT = 2_000
_MIN_TABLE = 400
_MAX_CELL = 500
_MAX_TUPLES = 1_500
_MAX_READ_CELL = 4_000
_MAX_PAGE = 16_000
_MIN_BRANCH, _MAX_BRANCH = 800, 8_000
_MIN_SCALARS = 200
_WORTH = 0.8


class JsonRows:
    """Arrays of any make-up, JSON lines and large objects.

    What stands in the text is the source's own literals. Rows are dropped only where `lossless` is not asked for and
    the lossless form is still long; then each table says how many of how many rows it shows, and what the others hold.
    """

    kind: ClassVar[str] = "json"

    def fits(self, sample: Sample) -> bool:
        return is_json(sample)

    def compress(self, document: Document) -> Rendition | None:
        source = read(document.text)
        if source is None:
            return None
        reading = _Reading(source, document.query)
        best = _Page(reading, lossy=False).rendition()
        if not document.lossless and len(best.text) > _ENOUGH:
            shorter = _Page(reading, lossy=True).rendition()
            if len(shorter.text) > _MAX_PAGE:
                shorter = _Page(reading, lossy=True, pruned=True).rendition()
            if len(shorter.text) < _WORTH * len(best.text):
                best = shorter
        return best if len(best.text) < len(document.text) else None


class _Reading:
    """What is found out once about a document."""

    def __init__(self, source: Source, query: str) -> None:
        self.source = source
        self.query = query
        self.named = [term for term, identifier in query_terms(query).items() if identifier]
        self.prefixes = Prefixes(literals(source.values), query)
        self.repeats = same_as(source.values[0]) if len(source.values) == 1 else {}
        self._kinds: dict[int, list[Kind]] = {}

    def kinds(self, rows: Sequence[Node]) -> list[Kind]:
        if id(rows) not in self._kinds:
            self._kinds[id(rows)] = kinds_of(rows)
        return self._kinds[id(rows)]


class _Page:
    """One rendition in the making."""

    def __init__(self, reading: _Reading, *, lossy: bool, pruned: bool = False) -> None:
        self._reading = reading
        self._lossy = lossy
        self._pruned = pruned
        self._tables: list[str] = []
        self._spans: dict[str, str] = {}
        self._hidden: set[int] = set()
        self._kept = self._total = 0

    def rendition(self) -> Rendition:
        values = self._reading.source.values
        if len(values) > 1:
            body = self._rows(values, None, "JSON lines: ") or "\n".join(map(self._write, values))
        elif isinstance(values[0], Arr):
            body = self._rows(values[0].items, None, "") or self._skeleton(values[0])
        else:
            body = self._skeleton(values[0])
        body = "\n".join([body, *self._tables])
        legend = [f'{name} = "{prefix}"' for name, prefix in self._reading.prefixes.names if f'{name}"' in body]
        text = f"Strings begin with: {'; '.join(legend)}\n{body}" if legend else body
        before, after = self._reading.source.before, self._reading.source.after
        text = f"{before}{text}{after}"
        if not self._total:
            self._kept = self._total = max(1, _count(values))
        spans = tuple(self._spans[key] for key in marker.scan(text) if key in self._spans)
        return Rendition(text, self._kept, self._total, "rows", spans)

    def _skeleton(self, node: Node, key: str = "", depth: int = 0) -> str:
        """The node as JSON, with a table's name where an array or an object has become a table."""
        if isinstance(node, str):
            return self._literal(node)
        path, first = self._reading.repeats.get(id(node), ("", 0))
        if path and first not in self._hidden:
            return f"<same as {path}>"
        table = self._table(node.items, None, key) if isinstance(node, Arr) else None
        if isinstance(node, Obj) and _is_map(node):
            table = self._table(node.values, node.keys, key)
        if table is not None:
            return table
        if self._pruned and depth > 1:
            text = dump(node)
            if _MIN_BRANCH < len(text) < _MAX_BRANCH and not self._is_named(text) and not fails(node):
                return self._hide(node, text)
        if isinstance(node, Arr):
            return "[" + ",".join([self._skeleton(item, key, depth + 1) for item in node.items]) + "]"
        pairs = zip(node.keys, node.values, strict=True)
        return "{" + ",".join([f"{name}:{self._skeleton(value, name, depth + 1)}" for name, value in pairs]) + "}"

    def _table(self, rows: Sequence[Node], keys: Sequence[str] | None, key: str) -> str | None:
        """Put the rows in a table of their own, and give its name; None where they are best left in place."""
        place = len(self._tables)
        self._tables.append("")
        name = f"TABLE{place + 1}"
        table = self._rows(rows, keys, f"{name} ({key}): " if key else f"{name}: ")
        if table is None:
            del self._tables[place:]
            return None
        self._tables[place] = table
        return name

    def _rows(self, rows: Sequence[Node], keys: Sequence[str] | None, title: str) -> str | None:
        plain = len(rows) + sum(map(_length, rows)) + (sum(map(len, keys)) if keys else 0)
        if len(rows) < 2 or plain < _MIN_TABLE:
            return None
        kinds = self._reading.kinds(rows)
        lossy = self._lossy and len(rows) >= _MIN_ROWS and plain > _MIN_CUT
        shown = choose(rows, kinds, self._reading.query, keys) if lossy else None
        if shown is not None and len(shown) > 0.9 * len(rows):
            shown = None
        heads, lines = render_rows(rows, kinds, self._write_cell, shown=shown, keys=keys)
        unit = "entries (each led by its key)" if keys is not None else "rows"
        if shown is None:
            text = "\n".join([f"{title}{len(rows)} {unit}.", *heads, *lines])
            self._total += len(rows)
            self._kept += len(rows)
            return text if len(text) < 0.9 * plain or (self._lossy and len(text) < plain) else None
        self._total += len(rows)
        self._kept += len(shown)
        left_out = set(range(len(rows))).difference(shown)
        self._hidden.update(each for i in left_out for each in _objects(rows[i]))
        led = "" if keys is not None else ", each led by its index from 0"
        left = summarise(columns_of(rows, kinds, constants=True), left_out)
        return "\n".join(
            [
                f"{title}{len(shown)} of {len(rows)} {unit} shown{led}. The {len(rows) - len(shown)} left out: {left}",
                *heads,
                *lines,
            ]
        )

    def _write(self, node: Node) -> str:
        if isinstance(node, str):
            return self._literal(node)
        if isinstance(node, Arr):
            return "[" + ",".join([self._write(item) for item in node.items]) + "]"
        pairs = zip(node.keys, node.values, strict=True)
        return "{" + ",".join([f"{key}:{self._write(value)}" for key, value in pairs]) + "}"

    def _write_cell(self, node: Node, table: str | None = None) -> str:
        """A cell; where rows may be dropped, a long array or object in a cell is put away behind a marker."""
        if isinstance(node, str):
            return self._literal(node)
        text = self._write(node) if table is None else table
        if not self._lossy or len(text) <= (_MAX_CELL if table is None else _MAX_TUPLES):
            return text
        if len(text) <= _MAX_READ_CELL and (fails(node) or self._is_named(text)):
            return text
        return self._hide(node, dump(node))

    def _literal(self, literal: str) -> str:
        if self._lossy and len(literal) > _MAX_CELL and literal[0] == '"':
            value = string_of(literal)
            label = opaque_label(value)
            if label is not None and not self._is_named(literal):
                return f'"{self._put_away(value, label)}"'
        return self._reading.prefixes.shorten(literal)

    def _hide(self, node: Arr | Obj, text: str) -> str:
        """A marker for the node, whose text this is. What it holds cannot be pointed at any more."""
        self._hidden.update(_objects(node))
        return self._put_away(text, _label(node))

    def _put_away(self, original: str, label: str) -> str:
        text = marker.opaque(original, label)
        self._spans[marker.scan(text)[0]] = original
        return text

    def _is_named(self, text: str) -> bool:
        lowered = text.lower()
        return any(term in lowered for term in self._reading.named)


def _objects(node: Node) -> Iterator[int]:
    """The `id` of each object in the tree."""
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Obj):
            yield id(each)
            stack.extend(each.values)
        elif isinstance(each, Arr):
            stack.extend(each.items)


def _length(node: Node) -> int:
    return len(node) if isinstance(node, str) else len(dump(node))


def _count(values: Sequence[Node]) -> int:
    only = values[0]
    return len(only.items) if len(values) == 1 and isinstance(only, Arr) else len(values)


def _label(node: Arr | Obj) -> str:
    return f"array of {len(node.items)}" if isinstance(node, Arr) else f"object with {len(node.keys)} keys"


def _is_map(node: Obj) -> bool:
    """Is the object a mapping of names to alike values, rather than a record?"""
    values = node.values
    if len(values) >= _MIN_SCALARS:
        kinds = {value[:1] == '"' if isinstance(value, str) else None for value in values}
        if len(kinds) == 1 and None not in kinds:
            return True
    if len(values) < 8 or sum(isinstance(value, Obj) for value in values) < 0.8 * len(values):
        return False
    return len({value.keys for value in values if isinstance(value, Obj)}) <= max(2, len(values) // 3)
