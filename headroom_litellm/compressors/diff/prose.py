"""What stands between the files of a diff: commits' headers and messages, tables of what changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from ..shared.gaps import fill_gaps
from ..shared.signs import HINT, line_fails
from .parse import Prose

__all__ = ["commits_in", "shorten_prose"]

_COMMIT: Final = re.compile(r"commit [0-9a-f]{7,40}\b|From [0-9a-f]{40} |[*|\\/ ]{1,40}commit [0-9a-f]{7,40}\b")
_STAT: Final = re.compile(
    r" .{1,400} \| {1,9}(?:[0-9]{1,9}(?: [+-]{1,300})?|Bin\b.*|Unmerged)$| [0-9]+ files? changed|"
    r" (?:create|delete) mode [0-7]{6} | (?:rename|copy) .{1,400} \([0-9]+%\)$| mode change [0-7]{6} => "
)
_TRAILER: Final = re.compile(
    r"\s*(?:Signed-off-by|Co-authored-by|Reviewed-by|Acked-by|Tested-by|Reported-by|Suggested-by|Cc|Change-Id"
    r"|Helped-by|Mentored-by|Link|Generated-by|Git-Pull-Request): \S.*$"
    r"|\s+(?:- )?(?:dependency-\w{1,20}|update-type|updated-dependencies):.*$|    \.\.\.$|    ---$"
    r"|\s+- \[(?:Release notes|Changelog|Commits)\]\(.*$",
    re.IGNORECASE,
)
_MAX_FREE: Final = 60
_FREE_HEAD, _FREE_TAIL = 20, 10
_FEW: Final = 2
_HASH: Final = 10
_SUBJECT: Final = 60


def commits_in(lines: Sequence[str], part: Prose) -> list[str]:
    """The hash of each commit, cut, with its subject."""
    found: list[str] = []
    untitled = False
    for line in lines[part.start : part.end]:
        if _COMMIT.match(line):
            found.append(line[line.index("ommit ") + 6 :][:_HASH] if "ommit " in line else line[5:][:_HASH])
            untitled = True
        elif untitled and line.startswith(("    ", "Subject: ")) and line.strip():
            found[-1] += f" {line.removeprefix('Subject: ').strip()[:_SUBJECT]}"
            untitled = False
    return found


def shorten_prose(
    lines: Sequence[str], part: Prose, named: Collection[int], *, before_files: bool, message: int
) -> tuple[str, int]:
    """(the text, how many lines of the source it shows). Of each commit, its header and `message` lines of its message
    stay. Tables of what changed go where the files follow."""
    source = lines[part.start : part.end]
    if not any(_COMMIT.match(line) for line in source):
        if before_files and all(_STAT.match(line) or not line for line in source):
            return f"[… {len(source)} lines: table of the files]", 0
        return _free(source, part.start, named)
    out: list[str] = []
    shown = 0
    gap: list[str] = []
    said = 0
    in_header = False
    for k, line in enumerate(source):
        what = ""
        if _COMMIT.match(line):
            said = 0
            in_header = True
        elif part.start + k in named:
            pass
        elif before_files and _STAT.match(line):
            what = "table of the files"
        elif _TRAILER.match(line):
            what = "trailers"
        else:
            is_said = bool(line.strip())
            in_header = in_header and is_said
            said += is_said and not in_header
            if said > message and is_said:
                what = "the message"
            elif gap and not line.strip() and k + 1 < len(source):
                what = gap[-1]
        if what:
            gap.append(what)
        else:
            shown += _flush(gap, source[k - len(gap) : k], out)
            out.append(line)
            shown += 1
    shown += _flush(gap, source[len(source) - len(gap) :], out)
    return "\n".join(out), shown


def _flush(gap: list[str], source: Sequence[str], out: list[str]) -> int:
    """Put a note for the lines left out; a line that is as short as a note stays. Returns how many stayed."""
    if not gap:
        return 0
    note = f"[… {len(gap)} lines: {', '.join(dict.fromkeys(gap))}]"
    few = len(gap) < _FEW or sum(map(len, source)) <= len(note)
    if few:
        out.extend(source)
    else:
        out.append(note)
    gap.clear()
    return len(source) if few else 0


def _free(source: Sequence[str], start: int, named: Collection[int]) -> tuple[str, int]:
    if len(source) <= _MAX_FREE:
        return "\n".join(source), len(source)
    keep = {*range(_FREE_HEAD), *range(len(source) - _FREE_TAIL, len(source))}
    keep.update(k for k in range(len(source)) if start + k in named)
    keep.update(k for k, line in enumerate(source) if HINT.search(line[:1_000]) and line_fails(line[:1_000]))
    shown, text = fill_gaps(source, keep)
    return text, shown
