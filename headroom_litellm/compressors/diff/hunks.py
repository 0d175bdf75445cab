"""Hunks with some of their lines left out: every header counts exactly the lines that stand under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .keep import LONG_LINE
from .parse import Hunk

__all__ = ["Shown", "counts_of", "render", "signs_of"]

_DEFINITION: Final = re.compile(
    r"(?:(?:async|export|default|public|private|protected|static|pub|final|abstract|unsafe|const) ){0,4}"
    r"(?:def|class|function|fn|func|impl|struct|enum|trait|interface|module|namespace)\s"
)
"""A definition within another: it may stand behind `@@`, as may any line that begins with a letter, which git takes."""
_FIRST_WORDS: Final = frozenset(re.findall(r"[a-z]{2,}", _DEFINITION.pattern))
_DEFINES: Final = re.compile(
    r"\s{0,24}(?:(?:async|export|default|public|private|protected|static|pub(?:\([a-z]{1,8}\))?|final|abstract|unsafe"
    r"|const|inline) ){0,4}(?:(?:def|class|function|fn|func|impl|struct|enum|trait|interface|module|namespace"
    r"|type) [\w({<$\"']"
    r"|(?:test|it|describe|test_\w{1,40})[ (][\"'`])"
    r"|[A-Za-z_][\w \t*&:<>~]{0,80}[\w>] ?\([^;]{0,400}$"
)
_MAX_HEADING = 80
_MAX_SIBLINGS: Final = 50
_MAX_DEFINITION = 60
_MAX_DEFINITIONS = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A part as it is shown: its text, and how many lines of the source stand in it."""

    text: str
    lines: int


def signs_of(lines: Sequence[str], hunk: Hunk) -> str:
    r"""A character for each line of the body: `+` added, `-` removed, a space unchanged, `\` for a remark of git's."""
    width = len(hunk.old)
    body = lines[hunk.start : hunk.end]
    if width == 1:
        signs = "".join([line[:1] or " " for line in body])
        return signs.replace("\r", " ") if "\r" in signs else signs
    return "".join([_sign(line[:width]) for line in body])


def _sign(signs: str) -> str:
    return "\\" if signs.startswith("\\") else "-" if "-" in signs else "+" if "+" in signs else " "


def render(lines: Sequence[str], hunk: Hunk, signs: str, keep: bytearray) -> Shown:
    """The lines of the body that are kept (1 in `keep`), under headers of their own where lines are missing between
    them. Changed lines that are missing are counted where they stood; missing context shows in the headers' numbers."""
    size = len(signs)
    if 0 not in keep:
        return Shown("\n".join(lines[hunk.at : hunk.end]), hunk.end - hunk.at)
    out: list[str] = []
    definitions: list[tuple[int, int]] = []
    scanned = 0
    at = [*hunk.old, hunk.new]
    position = shown = 0
    while position < size:
        kept = keep[position]
        end = keep.find(1 - kept, position)
        end = size if end < 0 else end
        after = _advance(at, lines, hunk, signs, position, end)
        if kept:
            definitions += _definitions(lines, hunk, scanned, position)
            scanned = position
            out.append(_header(at, after, _heading(lines, hunk, definitions, position)))
            out.extend(lines[hunk.start + position : hunk.start + end])
            shown += end - position
        else:
            note = _note(lines, hunk, signs, position, end, after)
            if note:
                out.append(note)
        at = after
        position = end
    return Shown("\n".join(out), shown)


def _advance(at: Sequence[int], lines: Sequence[str], hunk: Hunk, signs: str, start: int, end: int) -> list[int]:
    """The numbers behind the lines from `start` to `end` of the body, of each old side and the new one."""
    width = len(hunk.old)
    count = end - start - signs.count("\\", start, end)
    removed = signs.count("-", start, end)
    if width == 1:
        return [at[0] + count - signs.count("+", start, end), at[1] + count - removed]
    after = [*at[:-1], at[-1] + count - removed]
    for i in range(start, end):
        line = lines[hunk.start + i]
        for k in range(width):
            sign = line[k : k + 1]
            after[k] += signs[i] != "\\" and (sign == "-" if signs[i] == "-" else sign != "+")
    return after


