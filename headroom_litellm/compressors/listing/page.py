"""A listing in writing.

Names: a directory a line, `DIR/: names` for paths that begin with `DIR/`, the section's own header before its names for
`ls -R` (the blank line between two sections is not repeated), `[3 at the top]: names` for
paths without a directory, `[3 names]: names` where none is said. A path
that has no neighbour of its directory stands whole. Rows: see `rows`; a line `DIR/:` says the directory of the rows
under it, up to the next such line or a literal line.

Everything else is literal, in its place. Only the padding of columns and the drawing of a tree are not told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .model import Group, Listing, Row
from .names import BRACES, SERIES, write_names
from .rows import Pattern, patterns, shape_of

__all__ = ["Writer"]

_HAS_BRACES: Final = re.compile(r"\{[^{}][^{} ]* [^{}]+\}\.")
_HAS_SERIES: Final = re.compile(r"\{[0-9]+\.\.[0-9]+\}")
_WRAPPER: Final = re.compile(r"</?\w[^\n]*|")
_MIN_ROOT: Final = 12
_MIN_USES: Final = 3
_MEASURED: Final = 5_000
_SOME: Final = 25
_SMALL: Final = 2_000


class Writer:
    """Writes the groups of one listing, all in the same way."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self.root = ""
        self.patterns: dict[str, Pattern] = {}
        self.braces = True
        self._state = ""
        placed = any(group.directory and not group.section for group in listing.groups)
        self._sections = any(group.section for group in listing.groups)
        self._bare = "at the top" if placed else "names"
        if listing.form == "rows":
            self.patterns = patterns(
                (row, name) for group in listing.groups for row, name in zip(group.rows, group.names, strict=True)
            )
        elif all(map(_WRAPPER.fullmatch, listing.literals)):
            self.root = _root(listing.groups)

    def text(self) -> str:
        """All of it."""
        if self.patterns:
            return self._whole()
        text = self._whole()
        if len(text) < _SMALL and (_HAS_BRACES.search(text) or _HAS_SERIES.search(text)):
            self.braces = False
            plain = self._whole()
            if len(plain) <= len(text):
                return plain
            self.braces = True
        return text

    def measure(self) -> float:
        """About how long all of it is, by some of it."""
        groups = self._listing.groups
        size = sum(sum(map(len, group.names)) + len(group.names) for group in groups)
        if size < _MEASURED:
            return len(self.text())
        some = groups[:: max(1, len(groups) // _SOME)]
        plain = written = 0
        for group in some:
            names = group.names[:_SOME]
            plain += sum(map(len, names)) + len(names)
            written += sum(map(len, self.group(group, range(len(names)))))
        return size * written / plain

    def literal(self, line: str) -> str:
        self._state = ""
        return line

    def leave(self) -> None:
        """What follows has to say its directory."""
        self._state = "\0"

    def shown(self, directory: str) -> str:
        """A directory as it is written."""
        return directory.removeprefix(self.root)

    def group(self, group: Group, places: Sequence[int] | None = None, note: str = "") -> list[str]:
        names = group.names if places is None else [group.names[k] for k in places]
        if self._listing.form != "rows":
            return [self._line(group, names, note)]
        lines = list(group.head)
        if not group.section:
            whole = len(names) == 1 and "/" in group.directory and not note
            if whole:
                names = [group.directory + name for name in names]
            elif group.directory != self._state:
                lines.append(f"{group.directory}:" if group.directory else "[at the top]:")
                self._state = group.directory
        else:
            self._state = ""
        rows = group.rows if places is None else [group.rows[k] for k in places]
        lines += map(self.row, rows, names)
        if note:
            lines.append(note)
            self._state = "\0"
        return lines

    def row(self, row: Row, name: str) -> str:
        return self.patterns[shape_of(row, name)].write(row, name)

    def legend(self, body: str) -> str:
        """What the reader has to know of this form, "" where it is plain."""
        told: list[str] = []
        for shape in ("file", "directory", "link"):
            if shape in self.patterns:
                told.append(self.patterns[shape].legend("NAME -> TARGET" if shape == "link" else "NAME"))
        if any("[" in line[:1] for line in body.split("\n")) and self.patterns and any(told):
            told.append("[ ]: where a row differs")
        if self.root:
            told.append(f"paths below {self.root}, by directory")
        elif not self.patterns and self._bare != "names":
            told.append("paths by directory, DIR/: names")
        if not self.patterns:
            told += [BRACES] if _HAS_BRACES.search(body) else []
            told += [SERIES] if _HAS_SERIES.search(body) else []
        told = [each for each in told if each]
        return f"[{'; '.join(told)}]" if told else ""

    def _line(self, group: Group, names: Sequence[str], note: str) -> str:
        written = write_names(names, braces=self.braces)
        if note:
            written = f"{written} {note}" if written else note
        if group.section:
            return f"{group.directory}: {written}" if written else f"{group.directory}:"
        directory = self.shown(group.directory)
        if len(names) == 1 and not note and (directory or not self._sections):
            return directory + names[0]
        count = f"{len(names)} of {len(group.names)}" if note else f"{len(names)}"
        return f"{directory}: {written}" if directory else f"[{count} {self._bare}]: {written}"

    def _whole(self) -> str:
        lines: list[str] = []
        self._state = ""
        first = -1
        for item in self._listing.items:
            if isinstance(item, str):
                lines.append(self.literal(item))
            else:
                if first < 0:
                    first = len(lines)
                lines += self.group(item)
        legend = self.legend("\n".join(lines))
        if legend:
            lines.insert(max(0, first), legend)
        return "\n".join(lines)


def _root(groups: Sequence[Group]) -> str:
    """What all paths begin with, "" where it is too short to be said apart."""
    directories = [group.directory for group in groups]
    if len(directories) < _MIN_USES or any(group.section for group in groups):
        return ""
    first, last = min(directories), max(directories)
    end = next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    root = first[: first.rfind("/", 0, end) + 1]
    return root if len(root) >= _MIN_ROOT else ""
