"""Tables: without loss first (padding, rules, what every row says), then the rows that matter of many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import ClassVar, Final

from ...ccr import marker
from ...relevance import query_terms
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.opaque import opaque_label
from ..shared.rows import Choice
from ..shared.series import numbers_of
from ..shared.summary import summary_of
from .detect import is_table
from .failing import failing_rows, thinned
from .grid import Columns, Grid
from .reading import read
from .render import delimiter_of, fold, render

__all__ = ["Table"]

_ENOUGH: Final = 4_000
"""A lossless form of this length is shown whole: a retrieval would cost more than the rest of it."""
_MIN_ROWS: Final = 12
_MIN_CUT: Final = 1_500
_WORTH: Final = 0.8
_LIKELY: Final = 1.3
"""Where the cells alone are longer than so many times enough, the lossless form is not tried first."""
_NEARLY_ALL: Final = 0.9
_MAX_CELL: Final = 500
_CUT_CELL: Final = 240
_MAX_PAGE: Final = 24_000
_MAX_COLUMNS: Final = 16
_MAX_FAILURES: Final = 8


class Table:
    """Tables with delimiters, with lines around the cells, and with columns under each other; several in one text too.

    Every cell that is shown is the source's own text. Rows are dropped only where `lossless` is not asked for and the
    lossless form is still long; then the table says how many of how many rows it shows, and what the others hold.
    """

    kind: ClassVar[str] = "table"

    def fits(self, sample: Sample) -> bool:
        return is_table(sample)

    def compress(self, document: Document) -> Rendition | None:
        parts = read(document.text)
        if parts is None:
            return None
        tables = [_Table(part) if isinstance(part, Grid) else part for part in parts]
        size = sum(len(part) if isinstance(part, str) else part.size for part in tables)
        best: Rendition | None = None
        if document.lossless or size <= _LIKELY * _ENOUGH:
            best = _Page(document, tables, lossy=False).rendition()
        if not document.lossless and (best is None or len(best.text) > _ENOUGH):
            shorter = _Page(document, tables, lossy=True).rendition()
            if len(shorter.text) < _WORTH * min(len(document.text), size if best is None else len(best.text)):
                best = shorter
        if best is None:
            best = _Page(document, tables, lossy=False).rendition()
        return best if len(best.text) < len(document.text) else None


class _Table:
    """A table with what is found out once about it. `constants`: what every row of a column says; `size`: about how
    many characters the rest of it has."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.columns = Columns(grid)
        self.constants: dict[int, str] = {}
        self.size = 0
        for k in range(grid.width):
            cells = self.columns[k]
            constant = _constant(grid, cells)
            # One column has to be left for the rows to be written in.
            if constant is None or len(self.constants) == grid.width - 1:
                self.size += sum(map(len, cells)) + len(cells)
            else:
                self.constants[k] = constant
        self.varying = [k for k in range(grid.width) if k not in self.constants]
        names = grid.names or [""] * grid.width
        self.names = [name or f"column {k}" for k, name in enumerate(names, 1)]


