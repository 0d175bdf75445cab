"""Source files: what is defined in them, and the bodies that matter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ...conversation import ToolCall
from ...shell import command_line
from ..base import Document, Rendition
from ..sample import Sample
from .items import Item, items_of
from .languages import BY_NAME, Language, grammar
from .mask import mask
from .minified import is_minified, minified
from .outline import outline
from .source import Source, is_numbered
from .tell import language_of

if TYPE_CHECKING:
    from tree_sitter import Tree

__all__ = ["Code"]

_SHORTEST: Final = 3_000
"""Shorter files stay whole."""
_WORTH: Final = 0.8
_LEAST_SAVED: Final = 1_500
"""A part of this share, and so many characters, must go: a body that is missed costs the whole file."""
_ROWS_AN_ERROR: Final = 15
"""A text with more errors than one in so many rows is not in the language it was taken for."""
_CUT_SHORT: Final = re.compile(r"(?i)\b(?:elided|truncated|omitted|too long)\b")
"""What stands where the program that ran a command has cut its output, and what must not go with the rows around it."""
_EXCERPT: Final = " of this excerpt"
_LIKE: Final = {"javascript": "tsx", "typescript": "tsx", "tsx": "typescript", "c": "cpp"}
"""What a text may be in that does not parse in the language it was taken for."""
_ARGUMENTS: Final = 4_000
"""Characters of the call's arguments in which paths are looked for."""

_SOURCE_PATH: Final = re.compile(r"(?<![\w@~+./-])[\w@~+./-]*/[\w@~+.-]+\.[A-Za-z]{1,7}(?![\w./-])")
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
        numbered = is_numbered(text)
        offset, where = (0, "") if numbered else _place(document)
        source = Source.of(text, numbered=numbered, offset=offset)
        if source is None:
            return None
        read = _read(source, language)
        if read is None and language.name in _LIKE:
            read = _read(source, BY_NAME[_LIKE[language.name]])
        return _outlined(source, read, _asked(document), where) if read is not None else None


@dataclass(frozen=True, slots=True)
class _Read:
    """What a source consists of; `emptied`, `errors`: what was parsed, and how many places of it were not in the
    language."""

    language: Language
    items: list[Item]
    emptied: str
    errors: int


def _read(source: Source, language: Language) -> _Read | None:
    """The source read in this language, None where it does not seem to be in it."""
    emptied, masks = mask(source.text, language)
    tree = _parse(emptied, language)
    errors = 0
    if tree.root_node.has_error:
        if masks:
            masks, emptied = {}, source.text
            tree = _parse(emptied, language)
        most = len(source.rows) // _ROWS_AN_ERROR
        errors = _errors(tree, most)
        if errors > most or (errors and _CUT_SHORT.search(source.text)):
            return None
    return _Read(language, items_of(tree, source.rows, language, masks), emptied, errors)


def _outlined(source: Source, read: _Read, query: str, where: str) -> Rendition | None:
    if read.errors and not source.gutter and source.numbers[0] == 1:
        where = _EXCERPT
    kept, shown, check = outline(source, read.items, read.language, query, where, read.emptied)
    short = "\n".join(shown) + ("\n" if source.ends else "")
    size = sum(map(len, source.raw)) + len(source.raw)
    if len(short) > min(_WORTH * size, size - _LEAST_SAVED):
        return None
    result = _parse(check, read.language)
    if result.root_node.has_error and _errors(result, read.errors) > read.errors:
        return None
    return Rendition(short, kept, len(source.raw), "lines")


def _asked(document: Document) -> str:
    """The query without the paths of files: of which file it is says nothing of what is wanted in it."""
    query = document.query
    for path in dict.fromkeys(_SOURCE_PATH.findall(document.arguments[:_ARGUMENTS])):
        query = query.replace(path, " ")
    return query


def _place(document: Document) -> tuple[int, str]:
    """How many lines of the file stand before the text, and, where that is not known, what to say of line numbers."""
    command = command_line(ToolCall("", document.tool, document.arguments)) if document.arguments else ""
    if command:
        part = _PART_OF_FILE.fullmatch(command)
        if part is not None:
            return max(0, int(part[1]) - 1), ""
        return (0, "") if _WHOLE_FILE.fullmatch(command) else (0, _EXCERPT)
    return (0, _EXCERPT) if _ASKS_FOR_PART.search(document.arguments) else (0, "")


def _parse(text: str, language: Language) -> Tree:
    from tree_sitter import Parser

    return Parser(grammar(language.name)).parse(text.encode("utf-8", "replace"))


def _errors(tree: Tree, most: int) -> int:
    """How many places of the text are not in the language; counted up to one more than `most`."""
    # Not by a query: one takes quadratic time over many errors side by side.
    cursor = tree.walk()
    found, more = 0, True
    while more and found <= most and (node := cursor.node) is not None:
        found += node.is_error or node.is_missing
        more = node.has_error and cursor.goto_first_child()
        while not more and not (more := cursor.goto_next_sibling()):
            if not cursor.goto_parent():
                return found
    return found
