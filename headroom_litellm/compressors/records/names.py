"""What a record is called where it is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from .split import value_of

__all__ = ["Names", "names_of"]

_NAME: Final = 60
_LISTED: Final = 300
"""Characters of names that are given one by one; of more, the first and the last are."""
_PROBED: Final = 10
"""Lines of a record among which the one that names it is."""
_TELLING: Final = 0.6
"""The share of different first lines from which on they name the records."""


@dataclass(frozen=True, slots=True)
class Names:
    """label: what the names are, empty where they are the records' first lines
    names: one for each record
    """

    label: str
    names: Sequence[str]

    def gap(self, start: int, end: int, lines: int = 0) -> str:
        """What stands in the place of some records; `lines`: how many they have, where that is told."""
        names = self.names[start:end]
        count = "1 record" if len(names) == 1 else f"{len(names)} records"
        count += f" of {lines} lines" if lines else ""
        count += f", {self.label}" if self.label else ""
        told = "; ".join(_times(name, len(list(same))) for name, same in groupby(names))
        if len(told) > _LISTED:
            told = f'"{names[0]}" to "{names[-1]}"'
        return f"[… {count}: {told}]"


def names_of(records: Sequence[Sequence[str]], labels: Mapping[str, str]) -> Names:
    """By their first lines or, where many of these are the same, by the first label whose value tells more of them
    apart."""
    heads = [record[0] for record in records]
    best, named = heads, ""
    for at in range(_PROBED):
        lines = [record[at] if at < len(record) else "" for record in records]
        same = {labels[line] for line in lines if line}
        if at and len(same) == 1 and len(set(lines)) > 2 * len(set(best)):
            best, named = lines, same.pop().strip(" :=\t")
        if len(set(best)) >= _TELLING * len(records):
            break
    same = {labels[line] for line in best if line}
    label = same.pop() if len(same) == 1 else "#"
    names = best if "#" in label else [value_of(line, label) if line else "" for line in best]
    told = [name or line or head for name, line, head in zip(names, best, heads, strict=True)]
    return Names(named, [each.strip()[:_NAME] for each in told])


def _times(name: str, times: int) -> str:
    return f"{name} ×{times}" if times > 1 else name
