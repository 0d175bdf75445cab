"""One line for a file, and one for many files of which nothing else is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from .hunks import counts_of
from .parse import File

__all__ = ["many", "title"]

_MAX_NAMES: Final = 1_500
_MAX_COMMITS: Final = 4_000
_MAX_FOLDERS: Final = 8


def title(lines: Sequence[str], file: File, counts: str) -> tuple[str, int]:
    """(the line or lines, how many lines of the source they show)."""
    header = lines[file.start : file.body]
    first = header[0]
    if not first.startswith(("diff --git ", "diff --cc ", "diff --combined ")):
        sides = [line for line in header if line.startswith(("--- ", "+++ "))]
        shown = sides or [line for line in header if not line.startswith("=====")]
        return "\n".join(shown), len(shown)
    told = [
        line
        for line in header[1:]
        if line.startswith(("new file mode ", "deleted file mode ", "old mode ", "new mode ", "copy from "))
    ]
    told += [f"{line[17:]} alike" for line in header[1:] if line.startswith("similarity index ")]
    told += ["binary"] if file.binary else []
    told += [counts] if counts else []
    name = file.path if not file.old or not file.new or file.old == file.new else f"{file.old} => {file.new}"
    command = " ".join(first.split(" ", 2)[:2])
    details = f" ({', '.join(told)})" if told else ""
    return f"{command} {name}{details}", 1


def many(files: Sequence[File], size: int, added: int, removed: int, commits: Sequence[str]) -> str:
    """What is left out in a row: how many files and lines, and their names, or the folders they are in; the commits."""
    short = _files(files, size, added, removed, len(commits))
    told = 0
    for k, commit in enumerate(commits):
        told += len(commit) + 2
        if told > _MAX_COMMITS:
            return f"{short[:-1]}; the commits: {'; '.join(commits[:k])}; … {len(commits) - k} more]"
    return f"{short[:-1]}; the commits: {'; '.join(commits)}]" if commits else short


def _files(files: Sequence[File], size: int, added: int, removed: int, commits: int) -> str:
    what = f"{commits} commits, " if commits > 1 else "1 commit, " if commits else ""
    what += f"{len(files)} files" if len(files) != 1 else "1 file"
    counts = counts_of(added, removed)
    head = f"[… {what} left out, {size} lines{f', {counts}' if counts else ''}"
    names = list(dict.fromkeys(file.path for file in files))
    listed = ", ".join(names)
    if not names:
        return f"{head}]"
    if len(listed) > _MAX_NAMES // 3:
        listed = _by_folder(names)
    if len(listed) <= _MAX_NAMES:
        return f"{head}: {listed}]"
    folders = Counter("/".join(name.split("/")[:-1][:3]) + "/" if "/" in name else "./" for name in names)
    told = [f"{folder} {count}" for folder, count in folders.most_common(_MAX_FOLDERS)]
    rest = len(names) - sum(count for _, count in folders.most_common(_MAX_FOLDERS))
    told += [f"{rest} in {len(folders) - _MAX_FOLDERS} other folders"] if rest else []
    return f"{head}, in {', '.join(told)}]"


def _by_folder(names: Sequence[str]) -> str:
    """`src/{a.py, b.py}, c.py`: each folder once, with the files that lie in it."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, slash, base = name.rpartition("/")
        folders.setdefault(folder + slash, []).append(base)
    told = [
        f"{folder}{{{', '.join(bases)}}}" if len(bases) > 1 else folder + bases[0] for folder, bases in folders.items()
    ]
    return ", ".join(told)
