"""What is said of matches that are left out, where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from .choose import Choice
from .matches import MATCH, Matches, Section

__all__ = ["file_note", "rest_note"]

_MAX_LISTED: Final = 6
_MIN_ALIKE: Final = 3
_MAX_FOLDERS: Final = 12


def file_note(found: Matches, missing: Sequence[int], choice: Choice, unit: str) -> str:
    """Of a file of which some lines are shown: `[… 12 more matches (lines 40-310)]`."""
    matches = [i for i in missing if found.kinds[i] == MATCH]
    noun = _noun(len(missing), unit)
    if not matches:
        return f"[… {len(missing)} more {noun}{' of context' if MATCH in found.kinds else ''}]"
    told = f"[… {len(missing)} more {noun}"
    if unit == "lines":
        told += f", {len(matches)} of them {'matches' if len(matches) > 1 else 'a match'}"
    if found.numbered:
        told += f" ({_places(found, matches)})"
    likes = Counter(choice.alike[i] for i in missing if i in choice.alike)
    for like, count in likes.most_common(1):
        if count >= _MIN_ALIKE and found.numbered:
            told += f", {count} like line {found.number[like]}"
    return f"{told}]"


def _noun(count: int, unit: str) -> str:
    return unit if count > 1 else {"matches": "match", "lines": "line"}[unit]


def _places(found: Matches, lines: Sequence[int]) -> str:
    numbers = sorted({found.number[i] for i in lines})
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if len(numbers) <= _MAX_LISTED:
        return f"lines {', '.join(map(str, numbers))}"
    return f"lines {numbers[0]}-{numbers[-1]}"


def rest_note(found: Matches, parts: Sequence[Section], shown: AbstractSet[int], unit: str, room: int) -> str:
    """Of parts of which nothing is shown: each file with its count, or of more than there is room for their folders.
    `shown`: the files of which some other part is shown."""
    counts: dict[str, int] = {}
    for section in parts:
        path = found.paths[section.file]
        counts[path] = counts.get(path, 0) + len(section.records)
    total = sum(counts.values())
    noun = "file" if len(counts) == 1 else "files"
    if shown.isdisjoint([section.file for section in parts]):
        head = f"[… {total} {_noun(total, unit)} in {len(counts)} more {noun}"
    else:
        head = f"[… {total} more {_noun(total, unit)} in {len(counts)} {noun}"
    if sum(len(path) + 6 for path in counts) <= room:
        return f"{head}: {', '.join(f'{path} ({count})' for path, count in counts.items())}]"
    folders = _folders(counts)
    told = []
    for folder, (files, count) in folders[:_MAX_FOLDERS]:
        told.append(f"{folder or 'no folder'} ({count} in {files} {'file' if files == 1 else 'files'})")
    others = folders[_MAX_FOLDERS:]
    if others:
        told.append(f"{sum(count for _, (_, count) in others)} in {len(others)} other folders")
    return f"{head}: {', '.join(told)}]"


def _folders(counts: Mapping[str, int]) -> list[tuple[str, tuple[int, int]]]:
    """Folders with their numbers of files and matches, in order: those with most are split while they stay few."""
    chosen: dict[str, list[str]] = {"": list(counts)}
    whole: set[str] = set()
    while len(chosen) < _MAX_FOLDERS and len(whole) < len(chosen):
        largest = max((folder for folder in chosen if folder not in whole), key=lambda folder: len(chosen[folder]))
        inner: dict[str, list[str]] = {}
        for path in chosen[largest]:
            inner.setdefault(_below(largest, path), []).append(path)
        if len(chosen) - 1 + len(inner) > _MAX_FOLDERS and largest:
            whole.add(largest)
            continue
        del chosen[largest]
        chosen.update(inner)
        whole.update(folder for folder in inner if folder == largest)
    found = [(folder, (len(paths), sum(counts[path] for path in paths))) for folder, paths in chosen.items()]
    return sorted(found, key=lambda each: (-each[1][1], each[0]))


def _below(folder: str, path: str) -> str:
    """The folder in `folder` in which a path is, or `folder` for its own files."""
    start = len(folder)
    ends = [end for end in (path.find("/", start), path.find("\\", start)) if end >= 0]
    return path[: min(ends) + 1] if ends else folder
