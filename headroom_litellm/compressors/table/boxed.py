"""Tables drawn with lines: those of psql and mysql, boxes of `+---+` or of Unicode's lines, Markdown's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from .grid import Grid, Part

__all__ = ["read_boxed"]

_BAR: Final = "|"
_LINE: Final = "│"
_LINES: Final = "│┃║┆┊╎"
"""Lines between cells; a heavy one around the names may go with light ones around the rest."""
_AS_LINE: Final = str.maketrans(_LINES, _LINE * len(_LINES))
_RULE: Final = re.compile(
    r"\s{0,40}[+|├┌└╞╔╟╠╚┏┗┡╰╭┣╘╒╪─━═-][-+|:=─━═┬┴┼┳┻╋╇╈┯┷┿╤╧╪╦╩╬├┤┌┐└┘╞╡╔╗╟╢╠╣╚╝┏┓┗┛┡┩╰╯╭╮┣┫╘╛╒╕ ]{2,}"
)
_PSQL: Final = re.compile(r"-{2,}(?:\+-{2,})+")
_GOES_ON: Final = ("+|", ".|")
"""At the end of a cell: it goes on in the next line. Other cells have a blank there."""
_RECORD: Final = re.compile(r"-\[ RECORD [0-9]+ \][-+]*|\*{10,} [0-9]+\. row \*{10,}")
_FIELD: Final = re.compile(r"\s*([^\s|:][^|:\n]{0,119}?|\s(?=[|:])) *(?:\||: ?)(?: (.*)|(.*))")
_ESCAPED: Final = re.compile(r"(?<!\\)\|")
_MIN_ROWS: Final = 2
_MOST_ODD: Final = 0.05
_DRAWN: Final = "unpadded"


def read_boxed(text: str) -> list[Part] | None:
    """The tables of the text and the lines between them; None where there is no table."""
    lines = text.split("\n")
    parts: list[Part] = []
    loose: list[str] = []
    position = 0
    while position < len(lines):
        grid, end = _table(lines, position)
        if grid is None:
            loose.extend(lines[position:end])
        else:
            if loose:
                parts.append("\n".join(loose))
                loose = []
            parts.append(grid)
        position = end
    if loose:
        parts.append("\n".join(loose))
    return parts if any(isinstance(part, Grid) for part in parts) else None


def _table(lines: Sequence[str], start: int) -> tuple[Grid | None, int]:
    """The table that begins at this line, if one does, and where to read on."""
    line = lines[start]
    bare = line.lstrip(" ")
    if bare[:1] and bare[0] in "+|│┃║┌╔┏╭╒":
        return _box(lines, start)
    if line[:1] in ("-", "*") and _RECORD.fullmatch(line.rstrip()):
        return _expanded(lines, start)
    if "|" in line and start + 1 < len(lines) and _PSQL.fullmatch(lines[start + 1].rstrip()):
        return _psql(lines, start)
    return None, start + 1


def _psql(lines: Sequence[str], start: int) -> tuple[Grid | None, int]:
    names = _cells(lines[start], _BAR)
    size = len(lines[start + 1].rstrip())
    end = start + 2
    while (
        end < len(lines)
        and "|" in lines[end]
        and not (end + 1 < len(lines) and _PSQL.fullmatch(lines[end + 1].rstrip()))
    ):
        end += 1
    rows = lines[start + 2 : end]
    grid = _grid(names, rows, lambda line: _cells(line, _BAR), lambda line: line.count(_BAR) + 1)
    goes_on = _goes_on(rows) or any(row[-1:] in ("+", ".") and len(row) >= size for row in rows)
    return None if goes_on else grid, end


def _box(lines: Sequence[str], start: int) -> tuple[Grid | None, int]:
    """Under the names, `| - | - |` is a row of nothing, and no rule."""
    end = start
    rows: list[str] = []
    heads = -1
    rules = 0
    while end < len(lines):
        bare = lines[end].strip()
        if _is_rule(bare) and not (heads >= 0 and bare[0] == _BAR and " " in bare):
            # A box that begins under the end of another one is a table of its own.
            if rows and heads >= 0 and bare[0] in "┌╔┏╭╒":
                break
            rules += 1
            if rows and heads < 0:
                heads = len(rows)
        elif bare and (bare[0] == _BAR or bare[0] in _LINES):
            rows.append(lines[end])
        else:
            break
        end += 1
    if heads < 0 or not rules:
        return None, max(end, start + 1)
    barred = sum(row.lstrip()[0] == _BAR for row in rows) * 2 > len(rows)
    split = _split_barred if barred else _split_lined
    header = list(split(rows[0])) if heads == 1 else None
    body = rows[1:] if heads == 1 else rows
    spread = rules > 4 and rules * 2 >= len(body)
    several = len(body) > rules - 2 if spread else any(not split(row)[0] for row in body if not barred or spread)
    grid = _grid(header, body, split, _width_barred if barred else _width_lined, whole=heads > 1 or several)
    return None if barred and _goes_on(body) else grid, end


def _goes_on(rows: Sequence[str]) -> bool:
    """Does a cell of psql's go on in the next line?"""
    return any(mark in row for mark in _GOES_ON for row in rows)