class _Page:
    """One rendition in the making."""

    def __init__(self, document: Document, parts: Sequence[str | _Table], *, lossy: bool) -> None:
        self._query = document.query
        self._parts = parts
        self._lossy = lossy
        self._spans: dict[str, str] = {}
        self._kept = self._total = 0
        self._named = [term for term, identifier in query_terms(document.query).items() if identifier]

    def rendition(self) -> Rendition:
        texts = [part if isinstance(part, str) else self._table(part) for part in self._parts]
        text = "\n".join(texts)
        spans = tuple(self._spans[key] for key in marker.scan(text) if key in self._spans)
        return Rendition(text, self._kept, self._total, "rows", spans)

    def _table(self, table: _Table) -> str:
        grid = table.grid
        total = len(grid.lines)
        shown: list[int] | None = None
        alike: Sequence[Sequence[int]] = ()
        if self._lossy and not grid.whole and total >= _MIN_ROWS and table.size > _MIN_CUT:
            shown, alike = self._chosen(table)
            if len(shown) > _NEARLY_ALL * total:
                shown = None
        self._total += total
        self._kept += total if shown is None else len(shown)
        if shown is None:
            return self._written(table, [table.columns[k] for k in table.varying], None, "")
        rows = [grid.split(grid.lines[i]) for i in shown if i not in grid.odd]
        cells = list(zip(*rows, strict=True))
        return self._written(table, [cells[k] for k in table.varying], shown, _left(table, set(shown), alike))

    def _chosen(self, table: _Table) -> tuple[list[int], Sequence[Sequence[int]]]:
        """(the rows to show, the groups of failures alike of which not all are shown). Every other row that fails is
        shown, and every one that has not these columns."""
        grid = table.grid
        regular = grid.regular
        choice = Choice(len(grid.lines))
        failures: dict[int, list[str]] = {}
        for k in table.varying:
            cells = table.columns[k]
            numbers = numbers_of(cells)
            name = table.names[k] if grid.names is not None else ""
            for i in failing_rows(name, cells, numeric=numbers is not None):
                failures.setdefault(regular[i], []).append(cells[i])
            choice.add(cells, regular, numbers)
        always, alike = thinned(failures)
        return choice.rows(grid.lines, self._query, {*grid.odd, *always}), alike

    def _written(self, table: _Table, cells: Sequence[Sequence[str]], shown: Sequence[int] | None, left: str) -> str:
        grid = table.grid
        if self._lossy:
            size = sum(len(cell) for column in cells for cell in column)
            cells = [[self._cell(cell, long=size > _MAX_PAGE) for cell in column] for column in cells]
        delimiter = delimiter_of(grid, cells, table.constants)
        folded = fold(cells, [table.names[k] for k in table.varying])
        return render(grid, folded, table.constants, delimiter, shown=shown, left=left)

    def _cell(self, cell: str, *, long: bool) -> str:
        """A cell; where rows may be dropped, one that nobody reads is put away behind a marker, and so is the rest of
        a long one on a long page."""
        if len(cell) <= (_CUT_CELL if long else _MAX_CELL) or self._is_named(cell):
            return cell
        label = opaque_label(cell.strip('"'))
        if label is None and not (long and len(cell) > 2 * _CUT_CELL):
            return cell
        text = marker.opaque(cell, label or "text")
        self._spans[marker.scan(text)[0]] = cell
        return text if label is not None else f"{cell[:_CUT_CELL]}…{text}"

    def _is_named(self, text: str) -> bool:
        lowered = text.lower()
        return any(term in lowered for term in self._named)


def _left(table: _Table, shown: set[int], alike: Sequence[Sequence[int]]) -> str:
    """What the rows that are not shown hold."""
    failing = [(sum(i not in shown for i in group), group[0] + 1) for group in alike]
    failing.sort(key=lambda group: -group[0])
    told = [f"{count} fail like row {first} but for numbers" for count, first in failing[:_MAX_FAILURES] if count]
    rest = sum(count for count, _ in failing[_MAX_FAILURES:])
    told += [f"{rest} fail like others shown"] if rest else []
    dropped = [i not in shown for i in table.grid.regular]
    for k in table.varying[:_MAX_COLUMNS]:
        cells = table.columns[k]
        told.append(f"{table.names[k]}{summary_of(list(compress(cells, dropped)))}")
    if len(table.varying) > _MAX_COLUMNS:
        told.append(f"and {len(table.varying) - _MAX_COLUMNS} more columns")
    return "; ".join(told)


def _constant(grid: Grid, cells: Sequence[str]) -> str | None:
    """What every row of the column says; None where they differ, or where the names leave no way to say it."""
    if len(cells) < 2 or cells[0] != cells[-1] or "\n" in cells[0] or cells.count(cells[0]) < len(cells):
        return None
    return None if grid.names is not None and any("=" in name for name in grid.names) else cells[0]
