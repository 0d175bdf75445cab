"""A log with one line for each commit's header, and people who come again and again named once; nothing lost."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

__all__ = ["names_for", "read_back", "shorten"]

_HEADER: Final = re.compile(
    r"^commit ([0-9a-f]{40}(?: \(.*\))?)\n(?:Merge: (.*)\n)?Author: (.* <.*>)\nDate:   (.*)\n(?=\n)", re.MULTILINE
)
_FULLER: Final = re.compile(
    r"^commit ([0-9a-f]{40}(?: \(.*\))?)\n(?:Merge: (.*)\n)?Author:     (.* <.*>)\nAuthorDate: (.*)\n"
    r"Commit:     (.* <.*>)\nCommitDate: (.*)\n(?=\n)",
    re.MULTILINE,
)
_SHORT: Final = re.compile(
    r"^commit ([0-9a-f]{40}(?: \(.*\))?)(?: \| Merge: (.*?))? \| ([^|\n]*) \| ([^|\n]*)"
    r"(?: \| ([^|\n]*) \| ([^|\n]*))?$",
    re.MULTILINE,
)
_PERSON: Final = re.compile(r"^( {4}[A-Z][A-Za-z-]{1,30}: )(.* <.*>)$", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^( {4}[A-Z][A-Za-z-]{1,30}: )(A[0-9]+)$", re.MULTILINE)
_FIRST: Final = "[commit: hash | author | date"
_MAX_NAMES: Final = 60


def shorten(text: str) -> str | None:
    """None where the log has another form."""
    fuller = "\nAuthorDate: " in text[:2_000]
    shape = _FULLER if fuller else _HEADER
    people: Counter[str] = Counter()
    for found in shape.finditer(text):
        people[found[3]] += 1
        if fuller:
            people[found[5]] += 1
    if not people:
        return None
    for found in _PERSON.finditer(text):
        people[found[2]] += 1
    names = names_for(people)

    def header(found: re.Match[str]) -> str:
        merge = f" | Merge: {found[2]}" if found[2] is not None else ""
        line = f"commit {found[1]}{merge} | {names.get(found[3], found[3])} | {found[4]}"
        return f"{line} | {names.get(found[5], found[5])} | {found[6]}\n" if fuller else f"{line}\n"

    body = shape.sub(header, text)
    body = _PERSON.sub(lambda found: found[1] + names.get(found[2], found[2]), body)
    told = "".join(f"\n{number} = {name}" for name, number in names.items())
    columns = " | committer | date" if fuller else ""
    short = f"{_FIRST}{columns}{told}]\n{body}"
    return short if len(short) < len(text) and read_back(short) == text else None


def names_for(people: Counter[str]) -> dict[str, str]:
    """A short name for each of those who come more than once, those who come most often first."""
    again = [name for name, count in people.most_common(_MAX_NAMES) if count > 1 and len(name) > len("A10")]
    return {name: f"A{k + 1}" for k, name in enumerate(again)}


def read_back(short: str) -> str:
    """The log that a shortened one stands for."""
    legend, _, body = short.partition("]\n")
    numbered = [line.partition(" = ") for line in legend.split("\n")[1:]]
    names = {number: name for number, _, name in numbered}

    def header(found: re.Match[str]) -> str:
        merge = f"Merge: {found[2]}\n" if found[2] is not None else ""
        author = names.get(found[3], found[3])
        if found[5] is None:
            return f"commit {found[1]}\n{merge}Author: {author}\nDate:   {found[4]}"
        committer = names.get(found[5], found[5])
        return (
            f"commit {found[1]}\n{merge}Author:     {author}\nAuthorDate: {found[4]}\n"
            f"Commit:     {committer}\nCommitDate: {found[6]}"
        )

    body = _NUMBERED.sub(lambda found: found[1] + names.get(found[2], found[2]), body)
    return _SHORT.sub(header, body)
