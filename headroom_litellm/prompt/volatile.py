"""Finds the values in a prompt that are others at the next request: times, ids, nonces, temporary paths.

Each pattern stays within a line and takes linear time. Dates alone stay, and so do versions, addresses, digests without
a label and names of models: they are the same from request to request, or of use to nobody if they are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal, NamedTuple

__all__ = ["Kind", "Volatile", "find", "may_hold_any"]

Kind = Literal["time", "uuid", "id", "epoch", "nonce", "path", "log"]

_DAY: Final = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,2})?"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp](?:[Mm]\b|\.[Mm]\.))?"
_ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[ECMP][SD]T|CES?T|BST)\b| ?[+-]\d\d:?\d\d\b)?(?:Z\b)?"
_AT: Final = r"(?:,? (?:at )?)"
_SAYS: Final = r"[\"'`*]{0,3} ?(?:is\b|[:=])? ?[\"'`*]{0,3}"
"""What stands between a label and its value."""


class _Pattern(NamedTuple):
    """`regex` finds the value itself, or a label with it as the group `value`; `holds` tells whether that is one."""

    kind: Kind
    regex: re.Pattern[str]
    holds: Callable[[str], bool] = bool
    confidence: Literal["high", "low"] = "high"


class _Group(NamedTuple):
    """Patterns that find something only in a line with this sign, and in a text with one of these words where there are
    any: most texts have none, which is found out at once."""

    sign: re.Pattern[str]
    patterns: tuple[_Pattern, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Volatile:
    """A value in a text. One of low confidence may well be the same every time."""

    start: int
    end: int
    kind: Kind
    confidence: Literal["high", "low"]


def may_hold_any(text: str) -> bool:
    """Whether it is worth looking: most descriptions of tools hold nothing, which is found out at once."""
    return _ANY.search(text) is not None


def find(text: str) -> tuple[Volatile, ...]:
    """The volatile values of a text, in order and apart; of one with very many, which is data, only some."""
    found, end = list[Volatile](), 0
    # Of two that overlap the one that begins first is taken, then the longer one, then that of the first pattern.
    for value in sorted(islice(_values(text), _MOST), key=lambda value: (value.start, -value.end)):
        if value.start >= end:
            end = value.end
            before = text[max(0, value.start - _REACH) : value.start].rpartition("\n")[2]
            if not _EXAMPLE.search(before):
                in_address = "://" in before.rpartition(" ")[2]
                found.append(replace(value, confidence="low") if in_address else value)
    return tuple(found)


def _values(text: str) -> Iterator[Volatile]:
    words = text.lower()
    for group in _GROUPS:
        if group.words and not any(word in words for word in group.words):
            continue
        for line in _lines_with(group.sign, text):
            for pattern in group.patterns:
                at = "value" if "value" in pattern.regex.groupindex else 0
                for match in pattern.regex.finditer(text, *line):
                    if pattern.holds(match[at]):
                        yield Volatile(*match.span(at), pattern.kind, pattern.confidence)
    for line in _lines_with(_TMP, text):
        yield from _paths(text, line)


def _lines_with(sign: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where the lines with this sign begin and end: few, and a sign is found at once."""
    end = 0
    while sighted := sign.search(text, end):
        start, end = text.rfind("\n", 0, sighted.start()) + 1, text.find("\n", sighted.end())
        end = end if end >= 0 else len(text)
        yield start, end


def _paths(text: str, line: tuple[int, int]) -> Iterator[Volatile]:
    """Temporary paths, up to the part of them that is made up at random."""
    for match in _TEMPORARY.finditer(text, *line):
        for part in _PART.finditer(text, *match.span("rest")):
            if _MKDTEMP.fullmatch(part[0]) or any(map(_is_random, _TOKENS.findall(part[0]))):
                yield Volatile(match.start(), part.end(), "path", "high")
                break


def _is_random(token: str) -> bool:
    """Whether letters and digits take turns in it. A name with a number at its end is none."""
    return len(_RUNS.findall(token)) > 2


def _is_id(value: str) -> bool:
    return sum(character.isdigit() for character in value) > 3


def _is_nonce(value: str) -> bool:
    return _is_id(value) and any(character.isalpha() for character in value)


def _is_no_constant(value: str) -> bool:
    return value.lower() not in _CONSTANTS and len(set(value)) > 6


