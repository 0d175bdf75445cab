"""Rows of cells with a delimiter between them: CSV, TSV and their kin, quotes and line breaks in quotes included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Final

from ..shared.series import number_of
from .grid import Grid, Part, has_header

__all__ = ["read_apt", "read_delimited"]

_PROBE: Final = 100
_FIRST: Final = 40
_MIN_ROWS: Final = 3
_MOST_ODD: Final = 0.05
_MAX_AROUND: Final = 10
"""Lines before the table and after it."""
_MAX_RECORD: Final = 2_000
"""Lines of one record: a stray quote must not swallow the text."""
_FIELDS: Final = {
    delimiter: re.compile(rf'([^"{delimiter}]*(?:"[^"]*"[^"{delimiter}]*)*)(?:{delimiter}|\Z)')
    for delimiter in (",", "\t", ";")
} | {"|": re.compile(r'([^"|]*(?:"[^"]*"[^"|]*)*)(?:\||\Z)')}
_APT: Final = re.compile(r"[\w.+-]+/\S+ \S+ \w+(?: \[[^\]\n]*\])?")
_STATEMENT: Final = re.compile(r"\s*(?:[{}()\[<]|//|/\*|\*|INSERT |VALUES)")


def read_delimited(text: str) -> list[Part] | None:
    """The text as one table with a few lines around it; None where not nearly all lines have the same number of
    delimiters."""
    end = _end(text)
    body = text.rstrip(end)
    after = text[len(body) :]
    records = body.split(end)
    if len(records) < _MIN_ROWS:
        return None
    if '"' in body:
        records = _records(records, end)
    for delimiter in ("\t", ",", ";", "|"):
        parts = _read(records, delimiter, end)
        if parts is not None:
            return [*parts, after.removeprefix(end)] if after else parts
    return None


def _end(text: str) -> str:
    """What ends the lines."""
    first = text.find("\n")
    if first < 0:
        return "\r"
    return "\r\n" if text[first - 1 : first] == "\r" and text.count("\r\n") * 2 >= text.count("\n") else "\n"


def read_apt(text: str) -> list[Part] | None:
    """What `apt list` prints: a package, its version, its architecture, and what is said of it."""
    lines = text.rstrip("\n").split("\n")
    start = next((i for i, line in enumerate(lines[:5]) if _APT.fullmatch(line)), None)
    if start is None or len(lines) - start < _MIN_ROWS:
        return None
    rows = lines[start:]
    odd = frozenset(i for i, line in enumerate(rows) if not _APT.fullmatch(line))
    if len(odd) > _MOST_ODD * len(rows):
        return None
    width = 4 if any(" [" in line for line in rows) else 3
    grid = Grid(None, width, rows, lambda line: _words(line, width), odd, delimiter=" ")
    before: list[Part] = ["\n".join(lines[:start])] if start else []
    return [*before, grid, *([""] if text.endswith("\n") else [])]


def _words(line: str, width: int) -> list[str]:
    cells = line.split(" ", width - 1)
    return cells if len(cells) == width else [*cells, *[""] * (width - len(cells))]


def _records(lines: Sequence[str], end: str) -> list[str]:
    """The lines, those that a quote holds together as one."""
    records: list[str] = []
    held: list[str] = []
    for line in lines:
        odd = line.count('"') & 1 if '"' in line else 0
        if held:
            held.append(line)
            if odd:
                records.append(end.join(held))
                held = []
            elif len(held) > _MAX_RECORD:
                records.extend(held)
                held = []
        elif odd:
            held = [line]
        else:
            records.append(line)
    return [*records, *held]


def _count(delimiter: str) -> Callable[[str], int]:
    """How many delimiters a record has outside quotes; -1 where the quotes do not match."""
    fields = _FIELDS[delimiter]

    def count(record: str) -> int:
        if '"' not in record:
            return record.count(delimiter)
        if record.count('"') & 1:
            return -1
        return len(_split(fields, delimiter, record)) - 1

    return count


def _split(fields: re.Pattern[str], delimiter: str, record: str) -> list[str]:
    found: list[str] = fields.findall(record)
    # After a last field that the end of the record ends, an empty one is found that is none.
    return found if record.endswith(delimiter) else found[:-1]


def _read(records: Sequence[str], delimiter: str, end: str) -> list[Part] | None:
    count = _count(delimiter)
    probe = records[:: max(1, len(records) // _PROBE)]
    if sum(delimiter not in record for record in probe) > max(1, len(probe) // 10):
        return None
    number, times = Counter(map(count, probe)).most_common(1)[0]
    if (
        number < (1 if delimiter == "\t" else 2)
        or times < min(len(probe) - 1, 0.85 * len(probe))
        or _is_statement(probe, delimiter)
    ):
        return None
    counts = list(map(count, records))
    odd = [i for i, each in enumerate(counts) if each != number]
    start = counts.index(number)
    stop = len(counts) - counts[::-1].index(number)
    if start > _MAX_AROUND or len(records) - stop > _MAX_AROUND or stop - start < _MIN_ROWS:
        return None
    rows = records[start:stop]
    within = frozenset(i - start for i in odd if start <= i < stop)
    if len(within) > max(2, _MOST_ODD * len(rows)):
        return None
    padded = sum(map(methodcaller("count", f"{delimiter} "), probe)) * 2 > number * len(probe)
    split = _splitter(delimiter, padded, any('"' in record for record in rows))
    sample = [split(row) for i, row in enumerate(rows[1:_FIRST], 1) if i not in within]
    headed = has_header(split(rows[0]), sample, lambda cell: number_of(cell) is not None)
    if not (headed or number > 1) or (not (headed and number > 1) and not _typed(sample)):
        return None
    names = split(rows[0]) if headed else None
    before: list[Part] = [end.join(records[:start])] if start else []
    after: list[Part] = [end.join(records[stop:])] if stop < len(records) else []
    grid = Grid(
        names,
        number + 1,
        rows[1:] if headed else rows,
        split,
        frozenset(i - headed for i in within),
        end=end,
        delimiter=delimiter,
        left_out="unpadded" if padded else "",
    )
    return [*before, grid, *after]


def _splitter(delimiter: str, padded: bool, quoted: bool) -> Callable[[str], Sequence[str]]:
    fields = _FIELDS[delimiter]
    plain = methodcaller("split", delimiter)

    def cells(record: str) -> list[str]:
        return _split(fields, delimiter, record) if '"' in record else record.split(delimiter)

    def stripped(record: str) -> list[str]:
        return [cell.strip(" ") for cell in cells(record)]

    return stripped if padded else cells if quoted else plain


def _is_statement(records: Sequence[str], delimiter: str) -> bool:
    """Do the records begin or end as code and JSON do?"""
    # A comma at the end of the first line too is no empty cell: a list goes on.
    signs = (";", "{", "(", "[", ",") if records[0].endswith(",") else (";", "{", "(", "[")
    ends = sum(record.endswith(signs) for record in records) if delimiter == "," else 0
    starts = sum(_STATEMENT.match(record) is not None for record in records)
    return max(starts, ends) > 0.3 * len(records)


def _typed(rows: Sequence[Sequence[str]]) -> bool:
    """Is some column all numbers or all of a few short texts? Sentences with commas in them have no such column."""
    for cells in zip(*rows, strict=True):
        bare = [cell.strip() for cell in cells]
        if sum(number_of(cell) is not None for cell in bare) >= 0.9 * len(bare):
            return True
    return False