def _definitions(lines: Sequence[str], hunk: Hunk, start: int, end: int) -> list[tuple[int, int]]:
    """(place in the body, depth) of each of these lines that may stand behind `@@`."""
    width = len(hunk.old)
    found: list[tuple[int, int]] = []
    for i in range(start, end):
        text = lines[hunk.start + i][width:]
        first = text[:1]
        if first in (" ", "\t"):
            bare = text.lstrip(" \t")
            if bare.partition(" ")[0] in _FIRST_WORDS and _DEFINITION.match(bare):
                found.append((i, len(text) - len(bare)))
        elif ((first.isalpha() and first.isascii()) or first in ("_", "$")) and not lines[hunk.start + i].startswith(
            "\\"
        ):
            found.append((i, 0))
    return found


def _heading(lines: Sequence[str], hunk: Hunk, definitions: Sequence[tuple[int, int]], position: int) -> str:
    """What the lines from here on belong to: the last of the definitions before them that they are deeper than or that
    is not indented at all, or what git says."""
    width = len(hunk.old)
    following = map(lines.__getitem__, range(hunk.start + position, hunk.end))
    first = next((line for line in following if line[width:].strip()), "")
    depth = len(first) - width - len(first[width:].lstrip())
    for i, deep in reversed(definitions[-_MAX_SIBLINGS:]):
        if not deep or deep < depth:
            return " " + lines[hunk.start + i][width : width + _MAX_HEADING].strip()
    return hunk.heading if len(definitions) <= _MAX_SIBLINGS else ""


def _header(first: Sequence[int], last: Sequence[int], heading: str) -> str:
    sides = [_range("-", start, end) for start, end in zip(first[:-1], last[:-1], strict=True)]
    marks = "@" * (len(sides) + 1)
    return f"{marks} {' '.join(sides)} {_range('+', first[-1], last[-1])} {marks}{heading}"


def _range(sign: str, start: int, end: int) -> str:
    count = end - start
    if count == 1:
        return f"{sign}{start}"
    return f"{sign}{start if count else start - 1},{count}"


def _note(lines: Sequence[str], hunk: Hunk, signs: str, start: int, end: int, after: Sequence[int]) -> str:
    """What changed lines are missing, "" for none, and what they define, each with its number: that of the new side,
    or of the old one where nothing is added."""
    added, removed = signs.count("+", start, end), signs.count("-", start, end)
    if not added and not removed:
        return ""
    sign, absent = ("+", "-") if added else ("-", "+")
    number = after[-1] if added else after[0]
    width = len(hunk.old)
    found: list[str] = []
    for i in range(end - 1, start - 1, -1):
        if signs[i] != absent and signs[i] != "\\":
            number -= 1
            line = lines[hunk.start + i]
            if signs[i] == sign and _DEFINES.match(line, width):
                found.append(f"{number} {_cut(line[width:].strip())}")
    found.reverse()
    told = " | ".join(found[:_MAX_DEFINITIONS])
    more = f" | {len(found) - _MAX_DEFINITIONS} more" if len(found) > _MAX_DEFINITIONS else ""
    longest = max(len(lines[hunk.start + i]) for i in range(start, end) if signs[i] in "+-") - width
    size = f" of up to {longest} characters" if longest > LONG_LINE else ""
    return f"[… {counts_of(added, removed)} lines{size}{': ' if told else ''}{told}{more}]"


def counts_of(added: int, removed: int) -> str:
    """`+2 -1`; a side on which nothing changes is left out."""
    return " ".join([f"+{added}"] * bool(added) + [f"-{removed}"] * bool(removed))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_DEFINITION else text[: _MAX_DEFINITION - 1] + "…"
