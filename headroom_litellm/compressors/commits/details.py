"""What stands under the subject of a commit: its message and its files, as far as there is room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from .choose import is_dull
from .parse import Commit, bare

__all__ = ["Details", "details_of"]

_MESSAGE, _FILES, _MORE = 8, 10, 3
"""Lines shown of each, and how many times as many of a commit that the query is after."""
_NOTE: Final = 32


@dataclass(frozen=True, slots=True)
class Details:
    """text: the lines shown, with notes in place of the others; left: how many those are."""

    text: Sequence[str]
    left: int


def details_of(
    lines: Sequence[str],
    commits: Sequence[Commit],
    chosen: Collection[int],
    scores: Sequence[float],
    room: int,
    named: Collection[int],
    *,
    graph: bool,
) -> dict[int, Details]:
    """Those of each commit chosen, by its number: lines or how many they are, as long as there is room, for what the
    query is after first, then in their order. Lines that the query names are always shown."""
    room -= _NOTE * len(chosen)
    good = max((scores[i] for i in chosen), default=0.0) / 2
    found: dict[int, Details] = {}
    for i in sorted(chosen, key=lambda i: (-scores[i] if scores[i] > good else 0.0, i)):
        commit, relevant = commits[i], scores[i] > good
        more = _MORE if relevant else 1
        details = _details(lines, commit, _wanted(lines, commit, _MESSAGE * more, _FILES * more), named, graph)
        cost = sum(map(len, details.text)) + len(details.text)
        if cost > room or (is_dull(commit) and not relevant):
            details = _details(lines, commit, set(), named, graph)
        else:
            room -= cost
        found[i] = details
    return found


def _wanted(lines: Sequence[str], commit: Commit, message: int, files: int) -> set[int]:
    wanted = {*commit.message[:message], *commit.files[:files]}
    if commit.files and "changed" in lines[commit.files[-1]]:
        wanted.add(commit.files[-1])
    return wanted


def _details(
    lines: Sequence[str], commit: Commit, wanted: Collection[int], named: Collection[int], graph: bool
) -> Details:
    what = {
        **dict.fromkeys(commit.message, "of the message"),
        **dict.fromkeys(commit.trailers, "of trailers"),
        **dict.fromkeys(commit.files, "of files"),
    }
    text: list[str] = []
    gap: list[str] = []
    left = 0
    for i in sorted(what):
        if i in wanted or i in named:
            _close(gap, text)
            text.append(bare(lines[i], graph).rstrip())
        else:
            gap.append(what[i])
            left += 1
    _close(gap, text)
    return Details(text, left)


def _close(gap: list[str], text: list[str]) -> None:
    """Say which lines are left out here."""
    if gap:
        (first, count), *others = Counter(gap).items()
        told = [f"{count} line{'s' if count > 1 else ''} {first}", *(f"{count} {label}" for label, count in others)]
        text.append(f"    [… {', '.join(told)}]")
        gap.clear()
