"""Names on one line: separated by spaces, with equal extensions and whole series said once.

a.py b.py c.py d.py   {a b c d}.py
p01.png … p40.png     p{01..40}.png
my file.txt           "my file.txt"
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

__all__ = ["BRACES", "SERIES", "extensions", "write_names"]

BRACES: Final = "{a b}.x is a.x b.x"
SERIES: Final = "{1..4} is 1 2 3 4"

_PLAIN: Final = re.compile(r"(?!\[)[^\s\"{}]+")
_ODD: Final = re.compile(r"(?<![^\n])(?:\[|\n|\Z)|[^\S\n]|[\"{}]")
_DIGIT: Final = re.compile(r"[0-9]")
_LAST_NUMBER: Final = re.compile(r"([0-9]{1,9})([^0-9]{0,80})\Z")
_EXTENSION: Final = re.compile(r"\.(?![0-9]+\Z)[^\W_]{1,12}")
_MIN_SERIES: Final = 4
_MIN_BRACES: Final = 3
_MAX_BRACES: Final = 30


def write_names(names: Sequence[str], *, braces: bool) -> str:
    """The names, in their order. A name that holds white space, a quote or a brace, or begins with a bracket, stands
    as a JSON string."""
    plain = _ODD.search("\n".join(names)) is None
    if not braces or len(names) < _MIN_BRACES:
        return " ".join(names if plain else map(_quoted, names))
    ends = extensions(names)
    if not plain:
        written = list(map(_quoted, names))
        ends = [end if name == word else "" for end, name, word in zip(ends, names, written, strict=True)]
        names = written
    words: list[str] = []
    position = 0
    for shared, run in groupby(ends):
        end = position + len(list(run))
        if end - position >= _MIN_SERIES and _DIGIT.search("".join(names[position:end])):
            words += _folded(names, position, end, shared)
        elif shared and end - position >= _MIN_BRACES:
            words += _braced(names[position:end], shared)
        else:
            words += names[position:end]
        position = end
    return " ".join(words)


def extensions(names: Sequence[str]) -> list[str]:
    """`.py` of `a.py`, of each name; "" where there is none. A number is none."""
    tails = [name[name.rfind(".", 1) :] if "." in name else "" for name in names]
    known = {tail: tail if _EXTENSION.fullmatch(tail) else "" for tail in set(tails)}
    return [known[tail] for tail in tails]


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _series(names: Sequence[str], start: int, suffix: str) -> tuple[int, str]:
    """(the end of the series that begins here, how it is written); `start` itself where none does."""
    name = names[start]
    stem = name.removesuffix(suffix)
    found = _LAST_NUMBER.search(stem)
    if found is None:
        return start, ""
    before, digits, after = stem[: found.start()], found[1], found[2] + suffix
    width = len(digits) if digits[0] == "0" else 0
    number = int(digits)
    end = start + 1
    while end < len(names):
        following = str(number + end - start).zfill(width)
        if (width and len(following) > width) or names[end] != f"{before}{following}{after}":
            break
        end += 1
    if end - start < _MIN_SERIES:
        return start, ""
    return end, f"{before}{{{digits}..{str(number + end - start - 1).zfill(width)}}}{after}"


def _folded(names: Sequence[str], start: int, end: int, shared: str) -> list[str]:
    """Names of one extension, some of which may be series."""
    words: list[str] = []
    position = first = start
    while position < end:
        fourth = position + _MIN_SERIES - 1
        after = position
        if fourth < end and names[position][:2] == names[fourth][:2] and names[position][:1] != '"':
            after, word = _series(names, position, shared)
        if after > position:
            words += _braced(names[first:position], shared)
            words.append(word)
            first = position = after
        else:
            position += 1
    return words + _braced(names[first:end], shared)


def _braced(names: Sequence[str], shared: str) -> list[str]:
    """Names of one extension, so many in a pair of braces that its end is not far from its first name."""
    if not shared or len(names) < _MIN_BRACES:
        return list(names)
    cut = -len(shared)
    stems = [name[:cut] for name in names]
    parts = [stems[at : at + _MAX_BRACES] for at in range(0, len(stems), _MAX_BRACES)]
    return [
        "{" + " ".join(part) + "}" + shared if len(part) >= _MIN_BRACES else " ".join([stem + shared for stem in part])
        for part in parts
    ]
