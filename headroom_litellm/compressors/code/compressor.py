"""Source files: what is defined in them, and the bodies that matter."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from ...conversation import ToolCall
from ...shell import command_line
from ..base import Document, Rendition
from ..sample import Sample
from .items import items_of
from .languages import Language, grammar
from .mask import mask
from .minified import is_minified, minified
from .outline import outline
from .source import Source
from .tell import is_numbered_text, language_of

if TYPE_CHECKING:
    from tree_sitter import Query, Tree

__all__ = ["Code"]

_SHORTEST: Final = 3_000
"""Shorter files stay whole."""
_WORTH: Final = 0.8
_ROWS_AN_ERROR: Final = 15
"""A text with more errors than one in so many rows is not in the language it was taken for."""

_WHOLE_FILE: Final = re.compile(r"\s*(?:cd \S+ && )?(?:cat|bat|head|type|nl)(?: -\w+(?: \d+)?)* [^\s|;&>]+\s*")
_PART_OF_FILE: Final = re.compile(r"\s*(?:cd \S+ && )?sed -n ['\"]?([0-9]{1,7}),[0-9]{1,7}p['\"]? [^\s|;&>]+\s*")
_ASKS_FOR_PART: Final = re.compile(r"\"(?:offset|start|start_line|line_start|view_range|line_range|from_line)\"")


class Code:
    """An outline in rows of the source: imports, types, signatures, beginnings of comments; bodies as far as they are
    what the query is after or there is room. A comment stands for each run of rows that is left out and says how many,
    which, and what is in them. It parses as well as the source does.

    Scripts without line breaks are shown in parts.
    """

    kind: ClassVar[str] = "code"

    def fits(self, sample: Sample) -> bool:
        return language_of(sample.document) is not None or is_minified(sample.document.text)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        if document.lossless or len(text) < _SHORTEST:
            return None
        language = language_of(document)
        if language is None:
            return minified(text, document.query) if is_minified(text) else None
        numbered = is_numbered_text(text)
        offset, where = (0, "") if numbered else _place(document)
        source = Source.of(text, numbered=numbered, offset=offset)
        if source is None:
            return None
        return _outlined(source, language, document, where)


def _outlined(source: Source, language: Language, document: Document, where: str) -> Rendition | None:
    bare = source.text
    emptied, masks = mask(bare, language)
    tree = _parse(emptied, language)
    errors = 0
    if tree.root_node.has_error:
        masks, emptied = {}, bare
        tree = _parse(bare, language)
        errors = _errors(tree, language)
        if errors * _ROWS_AN_ERROR > len(source.rows):
            return None
    items = items_of(tree, source.rows, language, masks)
    del tree
    kept, shown, check = outline(source, items, language, document.query, where, emptied)
    short = "\n".join(shown) + ("\n" if source.ends else "")
    if len(short) > _WORTH * len(document.text):
        return None
    result = _parse(check, language)
    if result.root_node.has_error and _errors(result, language) > errors:
        return None
    return Rendition(short, kept, len(source.raw), "lines")


def _place(document: Document) -> tuple[int, str]:
    """How many lines of the file stand before the text, and, where that is not known, what to say of line numbers."""
    command = command_line(ToolCall("", document.tool, document.arguments)) if document.arguments else ""
    if command:
        part = _PART_OF_FILE.fullmatch(command)
        if part is not None:
            return max(0, int(part[1]) - 1), ""
        return (0, "") if _WHOLE_FILE.fullmatch(command) else (0, " of this output")
    return (0, " of this output") if _ASKS_FOR_PART.search(document.arguments) else (0, "")


def _parse(text: str, language: Language) -> Tree:
    from tree_sitter import Parser

    return Parser(grammar(language.name)).parse(text.encode("utf-8", "replace"))


def _errors(tree: Tree, language: Language) -> int:
    """How many places of the text are not in the language."""
    from tree_sitter import QueryCursor

    captures = QueryCursor(_query(language.name)).captures(tree.root_node)
    return sum(map(len, captures.values()))


@lru_cache(maxsize=16)
def _query(name: str) -> Query:
    from tree_sitter import Query

    query: Query = Query(grammar(name), "(ERROR) @error (MISSING) @missing")
    return query
