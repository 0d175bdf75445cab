"""Lists of changed files: `git status`, `--stat`, `--name-status`; no diff, but what stands where one would."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ..base import Document, Rendition
from ..sample import Sample
from ..shared.named import named_lines

__all__ = ["is_changed_list", "shorten_list"]

_LEGEND: Final = "[git's hints are left out]"
_NOT_STAGED: Final = "Changes not staged for commit:"
_HINTS: Final = {
    "Changes to be committed:": ('  (use "git restore --staged <file>..." to unstage)',),
    _NOT_STAGED: (
        '  (use "git add <file>..." to update what will be committed)',
        '  (use "git restore <file>..." to discard changes in working directory)',
    ),
    "Untracked files:": ('  (use "git add <file>..." to include in what will be committed)',),
}
_STATUS: Final = re.compile(
    r"On branch \S|HEAD detached at |Changes to be committed:$|Changes not staged for commit:$|Untracked files:$"
    r"|Unmerged paths:$|Your branch (?:is|and) "
)
_ENTRY: Final = re.compile(
    r"\t(?:(new file|modified|deleted|renamed|copied|typechange|both modified|both added|deleted by us|deleted by them"
    r"|added by us|added by them|both deleted):   )?(\S.*)$"
    r"|( M|M |MM|\?\?|A |AM| D|D |AD|R |RM|C |UU|AA|DU|UD|!!) (\S.*)$"
    r"|([MADTUX]|[RC][0-9]{1,3})\t(\S.*)$"
    r"| (\S.{0,400}?) {1,400}\| {1,9}(?:[0-9]{1,9}(?: [+-]{1,300})?|Bin\b.*)$"
)
_SIZE: Final = re.compile(r"\| {1,9}([0-9]{1,9})")
_STAT: Final = re.compile(r" \S.{0,400} \| {1,9}(?:[0-9]{1,9}(?: [+-]{1,300})?|Bin\b.*)$| [0-9]+ files? changed, ")
_SHORT: Final = re.compile(r"(?: M|M |MM|\?\?|A |AM| D|D |AD|R |RM|UU|AA|DU|UD) \S|[MADT]\t\S|[RC][0-9]{3}\t\S|## \S")
_COMMIT: Final = re.compile(r"commit [0-9a-f]{40}\b")

_SMALL: Final = 8_000
"""Of a shorter list little can be saved, and its paths are what the reader goes on with."""
_SHOWN, _MAX_SHOWN, _SHARE = 60, 160, 3
"""Files shown: at least, at most, and one in so many between."""
_EACH: Final = 4
_MAX_NAMED: Final = 40
_MAX_FOLDERS: Final = 10
_WORTH: Final = 0.8


def is_changed_list(sample: Sample) -> bool:
    lines = sample.lines
    if not lines or not (
        (_STATUS.match(lines[0]) and sample.has(_STATUS, 2))
        or (len(lines) > 2 and (sample.exceeds(_STAT, 0.8) or sample.exceeds(_SHORT, 0.95)))
    ):
        return False
    return not sample.has(_COMMIT, 1)


def shorten_list(document: Document) -> Rendition | None:
    """The list without git's hints, and a long one with some of its files, the others counted by folder."""
    text = document.text
    lines = text.split("\n")
    total = len(lines) - (not lines[-1])
    short = _without_hints(lines)
    exact = "\n".join([_LEGEND, *short]) if len(short) < len(lines) else text
    best = Rendition(exact, total, total, "lines") if len(exact) < len(text) else None
    if document.lossless or len(text) < _SMALL:
        return best
    body, shown = _some(lines, document.query)
    if shown < total and len(body) < _WORTH * len(text):
        return Rendition(body, min(shown, total - 1), total, "lines")
    return best


def _without_hints(lines: Sequence[str]) -> list[str]:
    out: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        out.append(line)
        position += 1
        hints = _hints(lines, position - 1)
        if not hints:
            continue
        if tuple(lines[position : position + len(hints)]) == hints and not _is_hint(lines, position + len(hints)):
            position += len(hints)
        elif not _is_hint(lines, position):
            return list(lines)
    return out


def _hints(lines: Sequence[str], at: int) -> tuple[str, ...]:
    """What git says under this line, which begins a section; nothing for any other line."""
    hints = _HINTS.get(lines[at], ())
    if lines[at] == _NOT_STAGED:
        position = at + 1
        while position < len(lines) and lines[position] and not lines[position].startswith("\tdeleted:"):
            position += 1
        if position < len(lines) and lines[position]:
            return (hints[0].replace("git add ", "git add/rm "), *hints[1:])
    return hints


def _is_hint(lines: Sequence[str], at: int) -> bool:
    return at < len(lines) and lines[at].startswith("  (use ")


def _some(lines: Sequence[str], query: str) -> tuple[str, int]:
    """All lines that name no file, and of the others the first of each folder and state, those that change most, and
    those that the query names."""
    entries: dict[int, str] = {}
    sizes: dict[int, int] = {}
    for i, line in enumerate(lines):
        found = _ENTRY.match(line)
        if found is not None:
            state = found[1] or found[3] or found[5] or ""
            path = found[2] or found[4] or found[6] or found[7]
            size = _SIZE.search(line)
            sizes[i] = int(size[1]) if size is not None else 0
            entries[i] = f"{state.strip()} {_folder(path)}".strip()
    keep = {i for i in range(len(lines)) if i not in entries}
    if len(keep) > len(lines) // 2:
        return "\n".join(lines), len(lines)
    most = min(_MAX_SHOWN, max(_SHOWN, len(entries) // _SHARE))
    keep |= named_lines(lines, query, limit=_MAX_NAMED, context=0)
    largest = sorted((i for i in sizes if sizes[i]), key=lambda i: (-sizes[i], i))
    keep.update(largest[: most // 2])
    seen: Counter[str] = Counter()
    room = most - min(len(largest), most // 2)
    for i, label in entries.items():
        if seen[label] < _EACH and room > 0 and i not in keep:
            seen[label] += 1
            room -= 1
            keep.add(i)
    return _filled(lines, keep, entries)


def _folder(path: str) -> str:
    folders = path.replace("...", "…").split("/")[:-1]
    return "/".join(folders[:3]) + "/" if folders else "./"


def _filled(lines: Sequence[str], keep: set[int], entries: dict[int, str]) -> tuple[str, int]:
    out: list[str] = []
    shown = position = 0
    for i in [*sorted(keep), len(lines)]:
        gap = range(position, i)
        if len(gap) > 1:
            counts = Counter(entries[k] for k in gap)
            told = [f"{label} {count}" for label, count in counts.most_common(_MAX_FOLDERS)]
            rest = len(gap) - sum(count for _, count in counts.most_common(_MAX_FOLDERS))
            told += [f"{rest} in {len(counts) - _MAX_FOLDERS} other folders"] if rest else []
            out.append(f"[… {len(gap)} lines: {', '.join(told)}]")
        else:
            out.extend(lines[k] for k in gap)
            shown += len(gap)
        if i < len(lines):
            out.append(lines[i])
            shown += 1
        position = i + 1
    return "\n".join(out), shown - (not lines[-1])
