"""Reads a form of a search back to the lines that it was made from, by its first line alone."""

from __future__ import annotations

import re

__all__ = ["read_back", "read_lines"]

_ENTRY = re.compile(r"([0-9]+(?:,[0-9]+)*)([:=-])(.*)", re.DOTALL)
_RECORD = re.compile(r"(.+?)([:=-])([0-9]+)\2")
_Read = tuple[str, str, int]
"""A line, with its file and number where it has them ("" and 0 where not)."""


def read_back(text: str) -> str:
    legend = text.partition("\n")[0]
    lines = _read(text)
    if '"--" between groups left out' in legend:
        lines = _separated(lines)
    return "\n".join(line for line, _, _ in lines)


def read_lines(text: str) -> list[str]:
    """The lines that a form shows, notes among them."""
    return [line for line, _, _ in _read(text)]


def _read(text: str) -> list[_Read]:
    legend, _, body = text.partition("\n")
    if not legend.startswith("[grouped: "):
        legend, body = "", text
    plain = '":…" below' in legend
    grouped = "# path" in legend or "# folder/" in legend
    folded = '"1,2:…"' in legend
    lines: list[_Read] = []
    block: list[_Read] = []
    heading = ""
    for line in body.split("\n"):
        entry = _ENTRY.match(line)
        if grouped and (line == "#" or line.startswith("# ")):
            heading = line[2:]
            lines += _end(block)
        elif line.startswith("[… "):
            lines += [*_end(block), (line, "", 0)]
        elif heading.endswith(("/", "\\")):
            lines.append(_alone(heading + line, plain))
        elif heading and plain and line[:1] in (":", "-") and line != "--":
            lines.append((heading + line, heading, 0))
        elif entry and not plain and (heading or not grouped):
            sign = entry[2] if heading else ""
            numbers = entry[1].split(",") if folded else [entry[1]]
            for number in numbers:
                read = f"{heading}{sign}{number}{entry[2]}{entry[3]}"
                block.append((read, heading or "the file", int(number) if len(numbers) == 1 else -int(number)))
        else:
            lines += [*_end(block), _alone(line, plain)]
    return lines + _end(block)


def _end(block: list[_Read]) -> list[_Read]:
    """The lines of a block, in order of their numbers if some are said once for several (numbers below 0)."""
    read = [(line, path, abs(number)) for line, path, number in block]
    if any(number < 0 for _, _, number in block):
        read.sort(key=lambda each: each[2])
    block.clear()
    return read


def _alone(line: str, plain: bool) -> _Read:
    record = None if plain else _RECORD.match(line)
    return (line, record[1], int(record[3])) if record else (line, "", 0)


def _separated(lines: list[_Read]) -> list[_Read]:
    out: list[_Read] = []
    for read in lines:
        last = out[-1] if out else ("", "", 0)
        if last[2] and read[2] and (last[1] != read[1] or read[2] != last[2] + 1):
            out.append(("--", "", 0))
        out.append(read)
    return out
