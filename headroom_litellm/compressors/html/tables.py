"""Tables of data as rows of Markdown: each cell in its own column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

__all__ = ["Row", "is_data", "rows_of"]

_MAX_SPAN: Final = 60
_MAX_COLUMNS: Final = 120
"""Columns that cells which span others may make."""
_MAX_REPEATED: Final = 80
_LAYOUT: Final = "pre, h1, h2, form, article, nav"
_MORE_LAYOUT: Final = "h3, h4, p + p, ul, ol, hr"
"""What stands in cells of tables that only lay out a page; the second where no cell is a heading."""


@dataclass(slots=True)
class Row:
    """cells: their texts, by column; head: they name the columns; repeated: texts of cells of rows above that span
    this one"""

    cells: list[str]
    head: bool
    repeated: frozenset[str]

    @property
    def text(self) -> str:
        return f"| {' | '.join(self.cells)} |"


def is_data(table: LexborNode) -> bool:
    """Is it a table of data, not a means to lay out a page?"""
    if table.css_first(_LAYOUT) is not None or any(each.mem_id != table.mem_id for each in table.css("table")):
        return False
    if table.css_first("th") is None and table.css_first(_MORE_LAYOUT) is not None:
        return False
    return table.css_first("td + td, th + td, th + th") is not None


def rows_of(table: LexborNode, text_of: Callable[[LexborNode], str]) -> Iterator[Row]:
    """The rows. A cell that spans several rows is repeated in each of them, so that no cell is in a wrong column."""
    spans: dict[int, tuple[int, str]] = {}
    caption = table.css_first("caption")
    if caption is not None and (title := text_of(caption)):
        yield Row([title], False, frozenset())
    first = True
    for tr in table.css("tr"):
        cells: list[str] = []
        repeated: set[str] = set()
        heads = data = 0
        node = tr.child
        while node is not None:
            if node.tag in ("td", "th"):
                _spanned(cells, spans, repeated)
                heads += node.tag == "th"
                data += node.tag == "td"
                attributes = node.attributes
                # Listings of code number their lines so.
                text = text_of(node).replace("|", "\\|") or attributes.get("data-line-number") or ""
                room = max(1, _MAX_COLUMNS - len(cells))
                wide, high = min(room, _span(attributes.get("colspan"))), _span(attributes.get("rowspan"))
                for column in range(len(cells), len(cells) + wide):
                    if high > 1 and column < _MAX_COLUMNS:
                        spans[column] = (high - 1, text if column == len(cells) and len(text) <= _MAX_REPEATED else "″")
                cells += [text, *[""] * (wide - 1)]
            node = node.next
        _spanned(cells, spans, repeated)
        if any(cells):
            yield Row(cells, first and heads > 0 and data == 0, frozenset(repeated))
            first = False


def _spanned(cells: list[str], spans: dict[int, tuple[int, str]], repeated: set[str]) -> None:
    """Add the cells from above that stand at the next columns."""
    while len(cells) in spans:
        column = len(cells)
        left, text = spans.pop(column)
        if left > 1:
            spans[column] = (left - 1, text)
        repeated.add(text)
        cells.append(text)


def _span(value: str | None) -> int:
    return min(_MAX_SPAN, max(1, int(value))) if value and value.isdecimal() and len(value) < 5 else 1
