"""What `grep -c` prints: a number of matches for each path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ...relevance import NAMED, rank
from ..base import Document, Rendition
from .folders import by_folder
from .paths import is_path, is_sure_path

__all__ = ["compress_counts", "is_counts"]

_COUNT: Final = re.compile(r"(.{1,400}):([0-9]{1,9})")
_FEWEST: Final = 5
_TRIED: Final = 200
_LINE: Final = 500
_SHARE: Final = 0.9
_SMALL: Final = 4_000
_BUDGET_SHARE, _MIN_BUDGET, _MAX_BUDGET = 0.28, 3_000, 12_000
_LEGEND: Final = '[grouped: "file:N" below "# folder/" was "folder/file:N"]'


def is_counts(lines: Sequence[str]) -> bool:
    """Are the first lines paths with a number each, and no path twice?"""
    lines = [line for line in lines[:_TRIED] if line.strip()]
    if sum([_COUNT.fullmatch(line[:_LINE]) is not None for line in lines[:_FEWEST]]) < _FEWEST - 1:
        return False
    found = [match[1] for line in lines if (match := _COUNT.fullmatch(line[:_LINE])) and is_path(match[1])]
    if len(found) < max(_FEWEST, _SHARE * len(lines)) or len(set(found)) < len(found):
        return False
    return sum(map(is_sure_path, found)) > _SHARE * len(found)


def compress_counts(document: Document) -> Rendition | None:
    """Folders said once; of very many, those that the query names and those with most matches."""
    lines = document.text.split("\n")
    counts = [int(match[2]) if (match := _COUNT.fullmatch(line)) else -1 for line in lines]
    total = sum(1 for line in lines if line.strip())
    exact = _write(lines, counts)
    shortest = min(len(exact), len(document.text))
    if not document.lossless and shortest > _SMALL:
        keep = _choose(lines, counts, document)
        missing = [counts[i] for i in range(len(lines)) if i not in keep and lines[i].strip()]
        shown = [i for i in range(len(lines)) if i in keep]
        short = "\n".join([_write([lines[i] for i in shown], [counts[i] for i in shown]), *_note(missing)])
        if missing and len(short) < 0.8 * shortest:
            return Rendition(short, total - len(missing), total, "files")
    return Rendition(exact, total, total, "files") if len(exact) < 0.97 * len(document.text) else None


def _choose(lines: Sequence[str], counts: Sequence[int], document: Document) -> set[int]:
    budget = int(max(_MIN_BUDGET, min(_MAX_BUDGET, _BUDGET_SHARE * len(document.text))))
    scores = rank(document.query, lines)
    keep = {i for i, count in enumerate(counts) if count < 0 and lines[i].strip()}
    for i in sorted(range(len(lines)), key=lambda i: (scores[i] < NAMED, -counts[i], i)):
        budget -= len(lines[i]) + 1
        if budget < 0 or (counts[i] <= 0 and scores[i] < NAMED):
            break
        keep.add(i)
    return keep


def _note(missing: Sequence[int]) -> list[str]:
    empty = missing.count(0)
    rest = [count for count in missing if count > 0]
    told = []
    if rest:
        each = f"{min(rest)}" if min(rest) == max(rest) else f"{min(rest)} to {max(rest)}"
        told.append(f"{len(rest)} with {each}, {sum(rest)} in all")
    if empty:
        told.append(f"{empty} with 0")
    return [f"[… {len(missing)} more {'file' if len(missing) == 1 else 'files'}: {'; '.join(told)}]"] if missing else []


def _write(lines: Sequence[str], counts: Sequence[int]) -> str:
    """The lines below their folders; as they are where one could be misread."""
    if any(line.startswith("#") for line in lines):
        return "\n".join(lines)
    out: list[str] = []
    grouped = False
    is_open = False
    paths = [(line, line.rfind(":") if count >= 0 else 0) for line, count in zip(lines, counts, strict=True)]
    for folder, inner in by_folder(paths):
        if folder or is_open:
            out.append(f"# {folder}".rstrip())
        is_open = bool(folder)
        grouped = grouped or is_open
        out.extend(inner)
    return "\n".join([_LEGEND, *out] if grouped else out)
