"""The commits of a log, as ranges of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from .detect import GRAPH, LINE

__all__ = ["Commit", "bare", "parse_blocks", "parse_lines"]

_BLOCK: Final = re.compile(r"commit ([0-9a-f]{7,40})(?: (.*))?$")
_GRAPH: Final = re.compile(GRAPH)
_FIELD: Final = re.compile(
    r"(Merge|Author|AuthorDate|Commit|CommitDate|Date|Reflog|Reflog message|author|committer|tree|parent"
    r"|encoding):? +(.*)$"
)
_LINE: Final = re.compile(LINE + r"(?=[ |;,:\t])")
_SHOWN: Final = frozenset(["Author", "author", "Date", "AuthorDate", "Merge"])
"""The fields of which a commit's line is made."""
_TRAILER: Final = re.compile(
    r"\s*(?:[A-Z][A-Za-z]{1,20}(?:-[a-z]{1,12}){0,4}-by|Cc|CC|Change-Id|Link|Fixes|Closes|PR-URL|Refs|Bug|git-svn-id)"
    r": \S.*$|\s+(?:- )?(?:dependency-\w{1,20}|update-type|updated-dependencies):.*$|    \.\.\.$|    ---$"
    r"|\s+- \[(?:Release notes|Changelog|Commits)\]\(.*$"
)


@dataclass(slots=True)
class Commit:
    """start, end: its lines; hash; fields: its header by name, such as Author; after: what stands behind its hash;
    subject; message, trailers, files: the numbers of the lines of each kind, without blank ones; hidden: the names of
    the lines of its header that are in no other field; drawn: how many lines hold nothing but the graph."""

    start: int
    hash: str
    after: str = ""
    end: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    message: list[int] = field(default_factory=list)
    trailers: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    drawn: int = 0


def bare(line: str, graph: bool) -> str:
    """The line without the graph before it."""
    if not graph:
        return line
    drawn = _GRAPH.match(line)
    return line[drawn.end() :] if drawn is not None else line


def parse_blocks(lines: Sequence[str]) -> tuple[list[Commit], bool]:
    """(the commits, whether a graph is drawn before them)."""
    graph = any(line.startswith("*") and " commit " in line[:60] for line in lines[:5])
    commits: list[Commit] = []
    current: Commit | None = None
    in_header = False
    for i, line in enumerate(lines):
        text = bare(line, graph)
        found = _BLOCK.match(text.lstrip()) if "commit " in line[:120] else None
        if found is not None and (graph or line.startswith("commit ")):
            if current is not None:
                current.end = i
            current = Commit(i, found[1], found[2] or "")
            commits.append(current)
            in_header = True
        elif current is None:
            continue
        elif in_header:
            name = _FIELD.match(text.strip())
            if name is not None:
                current.fields.setdefault(name[1], name[2])
                if name[1] not in _SHOWN:
                    current.hidden.append(name[1])
            elif not (text.strip(" |") if graph else text):
                in_header = False
                current.drawn += graph and bool(line.strip())
            else:
                current.hidden.append("of other fields")
        elif text.strip(" |\\/*"):
            _sort(current, i, text)
        else:
            current.drawn += graph and bool(line.strip())
    if current is not None:
        current.end = len(lines)
    return commits, graph


def _sort(commit: Commit, i: int, text: str) -> None:
    if not text.startswith("    "):
        commit.files.append(i)
    elif not commit.subject:
        commit.subject = text.strip()
    elif _TRAILER.match(text):
        commit.trailers.append(i)
    else:
        commit.message.append(i)


def parse_lines(lines: Sequence[str]) -> list[Commit]:
    commits: list[Commit] = []
    for i, line in enumerate(lines):
        found = _LINE.match(line)
        if found is not None:
            if commits:
                commits[-1].end = i
            commits.append(Commit(i, found[2], found[1], subject=line[found.end() :].strip()))
        elif commits and line.strip(" |\\/*_.-"):
            commits[-1].files.append(i)
        elif commits and line.strip():
            commits[-1].drawn += 1
    if commits:
        commits[-1].end = len(lines)
    return commits
