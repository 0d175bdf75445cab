"""Records as a table: a row for each, a column for each label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from ..shared.rows import Choice
from ..shared.series import numbers_of
from ..shared.summary import summary_of
from .split import value_of

__all__ = ["chosen_of"]

_MAX_COLUMNS: Final = 200
_MAX_TOLD: Final = 12
_MAX_PART: Final = 120
_FEW: Final = 6
_MIN_SHARE: Final = 0.5
"""Of the records left out, that have a label, for it to be told what they have."""

_Column = tuple[Sequence[int], Sequence[str]]


def chosen_of(
    records: Sequence[Sequence[str]], labels: Mapping[str, str], query: str, always: Collection[int]
) -> tuple[list[int], str]:
    """(the records to show, what the others hold). Those of `always` are among them."""
    columns = _columns(records, labels)
    choice = Choice(len(records))
    for label, (positions, lines) in reversed(columns):
        cells = [value_of(line, label) for line in lines]
        choice.add(cells, positions, numbers_of(cells))
    chosen = choice.rows(["\n".join(record) for record in records], query, always)
    return chosen, _left_out(columns, set(range(len(records))).difference(chosen))


def _columns(records: Sequence[Sequence[str]], labels: Mapping[str, str]) -> list[tuple[str, _Column]]:
    """(label, (the records that have it, their lines)); a label that a record has twice is two columns."""
    found: dict[tuple[str, int], tuple[list[int], list[str]]] = {}
    for number, record in enumerate(records):
        times: dict[str, int] = {}
        for line in record:
            label = labels[line]
            times[label] = times.get(label, 0) + 1
            place = label, times[label]
            if place in found or len(found) < _MAX_COLUMNS:
                positions, found_lines = found.setdefault(place, ([], []))
                positions.append(number)
                found_lines.append(line)
    return [(label, column) for (label, _), column in found.items()]


def _left_out(columns: Sequence[tuple[str, _Column]], missing: Collection[int]) -> str:
    """`Section libs ×160, utils ×150; Size 3..998 (median 500)`, of the records left out: labels of few values, and of
    numbers; `in 40` where only 40 have it. What all of them have and one that is shown has too is not told."""
    told = []
    times = Counter(label for label, _ in columns)
    for label, (positions, lines) in columns:
        name = label.strip(" :=\t-")
        if times[label] > 1 or "#" in name or not name:
            continue
        gone = [line for position, line in zip(positions, lines, strict=True) if position in missing]
        kinds = set(gone)
        if len(gone) < _MIN_SHARE * len(missing) or (len(kinds) == 1 and lines.count(gone[0]) > len(gone)):
            continue
        values = [value_of(line, label) for line in gone]
        said = summary_of(values, len(missing)) if any(values) else ""
        if 0 < len(said) <= _MAX_PART and (".." in said if len(kinds) > _FEW else len(kinds) * 2 <= len(values)):
            told.append(f"{name}{said}")
    return "; ".join(told[:_MAX_TOLD])
