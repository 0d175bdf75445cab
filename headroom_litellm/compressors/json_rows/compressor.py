"""JSON: without loss first (white space, each key once, equal things once), then the rows that matter of many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ...ccr import marker
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.opaque import opaque_label
from .columns import common_keys
from .detect import is_json
from .failing import fails
from .parts import in_parts, is_dense
from .reading import MIN_INNER, Reading
from .scan import Arr, Node, Obj, dump, read, size_of, string_of
from .table import plain_name

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
_MIN_SKELETON = 60
_MIN_INLINE = 24
_WORTH = 0.8
_GAIN = 0.9
_STRINGS = "JSON_STRING(x): a string that holds x as JSON text, here without its escapes and white space."


class JsonRows:
    """Arrays of any make-up, JSON lines and large objects.

    What stands in the text is the source's own literals. Rows are dropped only where `lossless` is not asked for and
    the lossless form is still long; then each table says how many of how many rows it shows, and what the others hold.
    """

    kind: ClassVar[str] = "json"

    def fits(self, sample: Sample) -> bool:
        return is_json(sample)

    def compress(self, document: Document) -> Rendition | None:
        if is_dense(document.text):
            parts = in_parts(document.text, document.query, lossless=document.lossless)
            if parts is not None:
                return parts
        source = read(document.text)
        if source is None:
            return None
        reading = Reading(source, document.text, document.query)
        best = _Page(reading, lossy=False).rendition()
        if not document.lossless and len(best.text) > _ENOUGH:
            shorter = _Page(reading, lossy=True).rendition()
            if len(shorter.text) < _ENOUGH and shorter.spans:
                wider = _Page(reading, lossy=True, cell=_MAX_READ_CELL).rendition()
                shorter = wider if len(wider.text) < _ENOUGH else shorter
            elif len(shorter.text) > _MAX_PAGE:
                shorter = _Page(reading, lossy=True, pruned=True).rendition()
            if len(shorter.text) < _WORTH * len(best.text):
                best = shorter
        return best if len(best.text) < len(document.text) else None


class _Page:
    """One rendition in the making."""

    def __init__(self, reading: Reading, *, lossy: bool, pruned: bool = False, cell: int = _MAX_CELL) -> None:
        self._reading = reading
        self._lossy = lossy
        self._pruned = pruned
        self._cell = cell
        self._tables: list[str] = []
        self._spans: dict[str, str] = {}
        self._hidden: set[int] = set()
        self._strings = False
        self._kept = self._total = 0

    def rendition(self) -> Rendition:
        source = self._reading.source
        values = source.values
        first = values[0]
        if len(values) > 1:
            body = self._rows(values, None, "JSON lines: ") or "\n".join(map(self._write, values))
        else:
            table = self._rows(first.items, None, "") if isinstance(first, Arr) else None
            body = table or self._skeleton(first)
        body = self._reading.prefixes.shorten("\n".join([body, *self._tables]))
        if self._strings:
            body = f"{_STRINGS}\n{body}"
        if not self._total:
            self._kept = self._total = max(1, _count(values))
        text = source.mask.unmask(f"{source.before}{body}{source.after}")
        spans = tuple(self._spans[key] for key in marker.scan(text) if key in self._spans) if self._spans else ()
        return Rendition(text, self._kept, self._total, "rows", spans)

    def _skeleton(self, node: Node, key: str = "", depth: int = 0) -> str:
        """The node as JSON, with a table's name where an array or an object has become a table."""
        if isinstance(node, str):
            return self._string(node, key, depth)
        if node.size < _MIN_SKELETON:
            return dump(node)
        path, first = self._reading.repeats.get(id(node), ("", 0))
        if path and first not in self._hidden:
            return f"<same as {path}>"
        table = self._table(node.items, None, key) if isinstance(node, Arr) else None
        if isinstance(node, Obj) and _is_map(node):
            table = self._table(node.values, node.keys, key)
        if table is not None:
            return table
        if self._pruned and depth > 1 and _MIN_BRANCH < node.size < _MAX_BRANCH:
            text = dump(node)
            if not self._is_named(text) and not fails(node):
                return self._hide(node, text)
        if isinstance(node, Arr):
            inline = self._inline(node.items, depth)
            if inline is not None:
                return inline
            if node.flat and max(map(size_of, node.items), default=0) < MIN_INNER:
                return dump(node)
            return "[" + ",".join([self._skeleton(item, key, depth + 1) for item in node.items]) + "]"
        pairs = zip(node.keys, node.values, strict=True)
        return "{" + ",".join([f"{name}:{self._skeleton(value, name, depth + 1)}" for name, value in pairs]) + "}"

    def _inline(self, rows: Sequence[Node], depth: int) -> str | None:
        """A few objects of one shape with their keys said once, in place; None where that would save little."""
        names = common_keys(rows)
        if not names or any(id(row) in self._reading.repeats for row in rows):
            return None
        if (len(rows) - 1) * sum(len(name) + 1 for name in names) < _MIN_INLINE:
            return None
        cells = [
            ",".join([self._skeleton(value, name, depth + 2) for name, value in zip(names, row.values, strict=True)])
            for row in rows
            if isinstance(row, Obj)
        ]
        return f"[columns {','.join(map(plain_name, names))}: {','.join([f'[{row}]' for row in cells])}]"

    def _string(self, literal: str, key: str, depth: int) -> str:
        """The literal; where it holds JSON, what it holds."""
        inner = self._reading.inner(literal)
        if inner is None:
            return self._literal(literal)
        tables = len(self._tables)
        text = self._skeleton(inner, key, depth + 1)
        if len(self._tables) == tables and len(text) + len(_STRINGS) > len(self._reading.source.mask.unmask(literal)):
            return self._literal(literal)
        self._strings = True
        return f"JSON_STRING({text})"

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
        if len(rows) < 2:
            return None
        sheet = self._reading.sheet(rows, keys)
        lossy = self._lossy and len(rows) >= _MIN_ROWS and sheet.plain > _MIN_CUT
        if sheet.plain < _MIN_TABLE or not (lossy or sheet.has_columns):
            return None
        shown = sheet.chosen if lossy else None
        if shown is not None and len(shown) > 0.9 * len(rows):
            shown = None
        unit = "entries (each led by its key)" if keys is not None else "rows"
        if shown is None:
            whole = not self._lossy or sheet.longest <= _MAX_CELL
            heads, lines = sheet.full if whole else sheet.render(self._write_cell, long=_MAX_CELL)
            text = "\n".join([f"{title}{len(rows)} {unit}.", *heads, *lines])
            if len(text) >= (sheet.plain if self._lossy else _GAIN * sheet.plain):
                return None
            self._total += len(rows)
            self._kept += len(rows)
            return text
        heads, lines = sheet.render(self._write_cell, shown, long=_MAX_CELL)
        self._total += len(rows)
        self._kept += len(shown)
        if self._reading.repeats:
            self._hidden.update(each for i in set(range(len(rows))).difference(shown) for each in _objects(rows[i]))
        led = "" if keys is not None else ", each led by its index from 0"
        shares = f"{len(shown)} of {len(rows)} {unit} shown{led}. The {len(rows) - len(shown)} left out"
        return "\n".join([f"{title}{shares}: {sheet.left_out}", *heads, *lines])

    def _write(self, node: Node) -> str:
        if isinstance(node, str):
            return self._literal(node)
        if not self._lossy or node.size <= self._cell:
            return dump(node)
        if isinstance(node, Arr):
            return "[" + ",".join([self._write(item) for item in node.items]) + "]"
        pairs = zip(node.keys, node.values, strict=True)
        return "{" + ",".join([f"{key}:{self._write(value)}" for key, value in pairs]) + "}"

    def _write_cell(self, node: Node, table: str | None = None) -> str:
        """A cell; where rows may be dropped, a long array or object in a cell is put away behind a marker."""
        if isinstance(node, str):
            return self._literal(node)
        text = self._write(node) if table is None else table
        if not self._lossy or len(text) <= (self._cell if table is None else max(self._cell, _MAX_TUPLES)):
            return text
        if len(text) <= _MAX_READ_CELL and (fails(node) or self._is_named(text)):
            return text
        return self._hide(node, dump(node))

    def _literal(self, literal: str) -> str:
        if self._lossy and len(literal) > _MAX_CELL and literal[0] == '"':
            value = string_of(self._reading.source.mask.unmask(literal))
            label = opaque_label(value)
            if label is not None and not self._is_named(literal):
                return f'"{self._put_away(value, label)}"'
        return literal

    def _hide(self, node: Arr | Obj, text: str) -> str:
        """A marker for the node, whose text this is. What it holds cannot be pointed at any more."""
        self._hidden.update(_objects(node))
        return self._put_away(self._reading.source.mask.unmask(text), _label(node))

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


def _count(values: Sequence[Node]) -> int:
    only = values[0]
    return len(only.items) if len(values) == 1 and isinstance(only, Arr) else len(values)


def _label(node: Arr | Obj) -> str:
    """`array of 12`, `array of 1×60×2` where arrays hold arrays (by the first of each), `object with 3 keys`."""
    if isinstance(node, Obj):
        return f"object with {len(node.keys)} keys"
    sizes = []
    inner: Node = node
    while isinstance(inner, Arr):
        sizes.append(len(inner.items))
        inner = inner.items[0] if inner.items else ""
    return f"array of {'×'.join(map(str, sizes))}"


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