def _is_rule(bare: str) -> bool:
    return len(bare) > 2 and _RULE.fullmatch(bare) is not None and any(c in "-=─━═" for c in bare)


def _split_barred(line: str) -> list[str]:
    bare = line.strip()
    inner = bare[1:-1] if bare[-1:] == _BAR and len(bare) > 1 else bare[1:]
    return [cell.strip() for cell in (_ESCAPED.split(inner) if "\\" in inner else inner.split(_BAR))]


def _width_barred(line: str) -> int:
    """How many cells the row has; 0 for a row that is not closed."""
    bare = line.rstrip()
    return bare.count(_BAR) - bare.count("\\|") - 1 if bare[-1:] == _BAR else 0


def _split_lined(line: str) -> list[str]:
    bare = line.strip().translate(_AS_LINE)
    return _cells(bare[1:-1] if bare[-1:] == _LINE and len(bare) > 1 else bare[1:], _LINE)


def _width_lined(line: str) -> int:
    bare = line.rstrip()
    return sum(map(bare.count, _LINES)) - 1 if bare[-1:] in _LINES else 0


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in line.split(delimiter)]


def _grid(
    names: Sequence[str] | None,
    rows: Sequence[str],
    split: Callable[[str], Sequence[str]],
    width_of: Callable[[str], int],
    *,
    whole: bool = False,
) -> Grid | None:
    if len(rows) < _MIN_ROWS:
        return None
    widths = list(map(width_of, rows))
    width = len(names) if names is not None else Counter(widths).most_common(1)[0][0]
    odd = frozenset(i for i, each in enumerate(widths) if each != width)
    if width < 2 or len(odd) > max(1, _MOST_ODD * len(rows)):
        return None
    return Grid(names, width, rows, split, odd, left_out=_DRAWN, whole=whole)


def _expanded(lines: Sequence[str], start: int) -> tuple[Grid | None, int]:
    """Records of a field a line, each under its number: the rows of one table."""
    starts: list[int] = []
    end = start
    while end < len(lines) and lines[end]:
        if lines[end][0] in "-*" and _RECORD.fullmatch(lines[end].rstrip()):
            starts.append(end)
        elif _FIELD.fullmatch(lines[end]) is None:
            break
        end += 1
    records = ["\n".join(lines[a + 1 : b]) for a, b in zip(starts, [*starts[1:], end], strict=True)]
    names = [_field(line)[0] for line in records[0].split("\n")]
    odd = frozenset(i for i, record in enumerate(records) if [_field(line)[0] for line in record.split("\n")] != names)
    if len(records) < _MIN_ROWS or odd:
        return None, end

    def split(record: str) -> list[str]:
        return [_field(line)[1] for line in record.split("\n")]

    return Grid(names, len(names), records, split, left_out="each record in one line"), end


def _field(line: str) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)
    if match is None:
        return "", line
    return match[1], (match[2] if match[2] is not None else match[3]).rstrip(" ")
