"""Shortlogs: authors with the subjects or the number of their commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..shared.named import named_lines

__all__ = ["shorten_counts", "shorten_shortlog"]

_MAX_NAMED: Final = 40
_EACH: Final = 4
_MOST: Final = 60


def shorten_shortlog(lines: Sequence[str], query: str) -> tuple[str, int]:
    """Every author, with the first subjects of each and those that the query names."""
    named = named_lines(lines, query, limit=_MAX_NAMED, context=0)
    out: list[str] = []
    shown = since = missing = 0
    for i, line in enumerate(lines):
        if not line.startswith("      "):
            _close(out, missing)
            missing = since = 0
        elif since >= _EACH and i not in named:
            missing += 1
            continue
        else:
            since += 1
        out.append(line)
        shown += 1
    _close(out, missing)
    return "\n".join(out), shown - (not lines[-1])


def _close(out: list[str], missing: int) -> None:
    if missing:
        at = len(out) - 1 if out and not out[-1] else len(out)
        out.insert(at, f"      [… {missing} more]")


def shorten_counts(lines: Sequence[str], query: str) -> tuple[str, int]:
    """The first authors and those that the query names; how many commits the others have."""
    named = named_lines(lines, query, limit=_MAX_NAMED, context=0)
    keep = [i for i, line in enumerate(lines) if line and (i < _MOST or i in named)]
    out: list[str] = []
    position = 0
    for i in [*keep, len(lines)]:
        gap = [int(line.split("\t", 1)[0]) for line in lines[position:i] if line]
        if gap:
            out.append(f"[… {len(gap)} authors with {min(gap)} to {max(gap)} commits, {sum(gap)} in all]")
        if i < len(lines):
            out.append(lines[i])
        position = i + 1
    return "\n".join(out), len(keep)