_EXAMPLE: Final = re.compile(
    r"(?i)\b(?:e\.?g\b|for instance|such as|like|(?:example|sample|format|pattern)(?:s|ted)?\b)"
)
_MOST: Final = 1000
_REACH: Final = 80
"""How far before a value there may stand that it is an example, or where an address begins that it is in."""
_CONSTANTS: Final = ("123e4567-e89b-12d3-a456-426614174000", "550e8400-e29b-41d4-a716-446655440000")
"""UUIDs that documentation uses."""
_TEMPORARY: Final = re.compile(
    r"(?<![\w.])(?:(?:/private|/var|/usr){0,2}/tmp|/var/folders/\w\w/\w{1,64}/T)(?P<rest>(?:/[\w.+@-]{1,120}){1,12})"
)
_PART: Final = re.compile(r"[^/]+")
_MKDTEMP: Final = re.compile(r"tmp[a-z0-9_]{8}|tmp\.[A-Za-z0-9]{6,16}")
_TOKENS: Final = re.compile(r"[A-Za-z0-9]{6,64}")
_RUNS: Final = re.compile(r"[0-9]+|[A-Za-z]+")
_ANY: Final = re.compile(r"[0-9]|/(?:tmp|folders)/")
_TMP: Final = re.compile(r"/(?:tmp|folders)/")
_GROUPS: Final = (
    _Group(
        re.compile(r"\d:\d\d"),
        (
            _Pattern(
                "time",
                re.compile(rf"(?<![\w.-])\d{{4}}([-/.])\d\d\1\d\d(?:[Tt_]|,? {{1,2}}(?:at )?){_CLOCK}{_ZONE}(?![\d:])"),
            ),
            _Pattern(
                "time",
                re.compile(rf"(?<![\w:]){_DAY}\d{{1,2}}[ -]{_MONTH}[ -](?:\d{{4}}|\d\d){_AT}{_CLOCK}{_ZONE}(?![\d:])"),
            ),
            _Pattern(
                "time",
                re.compile(
                    rf"(?<!\w){_DAY}{_MONTH} {{1,2}}\d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?{_AT}{_CLOCK}{_ZONE}"
                    r"(?: \d{4}\b)?"
                ),
            ),
            _Pattern("time", re.compile(rf"(?<![\w./]){_DAY}\d\d?([/.])\d\d?\1\d{{2,4}}{_AT}{_CLOCK}{_ZONE}(?![\d:])")),
            _Pattern("time", re.compile(rf"(?<!\w)\d\d/{_MONTH}/\d{{4}}:\d\d:\d\d:\d\d(?: [+-]\d{{4}})?")),
            _Pattern(
                "time",
                re.compile(
                    rf"(?i)\b(?:current|local|system|server|utc)[ _-]?(?:date[ _-]?)?(?:(?:and|&|/) ?)?time\b"
                    rf"[^\n\d]{{0,24}}(?P<value>{_CLOCK}{_ZONE})(?![\d:])"
                ),
            ),
            _Pattern("time", re.compile(r"(?<![\w:.])\d{1,2}:\d\d:\d\d(?:[.,]\d{1,6})?(?![\w:])"), confidence="low"),
        ),
    ),
    _Group(
        re.compile(r"\dT\d{4}"),
        (_Pattern("time", re.compile(r"(?<!\w)(?:19|20)\d{6}T\d{4,6}(?:\.\d{1,9})?(?:Z|[+-]\d{4})?(?!\w)")),),
    ),
    _Group(
        re.compile(r"-[0-9A-Fa-f]{4}-"),
        (
            _Pattern(
                "uuid",
                re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])"),
                _is_no_constant,
            ),
        ),
    ),
    _Group(
        re.compile(r"1\d{9}"),
        (
            _Pattern(
                "epoch",
                re.compile(
                    r"(?i)(?<![a-z])(?:epoch|timestamp|(?:unix|current|server|system)[ _-]?time(?:stamp)?|now|ts|iat"
                    rf"|issued[ _-]at)(?![a-z]){_SAYS}"
                    r"(?P<value>1(?!234567890)\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?)(?![\w-])"
                ),
            ),
            _Pattern("epoch", re.compile(r"(?<![\w.+-])1[6-9]\d{8}(?:\d{3})?(?![\w-])"), confidence="low"),
        ),
    ),
    _Group(
        re.compile(r"(?:[Ii][Dd]|[Ii]dentifier|traceparent)(?![a-z])"),
        (
            _Pattern(
                "id",
                re.compile(
                    r"(?i)(?<![a-z])(?:traceparent|(?:request|req|trace|span|session|correlation|invocation|execution"
                    rf"|transaction)[ _-]?(?:id|identifier))(?![a-z]){_SAYS}"
                    r"(?P<value>[A-Za-z0-9][\w.:/+=-]{4,126}[A-Za-z0-9=])"
                ),
                _is_id,
            ),
        ),
    ),
    _Group(
        re.compile(r"(?i)nonce|salt|csrf|buster|seed|challenge"),
        (
            _Pattern(
                "nonce",
                re.compile(
                    r"(?i)(?<![a-z])(?:nonce|salt|csrf[ _-]?token|cache[ _-]?buster|random[ _-]?seed|challenge)"
                    rf"(?![a-z]){_SAYS}(?P<value>[A-Za-z0-9][\w+/-]{{7,126}}={{0,2}})(?![\w+/=-])"
                ),
                _is_nonce,
            ),
        ),
        ("nonce", "salt", "csrf", "buster", "seed", "challenge"),
    ),
    _Group(
        re.compile(r"0x|(?i:pid|tid|took|elapsed|uptime|duration)"),
        (
            _Pattern("log", re.compile(r"\b0x[0-9a-f]{8,16}\b"), confidence="low"),
            _Pattern("log", re.compile(r"(?i)\b(?:pid|tid)(?: ?[:=] ?| )(?P<value>\d{2,10})\b"), confidence="low"),
            _Pattern(
                "log",
                re.compile(
                    r"(?i)\b(?:took|elapsed|uptime|duration)(?: ?[:=] ?| )"
                    r"(?P<value>\d{1,9}(?:\.\d{1,6})? ?(?:ms|us|s)\b)"
                ),
                confidence="low",
            ),
        ),
        ("0x", "pid", "tid", "took", "elapsed", "uptime", "duration"),
    ),
)
