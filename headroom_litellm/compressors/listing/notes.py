"""What the entries that are not shown were like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from .names import extensions

__all__ = ["closed_note", "gap_note", "makes", "named_note", "template"]

_MAX_MAKES: Final = 4
_MAX_NAMED: Final = 240
_SHARE: Final = 0.5
_MIN_ALIKE: Final = 5
_NUMBER: Final = re.compile(r"[0-9]+")


def makes(names: Sequence[str]) -> Counter[str]:
    """How many names have which extension; "" for those without."""
    return Counter(extensions(names))


def template(name: str) -> str:
    """The name with its numbers left open."""
    return _NUMBER.sub("#", name)


def gap_note(names: Sequence[str]) -> str:
    """`[… 12 more: 10 .py, 2 .txt]`, for entries of one directory."""
    counts = Counter(map(template, names)) if len(names) >= _MIN_ALIKE else Counter()
    alike = counts.most_common(1)[0] if counts else ("", 0)
    told = _told(makes(names))
    if "#" in alike[0] and alike[1] >= _SHARE * len(names):
        members = [name for name in names if template(name) == alike[0]]
        told += f"; {alike[1]} are {alike[0]}, from {members[0]} to {members[-1]}"
    return f"[… {len(names)} more: {told}]"


def closed_note(tops: Sequence[str], inside: Sequence[str], entries: Sequence[str]) -> str:
    """`[… 40 entries in 9 directories (af … zh): 20 .po, 20 .mo]`, for all that is below the directories `tops`, none
    where it is one that is named before the note; `inside`: the directories that hold the entries. All are paths from
    the one that they are in, or are."""
    total = len(entries)
    every = list(dict.fromkeys([*tops, *inside]))
    word = "in" if len(every) == len(inside) else "below"
    where = ""
    if len(every) > 1 and sum(map(len, every)) + len(every) <= _MAX_NAMED:
        where = f" {word} {' '.join(every)}"
    elif len(tops) > 1:
        named = " ".join(tops)
        if len(named) > _MAX_NAMED:
            named = f"{len(tops)} directories ({tops[0]} … {tops[-1]})"
        where = f" {word if len(tops) == len(inside) else 'below'} {named}"
    elif len(inside) > 1:
        where = f" in {len(inside)} directories"
    return f"[… {total} {'entry' if total == 1 else 'entries'}{where}: {_told(makes(entries))}]"


def named_note(name: str, directories: int, entries: Sequence[str]) -> str:
    """`[… 90 entries below 9 directories named __pycache__: 90 .pyc]`."""
    return f"[… {len(entries)} entries below {directories} directories named {name}: {_told(makes(entries))}]"


def _told(kinds: Counter[str]) -> str:
    first = kinds.most_common(_MAX_MAKES)
    told = [f"{times} {kind or 'without extension'}" for kind, times in first]
    rest = sum(kinds.values()) - sum(times for _, times in first)
    return ", ".join([*told, f"{rest} other{'s' * (rest > 1)}"] if rest else told)
