"""The form in which a table is shown.

    [3 rows; cells split by ","; name=value: same in every row; "~" in path stands for "/var/log/"]
    name,state=up,path
    a,~a.log
    b,~b.log

A row is its cells, joined by the delimiter; a column that says the same in every row has its value in the line of the
names, and no cells. The first line says what the reader needs to know of this, and only then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise
from typing import Final

from .fold import ABOVE, PREFIX, common_prefix, repeats_above
from .grid import Grid

__all__ = ["Folded", "delimiter_of", "fold", "render"]

_DELIMITERS: Final = (",", "|", ";", "\t")
_SPLIT: Final = {"\t": "cells split by tabs", " ": "cells split by spaces"}


@dataclass(frozen=True, slots=True)
class Folded:
    """The columns of the shown rows as they are written, and what is said of them."""

    columns: Sequence[Sequence[str]]
    legend: Sequence[str]


def delimiter_of(grid: Grid, columns: Sequence[Sequence[str]], constants: Mapping[int, str]) -> str:
    """What can stand between the cells and be told from them."""
    if grid.delimiter:
        return grid.delimiter
    names = list(grid.names) if grid.names is not None else []
    single = [*names[:-1], *constants.values(), *(cell for cells in columns[:-1] for cell in cells)]
    if all(cell and " " not in cell for cell in single) and all(columns[-1]) and all(names[-1:]):
        return " "
    text = "\0".join([*names, *constants.values(), *map("\0".join, columns)])
    others = (f" |{n}| " for n in range(len(text)))
    return next(mark for mark in chain(_DELIMITERS, others) if mark not in text)


def fold(columns: Sequence[Sequence[str]], names: Sequence[str]) -> Folded:
    """The columns with what they repeat said once."""
    signed = any(ABOVE in cells for cells in columns)
    written: list[Sequence[str]] = []
    legend: list[str] = []
    above = False
    for cells, name in zip(columns, names, strict=True):
        prefix = common_prefix(cells) if len(cells) > 3 else ""
        if prefix:
            legend.append(f'"{PREFIX}" in {name} stands for "{prefix}"')
            cells = [PREFIX + cell[len(prefix) :] if cell.startswith(prefix) else cell for cell in cells]
        if len(cells) > 3 and not signed and repeats_above(cells):
            above = True
            cells = [cells[0], *(ABOVE if a == b else b for a, b in pairwise(cells))]
        written.append(cells)
    if above:
        legend.append(f'"{ABOVE}": as in the row above')
    return Folded(written, legend)


def render(
    grid: Grid,
    folded: Folded,
    constants: Mapping[int, str],
    delimiter: str,
    *,
    shown: Sequence[int] | None,
    left: str,
) -> str:
    """The table. `shown`: the positions of the rows that are shown, all if None; `left`: what the others hold."""
    total = len(grid.lines)
    positions = range(total) if shown is None else shown
    written = list(map(delimiter.join, zip(*folded.columns, strict=True)))
    odd = any(i in grid.odd for i in positions)
    signs = ("!" * n + " " for n in count(1))
    sign = next(sign for sign in signs if not any(row.startswith(sign) for row in written)) if odd else ""
    rows = iter(written)
    lines = [sign + grid.lines[i] if i in grid.odd else next(rows) for i in positions]
    if shown is not None:
        lines = [f"{i + 1}:{line}" for i, line in zip(positions, lines, strict=True)]
    counted = f"{total} rows" if shown is None else f"{len(positions)} of {total} rows shown, each as row number:cells"
    said = [f"{counted}, {grid.left_out}" if grid.left_out else counted]
    said += [_SPLIT.get(delimiter, f'cells split by "{delimiter}"')]
    if delimiter == " " and any(" " in cell for cell in folded.columns[-1]):
        said[-1] += ", the last cell takes the rest"
    said += [{"\r\n": "lines end in CRLF", "\r": "lines end in CR"}[grid.end]] if grid.end != "\n" else []
    said += ["no line of names"] if grid.names is None else []
    said += ["name=value: same in every row"] if constants else []
    said += folded.legend
    said += [f'after "{sign}": a line as it is'] if odd else []
    head = "; ".join(said) + (f". The {total - len(positions)} rows left out: {left}" if left else "")
    names = grid.names if grid.names is not None else [str(k + 1) for k in range(grid.width)]
    heads = [f"{name}={constants[k]}" if k in constants else name for k, name in enumerate(names)]
    named = [delimiter.join(heads)] if grid.names is not None or constants else []
    return "\n".join([f"[{head}]", *named, *lines])
