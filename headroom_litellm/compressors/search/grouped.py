"""The lines of a search with each path said once, above its lines.

Below `# path`, a line `12:text` was `path:12:text` (`12-text`: `path-12-text`; without numbers `:text`: `path:text`).
Below `# folder/`, every line had the folder in front. Any other line is as it was; a lone `#` ends the lines of a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal

from .folders import by_folder
from .matches import CONTEXT, HEADING, MATCH, OTHER, SEPARATOR, Matches, Section

__all__ = ["shown_headings", "write"]

_LIKE_ENTRY: Final = re.compile(r"[^\n]{1,400}?([-:=])[0-9]+\1")
"""A line that no file is known of, but which reads as if it were of one."""
_NUMBERED: Final = re.compile(r"[0-9]+(?:,[0-9]+)*[:=-]")


def write(
    found: Matches,
    sections: Sequence[Section],
    *,
    keep: Collection[int] | None = None,
    notes: Mapping[int, str] | None = None,
    shorten: Callable[[str], str] | None = None,
) -> str | None:
    """The text, with its first line saying how it reads where that is needed; None where it could be misread.

    keep:    the lines to show, all of them by default
    notes:   a line to put after the line of that number, shown or not
    shorten: makes the text of a line shorter
    """
    return _Writer(found, keep, notes or {}, shorten).text(sections)


class _Writer:
    def __init__(
        self,
        found: Matches,
        keep: Collection[int] | None,
        notes: Mapping[int, str],
        shorten: Callable[[str], str] | None,
    ) -> None:
        self._found, self._keep, self._notes, self._shorten = found, keep, notes, shorten
        self._out: list[str] = []
        self._alone: list[tuple[str, int]] = []
        self._open: Literal["", "file", "folder"] = ""
        self._grouped = self._folded = self._context = self._folders = False
        self._separated = SEPARATOR in found.kinds
        self._drop_separators = self._separated and (_separators_follow(found) if keep is None else found.numbered)

    def text(self, sections: Sequence[Section]) -> str | None:
        position = 0
        for section in sections:
            first = section.records[0]
            if position < first and not self._others(position, first):
                return None
            self._section(section)
            position = section.records[-1] + 1
        if not self._others(position, len(self._found.lines)):
            return None
        self._flush()
        return "\n".join([*self._legend(), *self._out])

    def _legend(self) -> list[str]:
        told: list[str] = []
        if self._grouped:
            was = '"N:…" below "# path" was "path:N:…"' if self._found.numbered else '":…" below "# path" was "path:…"'
            told.append(was + self._context_legend())
        if self._folders:
            told.append('"file:…" below "# folder/" was "folder/file:…"')
        if self._folded:
            told.append('"1,2:…" is the same text on lines 1 and 2')
        if self._drop_separators and self._keep is None:
            told.append('"--" between groups left out')
        return [f"[grouped: {'; '.join(told)}]"] if told else []

    def _context_legend(self) -> str:
        if not self._context:
            return ""
        if not self._found.numbered:
            return ', "-…" "path-…"'
        found = self._found
        context = [i for i, kind in enumerate(found.kinds) if kind == CONTEXT]
        functions = sum([found.lines[i].startswith("=", len(found.paths[found.owner[i]])) for i in context])
        told = ', "N-…" "path-N-…"' if functions < len(context) else ""
        return told + (', "N=…" "path=N=…"' if functions else "")

    def _emit(self, lines: Sequence[str]) -> None:
        if self._alone:
            self._flush()
        self._out += lines

    def _flush(self) -> None:
        """The lines of files with one line each, those of one folder below its name where that is shorter."""
        if not self._alone:
            return
        for folder, lines in by_folder(self._alone):
            if folder:
                self._out.append(f"# {folder}")
                self._open, self._folders = "folder", True
            elif self._open == "folder":
                self._out.append("#")
                self._open = ""
            self._out += lines
        self._alone = []

    def _others(self, start: int, end: int) -> bool:
        """Lines of no file, whole. False where one would be taken for something else."""
        found = self._found
        for i in range(start, end):
            line, kind = found.lines[i], found.kinds[i]
            if (self._keep is None or i in self._keep) and not (kind == SEPARATOR and self._drop_separators):
                if not found.prefixed:
                    self._out.append(line)
                elif line == "#" or line.startswith("# "):
                    return False
                else:
                    self._whole(line)
            if i in self._notes:
                self._emit([self._notes[i]])
        return True

    def _whole(self, line: str) -> None:
        self._flush()
        if self._open == "folder" or (self._open and line != "--" and self._is_entry(line)):
            self._out.append("#")
            self._open = ""
        self._out.append(line)

    def _is_entry(self, line: str) -> bool:
        return _NUMBERED.match(line) is not None if self._found.numbered else line[:1] in (":", "-")

    def _section(self, section: Section) -> None:
        found, keep = self._found, self._keep
        shown = section.records if keep is None else [i for i in section.records if i in keep]
        last = section.records[-1]
        if shown and found.prefixed:
            line = found.lines[shown[0]]
            if len(shown) > 1 or last in self._notes or line.startswith("#") or self._is_entry(line):
                self._emit([f"# {found.paths[section.file]}"])
                self._open, self._grouped = "file", True
            else:
                self._alone.append((line, len(found.paths[section.file])))
                if self._shorten is not None:
                    path = len(line) - len(found.entry(shown[0]))
                    self._alone[-1] = (line[:path] + self._shorten(line[path:]), self._alone[-1][1])
                return
        if shown:
            entries = self._entries(shown)
            if self._separated and not self._drop_separators:
                self._between_separators(section, dict(zip(shown, entries, strict=True)))
            else:
                self._emit(entries)
        if last in self._notes:
            self._emit([self._notes[last]])

    def _between_separators(self, section: Section, entries: Mapping[int, str]) -> None:
        separators: list[str] = []
        begun = False
        for i in range(section.records[0], section.records[-1] + 1):
            if i in entries:
                self._emit(separators if self._keep is None else separators[:begun])
                separators, begun = [], True
                self._emit([entries[i]])
            elif self._found.kinds[i] == SEPARATOR:
                separators.append(self._found.lines[i])

    def _entries(self, shown: Sequence[int]) -> list[str]:
        """The entries of the lines; lines with the same text are one entry, where that leaves no doubt."""
        found = self._found
        self._context = self._context or CONTEXT in found.kinds[shown[0] : shown[-1] + 1]
        if self._folds(shown):
            self._folded = True
            same: dict[str, list[int]] = {}
            for i in shown:
                same.setdefault(found.texts[i], []).append(i)
            shorten = self._shorten or str
            return [f"{','.join([str(found.number[i]) for i in each])}:{shorten(text)}" for text, each in same.items()]
        if found.prefixed:
            cut = len(found.paths[found.owner[shown[0]]]) + found.numbered
            entries = [found.lines[i][cut:] for i in shown]
        else:
            entries = [found.lines[i] for i in shown]
        return entries if self._shorten is None else list(map(self._shorten, entries))

    def _folds(self, shown: Sequence[int]) -> bool:
        found = self._found
        kinds = found.kinds[shown[0] : shown[-1] + 1]
        if not found.numbered or CONTEXT in kinds or len({found.texts[i] for i in shown}) == len(shown):
            return False
        if self._separated and not self._drop_separators and SEPARATOR in kinds:
            return False
        if found.style == "heading" and not all(found.lines[i].startswith(f"{found.number[i]}:") for i in shown):
            return False
        numbers = [found.number[i] for i in shown]
        return all(a < b for a, b in pairwise(numbers))


def _separators_follow(found: Matches) -> bool:
    """Are there `--` between groups wherever two lines do not follow each other, and nowhere else?"""
    if not found.numbered:
        return False
    last = -1
    separated = False
    for i, kind in enumerate(found.kinds):
        if kind == SEPARATOR:
            if separated or last < 0:
                return False
            separated = True
        elif kind in (MATCH, CONTEXT):
            follows = found.owner[last] == found.owner[i] and found.number[i] == found.number[last] + 1
            if last >= 0 and separated == follows:
                return False
            last, separated = i, False
        elif separated or _LIKE_ENTRY.match(found.lines[i]):
            return False
        else:
            last = -1
    return not separated


def shown_headings(found: Matches, keep: Collection[int]) -> set[int]:
    """The lines with a path above lines to show, and a blank line before each."""
    if found.style != "heading":
        return set()
    shown = {found.owner[i] for i in keep if found.owner[i] >= 0}
    above = {i for i, kind in enumerate(found.kinds) if kind == HEADING and found.owner[i] in shown}
    return above | {i - 1 for i in above if i and found.kinds[i - 1] == OTHER and not found.lines[i - 1].strip()}
