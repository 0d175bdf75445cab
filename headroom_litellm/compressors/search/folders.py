"""Lines that begin with paths, with a folder that follows on itself said once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

__all__ = ["by_folder"]

_MAX_DEPTH: Final = 8
_MIN_GAIN: Final = 20
_HEADING: Final = 5
_SHORTEST: Final = 4
"""A folder with fewer characters is not worth a line."""


def by_folder(lines: Sequence[tuple[str, int]]) -> Iterator[tuple[str, list[str]]]:
    """Runs of lines, each given with the length of its path: the folder and what follows it in each line, or "" and
    the whole lines where that is not shorter."""
    position = 0
    plain: list[str] = []
    while position < len(lines):
        folder, count = _run(lines, position)
        if folder:
            if plain:
                yield "", plain
                plain = []
            yield folder, [line[len(folder) :] for line, _ in lines[position : position + count]]
        else:
            plain.append(lines[position][0])
        position += count
    if plain:
        yield "", plain


def _run(lines: Sequence[tuple[str, int]], start: int) -> tuple[str, int]:
    """The folder below which the lines from `start` on are shortest, and how many; "" and 1 where that does not pay."""
    first, path = lines[start]
    if start + 1 == len(lines) or lines[start + 1][0][:_SHORTEST] != first[:_SHORTEST]:
        return "", 1
    best, gain = ("", 1), _MIN_GAIN
    end, limit = path, start + 1
    for _ in range(_MAX_DEPTH):
        end = max(first.rfind("/", 0, end), first.rfind("\\", 0, end))
        if end < _SHORTEST - 1:
            break
        if first.startswith("#", end + 1):
            continue
        folder = first[: end + 1]
        while limit < len(lines) and _is_below(folder, *lines[limit]):
            limit += 1
        saved = (limit - start - 1) * len(folder) - _HEADING
        if saved > gain:
            best, gain = (folder, limit - start), saved
    return best


def _is_below(folder: str, line: str, path: int) -> bool:
    return path > len(folder) and line.startswith(folder) and not line.startswith("#", len(folder))
