"""What a source file is made of: definitions, statements, comments, each with the rows it stands on and its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from .languages import Language

__all__ = ["Item", "items_of"]

_SMALL: Final = 3
"""Rows of an item that has no parts of its own: it stays or goes whole."""
_DEEPEST: Final = 60

_DOCSTRING: Final = re.compile(r"\s*[rRuU]?(?:\"\"\"|''')")


class Item:
    """Rows `start` to `end` of a file (the last one included), which hold nothing else.

    what:    code, comment, doc (a docstring), import, lead (an attribute of the definition behind it)
    members: its parts are members and definitions, not statements
    parts:   the items inside it; the rows of it that are in none of them are its own: signature, braces, `else`
    """

    __slots__ = ("end", "members", "parts", "start", "what")

    def __init__(self, start: int, end: int, what: str) -> None:
        self.start = start
        self.end = end
        self.what = what
        self.members = False
        self.parts: list[Item] = []

    def own(self) -> list[range]:
        """The rows that are in none of its parts."""
        gaps = []
        at = self.start
        for part in self.parts:
            if part.start > at:
                gaps.append(range(at, part.start))
            at = part.end + 1
        if at <= self.end:
            gaps.append(range(at, self.end + 1))
        return gaps


def items_of(tree: Tree, lines: Sequence[str], language: Language, masks: Mapping[int, int]) -> list[Item]:
    """The items of a file, from top to bottom. `masks`: last rows of blocks that were taken out, by their first."""
    return _Reader(lines, language, masks).list_of(tree.root_node, 0)


class _Reader:
    def __init__(self, lines: Sequence[str], language: Language, masks: Mapping[int, int]) -> None:
        self._lines = lines
        self._language = language
        self._masks = masks
        self._masked_ends = frozenset(masks.values())

    def list_of(self, body: Node, depth: int) -> list[Item]:
        """The children of a body as items. What begins behind something else on a row is no item, and what is not in
        the language is none either: where it ends is not known."""
        items: list[Item] = []
        columns: list[int] = []
        taken = -1
        for child in _children(body) if depth == 0 else body.named_children:
            (start, column), (end, last_column) = child.start_point, child.end_point
            if last_column == 0 and end > start:
                end -= 1
            if start <= taken or child.is_error or self._lines[start][:column].strip():
                if items and start == items[-1].end:
                    if end > start:
                        items[-1].parts, items[-1].end = [], end
                    columns[-1] = last_column
                taken = max(taken, end)
                continue
            what = self._what(child, start)
            if what == "comment" and start in self._masks:
                what, end = "code", self._masks[start]
            elif what == "comment" and items and self._goes_on(items[-1], start, end):
                items[-1].end = taken = end
                columns[-1] = last_column
                continue
            item = Item(start, end, what)
            if what == "code":
                if start in self._masks:
                    item.end = max(end, self._masks[start])
                elif (end - start >= _SMALL or end in self._masks) and depth < _DEEPEST:
                    self._fill(item, child, depth)
            taken = item.end
            items.append(item)
            columns.append(last_column)
        return [
            item
            for item, column in zip(items, columns, strict=True)
            if item.end in self._masked_ends or self._ends_its_row(item.end, column)
        ]

    def _ends_its_row(self, row: int, column: int) -> bool:
        """Does nothing but a separator or a comment stand behind that column? Else the bracket that closes the list
        may stand there, and the row stays."""
        line = self._lines[row]
        if column == 0 or len(line) <= column:
            return True
        rest = line[column:] if line.isascii() else line.encode("utf-8", "replace")[column:].decode("utf-8", "replace")
        rest = rest.strip(" \t\r,;")
        return not rest or rest.startswith(("#", "//", "/*", "\\"))

    def _what(self, node: Node, start: int) -> str:
        kind = node.type
        if "comment" in kind:
            return "comment"
        if kind in self._language.imports:
            return "import"
        if kind in self._language.leads:
            return "lead"
        if kind == "expression_statement" and self._language.indented and _DOCSTRING.match(self._lines[start]):
            return "doc"
        return "code"

    def _goes_on(self, before: Item, start: int, end: int) -> bool:
        """Is a comment on row `start` one with the comment before it?"""
        if before.what != "comment" or start != before.end + 1 or start != end:
            return False
        last, this = self._lines[before.end].lstrip(), self._lines[start].lstrip()
        return last[:1] == this[:1] and not this.startswith("/*") and not last.endswith("*/")

    def _fill(self, item: Item, node: Node, depth: int) -> None:
        """Find the parts of an item in the bodies below its node."""
        language = self._language
        parts: list[Item] = []
        below = [node]
        for _ in range(_DEEPEST * 100):
            if not below:
                break
            here = below.pop()
            if here.is_error:
                continue
            kind = here.type
            if kind in language.types:
                item.members = True
            if kind in language.bodies:
                item.members = item.members or kind in language.members
                parts += self.list_of(here, depth + 1)
                continue
            for child in here.named_children:
                start, end = child.start_point[0], child.end_point[0]
                if start in self._masks:
                    parts.append(Item(start, self._masks[start], "code"))
                elif end - start >= 1:
                    below.append(child)
        parts.sort(key=lambda part: part.start)
        at = item.start
        for part in parts:
            if part.start > at:
                item.parts.append(part)
                at = part.end
        item.end = max(item.end, at)


def _children(node: Node) -> Iterator[Node]:
    """The named children one at a time: a list of them would keep all that is below them until the end."""
    cursor = node.walk()
    more = cursor.goto_first_child()
    while more:
        child = cursor.node
        if child is not None and child.is_named:
            yield child
        more = cursor.goto_next_sibling()
