"""Bodies of functions and other short blocks taken out before parsing: what is inside one need not be parsed to know
where it begins and ends. A parse takes about as long as the tokeniser; this leaves less than half of the text to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from .languages import Language

__all__ = ["WHOLE", "WHOLE_ROWS", "mask"]

WHOLE: Final = 6_000
WHOLE_ROWS: Final = 150
"""Characters and rows of the longest block that is taken out: what is taken out is shown whole or not at all."""
_SHORTEST: Final = 3
_LONGEST: Final = 60
"""Rows of a block with functions in it that is taken out: of longer ones the functions are wanted."""
_FUNCTION: Final = re.compile(r"=> [{(]|\bfunction\b|\bdef |\bclass |\bfn ")
_LOOK_BACK: Final = 40
_DEEPEST: Final = 200
"""Characters of the indent of a row that may open a block."""

_OPENS: Final = re.compile(r"^([ \t]*)(?=[^\s#/*])[^\n]*\{[ \t\r]*\n", re.MULTILINE)
_OPENS_INDENTED: Final = re.compile(r"^([ \t]*)(?=[^\s#\"'])[^\n]*:[ \t\r]*\n", re.MULTILINE)
_HOLDS_MEMBERS: Final = re.compile(
    r"(?:[\w@<>\[\]()]+ )*(?:class|interface|struct|union|enum|namespace|impl|trait|mod|module|extern|object|record"
    r"|import|export|type|declare|protocol|extension|use)\b(?![^\n]*(?:=>|\bfunction\b))"
)
_DOCSTRING: Final = re.compile(r"[ \t]*[rRuU]?(\"\"\"|''')")
_HAS_STATEMENTS: Final = re.compile(r"\)|=>|\b(?:else|try|do|finally|loop|async|unsafe|default|init)\b")


def mask(text: str, language: Language) -> tuple[str, dict[int, int]]:
    """(the text with the rows of short blocks emptied but for a placeholder in their first, first row: last row of
    each block). Rows keep their numbers."""
    if language.name == "ruby":
        return text, {}
    opens = _OPENS_INDENTED if language.indented else _OPENS
    placeholder = "_" if language.indented else "//"
    parts: list[str] = []
    masks: dict[int, int] = {}
    done = row = 0
    for start, end in _blocks(text, opens, language):
        rows = text.count("\n", start, end)
        row += text.count("\n", done, start)
        indent = text[start : start + 200]
        indent = indent[: len(indent) - len(indent.lstrip())].rpartition("\n")[2]
        parts += (text[done:start], indent, placeholder, "\n" * rows)
        masks[row] = row + rows - 1
        row += rows
        done = end
    parts.append(text[done:])
    return "".join(parts), masks


def _blocks(text: str, opens: re.Pattern[str], language: Language) -> Iterator[tuple[int, int]]:
    """Where the blocks to take out begin and end, whole rows each."""
    position = 0
    while (match := opens.search(text, position)) is not None:
        position = match.end()
        if len(match[1]) > _DEEPEST or not _is_code(text, match, language):
            continue
        inside = _inside(match[1]).match(text, position)
        if inside is None:
            continue
        end = inside.end()
        if language.indented:
            end = position + len(text[position:end].rstrip()) + 1
            if end > len(text):
                continue
        elif not text.startswith("}", end + len(match[1])):
            continue
        position = _behind_docstring(text, position, end) if language.indented else position
        count = text.count("\n", position, end)
        if count < _SHORTEST or end - position > WHOLE:
            continue
        if count <= _LONGEST or (count <= WHOLE_ROWS and _FUNCTION.search(text, position, end) is None):
            yield position, end
            position = end


def _behind_docstring(text: str, start: int, end: int) -> int:
    """Where the row behind the docstring begins with which the block begins, if it does."""
    docstring = _DOCSTRING.match(text, start)
    if docstring is None:
        return start
    close = text.find(docstring[1], docstring.end(), end)
    return text.find("\n", close) + 1 if close >= 0 else end


@lru_cache(maxsize=128)
def _inside(indent: str) -> re.Pattern[str]:
    """Rows that are indented by more than that, or empty, or for the preprocessor."""
    return re.compile(rf"(?:(?:{re.escape(indent)}[ \t][^\n]*|#[^\n]*|\r)?\n){{3,}}")


def _is_code(text: str, match: re.Match[str], language: Language) -> bool:
    """Does this line open a block of statements, not of members or data?"""
    indent = match[1]
    header = text[match.start(1) + len(indent) : match.end()]
    if header[0] in ")]{":
        header = _beginning(text, match.start(), indent) + header
    if language.indented:
        return not header.startswith("class ") and header[0] not in "\"'{["
    return _HAS_STATEMENTS.search(header[:400]) is not None and _HOLDS_MEMBERS.match(header) is None


def _beginning(text: str, position: int, indent: str) -> str:
    """The row before that is indented alike: where a declaration of several rows begins."""
    for _ in range(_LOOK_BACK):
        start = text.rfind("\n", 0, position - 1) + 1 if position > 0 else 0
        line = text[start:position]
        if line.startswith(indent) and line[len(indent) : len(indent) + 1].strip():
            return line[len(indent) :]
        if start == 0:
            break
        position = start
    return ""
