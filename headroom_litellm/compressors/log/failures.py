"""Which lines of what failed are shown: the blocks that the failing lines open, and of many that are alike a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .blocks import block_end, is_item, report_end

__all__ = ["failures"]

_ALIKE_ERRORS, _ALIKE_BLOCKS = 6, 2
_ALIKE_READINGS: Final = 12
_TITLE: Final = 2
_MAX_ITEMS: Final = 200


def failures(
    lines: Sequence[str],
    tokens: Sequence[Sequence[str]],
    shape: Sequence[int],
    group: Sequence[int],
    failing: Sequence[int],
    usual: int,
) -> tuple[set[int], dict[int, str]]:
    """(every failing line with the block that it opens, whole, and some context; the lines left out of blocks that
    were shown before, each with where that was). Of blocks that are alike the first few and the last stay whole, but
    for what is word for word as before; of a few more, and of all numbered failures, what failed. Single lines are
    alike by their `group`, blocks by their `shape`; `usual`: how far half of the lines are indented."""
    same: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for start, end in _found(lines, failing, usual):
        title = _TITLE if is_item(lines[start]) and end - start > 2 * _TITLE else 0
        marks = tuple(shape[start + title : end]) if end - start > 1 else (group[start],)
        same.setdefault((end - start, *marks), []).append((start, end))
    failed = set(failing)
    keep: set[int] = set()
    again: dict[int, str] = {}
    for found in same.values():
        single = found[0][1] - found[0][0] == 1
        whole = _ALIKE_ERRORS if single else _ALIKE_BLOCKS
        told: dict[tuple[str, ...], tuple[int, int]] = {}
        for place, (start, end) in enumerate(found):
            inner = [] if single else [i for i in range(start, end) if lines[i][:1] in " \t" and i not in failed]
            before = told.setdefault(tuple([lines[i] for i in inner]), (start, end)) if len(inner) > 1 else (start, end)
            if before != (start, end):
                again.update(dict.fromkeys(inner, f"as in lines {before[0] + 1}-{before[1]}"))
            if place < whole or place >= len(found) - 2:
                context, after = (2, 1) if place < (1 if single else 2) else (0, 0)
                keep.update(range(max(0, start - context), min(len(lines), end + after)))
                if before != (start, end):
                    keep.difference_update(inner)
            elif place < _MAX_ITEMS and is_item(lines[start]):
                keep.update(range(start, min(end, start + _TITLE)))
            elif place < _ALIKE_ERRORS:
                keep.update(i for i in range(start, end) if i in failed)
        if single:
            keep |= _first_of_each_reading(found, shape, tokens)
    return keep, again


def _found(lines: Sequence[str], failing: Sequence[int], usual: int) -> list[tuple[int, int]]:
    """(start, end) of the blocks that the failing lines open."""
    blocks: list[tuple[int, int]] = []
    for i in failing:
        if blocks and i < blocks[-1][1]:
            if is_item(lines[i]):
                blocks[-1] = (blocks[-1][0], max(blocks[-1][1], block_end(lines, i)))
            continue
        end = report_end(lines, i, usual)
        if blocks and blocks[-1] == (i - 1, i) and end - i > 1:
            blocks[-1] = (i - 1, end)
        else:
            blocks.append((i, end))
    return blocks


def _first_of_each_reading(
    found: Sequence[tuple[int, int]], shape: Sequence[int], tokens: Sequence[Sequence[str]]
) -> set[int]:
    """Of single lines that are alike, the first one of each of the first few ways in which they read, whatever the
    names in them that hold numbers."""
    first: dict[tuple[str, ...], int] = {}
    seen: set[int] = set()
    for i, _ in found:
        if shape[i] not in seen:
            seen.add(shape[i])
            first.setdefault(tuple([word for word in tokens[shape[i]] if "#" not in word]), i)
            if len(first) == _ALIKE_READINGS:
                break
    return set(first.values())
