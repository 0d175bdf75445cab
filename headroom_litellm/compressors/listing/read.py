"""An output read as a listing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

from ..shared.signs import HINT, line_fails
from .model import Group, Listing, Row
from .rows import read_row
from .spread import spread

__all__ = ["read"]

_NAME: Final = r"(?=[^\n]{0,400}\w)(?!--|==|//|```|\[\d* ?[a-z]+\]$)[^\s<>{}\"|;:…\x00-\x1f]{1,400}(?<!,)"
_ENTRY: Final = re.compile(_NAME)
_RUN: Final = re.compile(rf"(?:(?![^\n]{{0,400}}/){_NAME}\n)*(?![^\n]{{0,400}}/){_NAME}", re.MULTILINE)
"""Names without a slash, one a line."""
_SUSPECT: Final = re.compile(r"[^\S\n]|[<>{}\"|;:…\x00-\x08\x0b-\x1f]|,$|^(?:--|==|//|```|\[|[^\w\n]*$)", re.MULTILINE)
"""In lines without this, each is an entry."""
_BLOCK: Final = 256
_LONG: Final = 400
_SPACED: Final = re.compile(
    r"(?:\.{0,2}/)?[\w@+.,'&()~=#%/-]{1,200}(?: [\w@+.,'&()~=#%/-]{1,200}){1,8}\.[A-Za-z]\w{0,5}"
)
_HEADER: Final = re.compile(r"(?:\.|[^\s:<>\"{}|]{0,400}/[^\s:<>\"{}|]{0,400}):")
_BRANCH: Final = re.compile(r"((?:[│|](?: {3}|\xa0\xa0 )| {4}){0,60})[├└|`+\\][─-]{2,3} ?([^\s│├└][^\n]{0,400})")
_TOTAL: Final = re.compile(r"total [0-9]")
_LONGEST: Final = 1_000
_FEWEST: Final = 3
_SHARE: Final = 0.5
_TRIED: Final = 40
_JOINED: Final = re.compile(r"[^\n]*/: |(?:\.|[^\s/]*/\S*): |\[\d+ (?:names|at the top)\]: ")


def read(text: str) -> Listing | None:
    """None where less than half of the lines are entries, or where a line would read as one of our own."""
    if "\r" in text or "\x1b" in text:
        return None
    lines = text.split("\n")
    tried = [line for line in spread(lines, _TRIED) if line.strip()]
    shapes: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("rows", _is_row_or_head),
        ("tree", _is_branch),
        ("names", _is_name),
    )
    form = next((form for form, shape in shapes if sum(map(shape, tried)) >= _SHARE * len(tried)), None)
    if not tried or form is None or (form == "rows" and not any(map(_is_row, tried))):
        return None
    listing = {"rows": _rows, "tree": _tree, "names": _names}[form](lines)
    filled = len(lines) - lines.count("")
    if listing.total < max(_FEWEST, _SHARE / 2 * filled) or any(map(_JOINED.match, listing.literals)):
        return None
    return listing


def _is_row(line: str) -> bool:
    return len(line) < _LONGEST and read_row(line) is not None


def _is_row_or_head(line: str) -> bool:
    return _is_row(line) or _TOTAL.match(line) is not None or _is_header(line)


def _is_branch(line: str) -> bool:
    return _BRANCH.match(line) is not None


def _is_name(line: str) -> bool:
    return _is_entry(line) or _is_header(line)


def _is_header(line: str) -> bool:
    return line.endswith(":") and _HEADER.fullmatch(line) is not None


def _is_entry(line: str) -> bool:
    if _ENTRY.fullmatch(line):
        return True
    return (
        " " in line
        and len(line) < 300
        and _SPACED.fullmatch(line) is not None
        and not (HINT.search(line) is not None and line_fails(line))
    )


def _names(lines: Sequence[str], *, sections: bool = True) -> Listing:
    """Paths, names, and the sections of `ls -R`."""
    items: list[str | Group] = []
    inside = False
    at = 0
    entry = _ENTRY.fullmatch
    slow = 0
    while at < len(lines):
        if at >= slow:
            block = lines[at : at + _BLOCK]
            if not inside and max(map(len, block)) < _LONG and not _SUSPECT.search("\n".join(block)):
                at = _add_paths(items, lines, at)
                continue
            slow = at + _BLOCK
        line = lines[at]
        last = items[-1] if items else ""
        group = last if isinstance(last, Group) else None
        if entry(line) or (" " in line and _is_entry(line)):
            cut = line.rfind("/", 0, len(line) - 1) + 1
            directory, name = line[:cut], line[cut:]
            alike = group is not None and not group.section and group.directory == directory
            if group is not None and (alike or (inside and not cut)):
                group.names.append(name)
            else:
                inside = False
                items.append(Group(directory, [name]))
        elif sections and group is None and _is_header(line):
            inside = True
            items.append(Group(line[:-1], section=True))
            at += _take(lines, at + 1, items[-1])
        elif sections and not line and group and at + 1 < len(lines) and _is_header(lines[at + 1]):
            inside = True
            at += 1
            items.append(Group(lines[at][:-1], section=True))
            at += _take(lines, at + 1, items[-1])
        else:
            inside = False
            items.append(line)
        at += 1
    found = [item for item in items if isinstance(item, Group) and item.section]
    if found and not any(group.names for group in found):
        return _names(lines, sections=False)
    if found:
        # A path among the sections of `ls -R` is the beginning of a header that was cut off.
        items = [each for item in items for each in (_paths(item) if _is_path(item) else (item,))]
    return Listing(items, "names")


def _add_paths(items: list[str | Group], lines: Sequence[str], start: int) -> int:
    """Add a block of lines all of which are entries, and of no section. Returns where the next one begins."""
    block = lines[start : start + _BLOCK]
    cuts = [line.rfind("/", 0, len(line) - 1) + 1 for line in block]
    at = 0
    for directory, run in groupby([line[:cut] for line, cut in zip(block, cuts, strict=True)]):
        end = at + len(list(run))
        cut = len(directory)
        names = [line[cut:] for line in block[at:end]]
        last = items[-1] if items else ""
        if isinstance(last, Group) and not last.section and last.directory == directory:
            last.names += names
        else:
            items.append(Group(directory, names))
        at = end
    return start + len(block)


def _take(lines: Sequence[str], start: int, group: str | Group) -> int:
    """Take all lines of a section at once, if they are names without a slash. Returns how many."""
    end = start
    while end < len(lines) and lines[end]:
        end += 1
    if not isinstance(group, Group) or end == start or not _RUN.fullmatch("\n".join(lines[start:end])):
        return 0
    group.names = list(lines[start:end])
    return end - start


def _is_path(item: str | Group) -> bool:
    return isinstance(item, Group) and not item.section and bool(item.directory)


def _paths(item: str | Group) -> list[str]:
    return [item] if isinstance(item, str) else [item.directory + name for name in item.names]


def _rows(lines: Sequence[str]) -> Listing:
    found = [read_row(line) if len(line) < _LONGEST else None for line in lines]
    # How many fields are missing tells the programs apart.
    usual = Counter([row[0].count(None) for row in found if row is not None]).most_common(1)[0][0]
    items: list[str | Group] = []
    rows: list[Row] = []
    known: dict[str | None, str | None] = {}
    at = 0
    while at < len(lines):
        row = found[at]
        last = items[-1] if items else ""
        group = last if isinstance(last, Group) else None
        if row is None or row[0].count(None) != usual:
            head = _head(lines, at)
            if head and at + len(head) < len(lines) and found[at + len(head)] is not None:
                directory = next((line[:-1] for line in head if line.endswith(":")), "")
                rows = []
                items.append(Group(directory, rows=rows, head=head, section=True))
                at += len(head)
                continue
            items.append(lines[at])
        else:
            fields, name = row
            found[at] = None
            path = name.partition(" -> ")[0]
            cut = 0 if group is not None and group.section else path.rfind("/", 0, len(path) - 1) + 1
            if group is None or (not group.section and group.directory != path[:cut]):
                rows = []
                group = Group(path[:cut], rows=rows)
                items.append(group)
            group.names.append(name[cut:])
            rows.append(tuple(map(known.setdefault, fields, fields)))
        at += 1
    return Listing(items, "rows")


def _head(lines: Sequence[str], at: int) -> Sequence[str]:
    """The lines above a section of `ls -lR` that begins here: a blank line, the directory, `total 12`."""
    end = at
    if end < len(lines) and not lines[end]:
        end += 1
    if end < len(lines) and _is_header(lines[end]):
        end += 1
    elif end > at:
        return ()
    if end < len(lines) and _TOTAL.match(lines[end]):
        end += 1
    return lines[at:end]


def _tree(lines: Sequence[str]) -> Listing:
    """A drawn tree as the paths that it stands for."""
    items: list[str | Group] = []
    stack: list[str] = []
    for line in lines:
        branch = _BRANCH.fullmatch(line) if len(line) < _LONGEST else None
        depth = len(branch[1]) // 4 if branch is not None else 0
        if branch is None or depth > len(stack) - 1:
            items.append(line)
            stack = [line.rstrip("/") + "/"] if line.strip() and " " not in line else [""]
            continue
        del stack[depth + 1 :]
        name, directory = branch[2], stack[depth]
        last = items[-1]
        if isinstance(last, Group) and last.directory == directory:
            last.names.append(name)
        else:
            items.append(Group(directory, [name]))
        stack.append(f"{directory}{name.partition(' -> ')[0].rstrip('/')}/")
    return Listing(items, "tree")
