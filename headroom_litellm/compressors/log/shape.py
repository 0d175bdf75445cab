"""Which lines of a log are alike: the same but for numbers, ids and names."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import eq
from typing import Final

from ..shared.signs import HTTP_STATUS

__all__ = ["CLIENT_ERROR", "Shapes", "alike", "mask", "shapes", "without_digits"]

_CHANGING: Final = re.compile(r"[0-9]\w*(?:[.,:][0-9]+)*|[=#>.━█▓▒░╸╺·*-]{4,}")
_BARS: Final = ("....", "----", "====", "####", "****")
_MAX_DATE: Final = 32
_HEX: Final = re.compile(r"\b(?:[a-f]{1,12}|[A-F]{2,12})#")
_CALENDAR: Final = re.compile(
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?![\w'])"
)
_STATUS: Final = re.compile(rf"({HTTP_STATUS})([45])[0-9]{{2}}(?![0-9])")
_STATUSES: Final = (
    (("HTTP/",), re.compile(r"HTTP/[0-9.]+\"? ([45])[0-9]{2}(?![0-9])")),
    (("tatus",), re.compile(r"tatus(?:_?[Cc]ode)?[\"']?[=:] ?[\"']?([45])[0-9]{2}(?![0-9])")),
    (
        ("GET ", "POST ", "PUT ", "DELETE ", "PATCH ", "HEAD "),
        re.compile(r"(?:GET|POST|PUT|DELETE|PATCH|HEAD) \S{1,300} ([45])[0-9]{2}(?![0-9])"),
    ),
)
"""The same for many lines at once, each with words without which there is none."""
CLIENT_ERROR: Final = "client-error"
"""Stands in a template for a status of a request from 400 to 499."""
_STATUS_CLASS: Final = {"4": CLIENT_ERROR, "5": "server-error"}

_RESULTS: Final = (" PASSED", " SKIPPED", " FAILED", " ERROR", " XFAIL", " XPASS")
"""What stands behind the id of a test."""

_DIGITS: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_LEVELS: Final = frozenset(["info", "debug", "trace", "notice", "warn", "warning", "error", "i", "d", "w", "e"])
_PUNCTUATION: Final = "[](){}<>:;,.!?\"'`=*"
_ANY: Final = "*"
_SAME, _SHORT = 0.5, 3
_MAX_LENGTH: Final = 2_000
"""Characters by which a line is told to be like another."""
_MAX_ALIKE: Final = 16
_MANY: Final = 8
_MAX_TEMPLATES: Final = 20_000


@dataclass(frozen=True)
class Shapes:
    """`number`: the number of each line's template; `tokens`: the words of each template, with `#` for what changes;
    `templates`: how each reads; `first`: the first line of each."""

    number: Sequence[int]
    tokens: Sequence[tuple[str, ...]]
    templates: Sequence[str]
    first: Sequence[int]


def shapes(lines: Sequence[str]) -> Shapes:
    """The templates of the lines, in order of first appearance."""
    text = "\n".join(lines)
    # Lines that differ in digits only have one template: only one of them needs to be masked.
    keys = without_digits(text)
    failed = dict(_statuses(text, lines))
    del text
    for i, status in failed.items():
        keys[i] += status
    rough: dict[bytes, int] = {}
    numbers = [rough.setdefault(key, len(rough)) for key in keys]
    del keys
    start: dict[int, int] = {}
    for i, number in enumerate(numbers):
        start.setdefault(number, i)
    read: list[list[str]] = []
    for i, key in zip(start.values(), rough, strict=True):
        if i in failed:
            key = _without_digits(_told(lines[i][:_MAX_LENGTH]))
        line = key[:_MAX_LENGTH].decode("utf-8", "replace")
        read.append((_with_test_as_one_word(line) if ".py::" in line else line).split())
    masked = _masked(set(chain.from_iterable(read))).__getitem__
    templates: dict[tuple[str, ...], int] = {}
    fine: list[int] = []
    first: list[int] = []
    for i, words in zip(start.values(), read, strict=True):
        template = templates.setdefault(tuple(map(masked, words)), len(templates))
        fine.append(template)
        if template == len(first):
            first.append(i)
    return Shapes([fine[number] for number in numbers], list(templates), [" ".join(each) for each in templates], first)


def without_digits(text: str) -> list[bytes]:
    """The lines of a text, each number in them as `0`, or nearly so: lines that differ in numbers only are equal."""
    return _without_digits(text).split(b"\n")


def _without_digits(text: str) -> bytes:
    digits = text.encode("utf-8", "surrogatepass").translate(_DIGITS)
    for run in (b"0000", b"00", b"00"):
        digits = digits.replace(run, b"0")
    return digits


def _statuses(text: str, lines: Sequence[str]) -> list[tuple[int, bytes]]:
    """The lines with the status of a request that failed, and its class."""
    found = [each for words, shape in _STATUSES if any(map(text.__contains__, words)) for each in shape.finditer(text)]
    starts = list(accumulate([len(line) + 1 for line in lines], initial=0)) if found else []
    return [(bisect_right(starts, each.start()) - 1, each[1].encode()) for each in found]


def _told(line: str) -> str:
    return _STATUS.sub(lambda match: f"{match[1]}{_STATUS_CLASS[match[2]]}", line)


def _with_test_as_one_word(line: str) -> str:
    """The id of a test may have spaces in its parameters, which say no more than names do."""
    end = next((at for at in map(line.rfind, _RESULTS) if at >= 0), 0)
    return line[:end].replace(" ", "_") + line[end:] if ".py::" in line[:end].split(" ", 1)[0] else line


def mask(text: str) -> str:
    """The text with everything that changes from line to line (numbers, ids, times, bars) as `#`."""
    masked = _CHANGING.sub("#", text)
    return masked if masked.lower() == masked.upper() else _HEX.sub("#", _CALENDAR.sub("#", masked))


def _masked(tokens: Collection[str]) -> dict[str, str]:
    """Each token of a line as it stands in the template. Looks for words come first: most tokens need no more."""
    known = dict(zip(tokens, tokens, strict=True))
    mixed = [token for token in tokens if not token.isalpha()]
    changing = [token for token in mixed if "0" in token or not token.isascii()]
    together = " ".join(mixed)
    for bar in [bar for bar in _BARS if bar in together]:
        changing += [token for token in mixed if bar in token]
    dates = [token for token in tokens if len(token) == 3 and token.isalpha()]
    dates += [token for token in changing if len(token) < _MAX_DATE]
    for shape, found in ((_CHANGING, changing), (_CALENDAR, dates), (_HEX, changing)):
        if found:
            now = shape.sub("#", " ".join([known[token] for token in found])).split(" ")
            known.update(zip(found, now, strict=True))
    return known


def alike(tokens: Sequence[tuple[str, ...]], classes: Sequence[int]) -> tuple[list[int], list[str]]:
    """(a group number for each template, how the lines of each group read: `*` where they differ in a word).

    Lines are alike that are of one class, have as many words, the same first word, and at least half of the others in
    common (of up to three words, the first will do); names, paths and ids are no words, unless they come often. Groups
    are numbered in order of first appearance.
    """
    groups: list[int] = []
    forms: list[tuple[str, ...]] = []
    skeletons: dict[tuple[int, tuple[str, ...]], int] = {}
    buckets: dict[tuple[int, int, str], list[int]] = {}
    word = _words(tokens).__getitem__
    for read, (each, kind) in enumerate(zip(tokens, classes, strict=True)):
        skeleton = tuple(map(word, each)) if read < _MAX_TEMPLATES else ()
        group = skeletons.get((kind, skeleton), -1)
        if group < 0:
            words = [part for part in skeleton if part]
            bucket = buckets.setdefault((kind, len(each), words[0]), []) if words else []
            group = _like(skeleton, words, bucket, forms)
            if group < 0:
                group = len(forms)
                forms.append(each)
                if len(bucket) < _MAX_ALIKE:
                    bucket.append(group)
            if words:
                skeletons[kind, skeleton] = group
        form = forms[group]
        if form != each:
            forms[group] = tuple([old if old == new else _ANY for old, new in zip(form, each, strict=True)])
        groups.append(group)
    return groups, [" ".join(form) for form in forms]


def _like(skeleton: Sequence[str], words: Sequence[str], bucket: Sequence[int], forms: Sequence[Sequence[str]]) -> int:
    """The first group of the bucket that has enough of the words at the same places, -1 where none has."""
    if len(words) <= _SHORT and bucket:
        return bucket[0]
    for group in bucket:
        if sum(map(eq, skeleton, forms[group])) >= _SAME * len(words):
            return group
    return -1


def _words(tokens: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """For each token itself where it is a word, or where many templates have it; "" for a level, a name, an id or
    punctuation."""
    counts = Counter(chain.from_iterable(tokens))
    many = max(_MANY, len(tokens) // 20)
    words: dict[str, str] = {}
    for token, times in counts.items():
        bare = token if token.isalpha() else token.strip(_PUNCTUATION)
        is_word = bare.isalpha() or ("#" not in bare and bare.replace("-", "").replace("_", "").isalpha())
        if not is_word and times >= many:
            is_word = "#" not in token or token.lower() != token.upper()
        words[token] = token if is_word and bare.lower() not in _LEVELS else ""
    return words
