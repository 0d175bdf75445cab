"""Which directories and entries the query names, and which entries of a directory stay."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ...relevance import query_terms
from ..shared.named import named_lines
from .model import Group, Row
from .names import extensions
from .rows import DATE, MODE, SIZE

__all__ = ["GENERATED", "SECONDARY", "asked_directories", "asked_entries", "choose", "striking"]

GENERATED: Final = frozenset(
    [
        "node_modules",
        ".git",
        "__pycache__",
        "dist",
        "build",
        "site-packages",
        "locale",
        "locales",
        ".venv",
        "venv",
        "vendor",
        "third_party",
        "target",
        "out",
        ".tox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".cache",
        ".next",
        ".nuxt",
        "coverage",
        "htmlcov",
        ".gradle",
        ".idea",
        "bower_components",
        "deps",
        "_build",
        ".terraform",
        ".hypothesis",
        "egg-info",
        "dist-info",
        "__snapshots__",
        "fixtures",
        "testdata",
    ]
)
"""Directories that programs fill, or that hold more of the same."""

SECONDARY: Final = frozenset(
    [
        "test",
        "tests",
        "doc",
        "docs",
        "example",
        "examples",
        "benchmark",
        "benchmarks",
        "data",
        "static",
        "assets",
        "images",
        "fonts",
        "bin",
        "scripts",
        "release",
        "tools",
        "samples",
        "demo",
        "demos",
        "i18n",
        "templates",
        "migrations",
        "spec",
        "specs",
        "__tests__",
    ]
)
"""Directories that are opened after the others of their depth."""

_NOTABLE: Final = re.compile(
    r"readme|licen[cs]e|makefile|dockerfile|gemfile|rakefile|procfile|changelog|contributing|vagrantfile|jenkinsfile"
    r"|package\.json|pyproject\.toml|setup\.(?:py|cfg)|cargo\.toml|go\.mod|pom\.xml|build\.gradle|composer\.json|mix\.exs"
    r"|manage\.py|requirements[\w.-]{0,20}\.txt|tsconfig[\w.-]{0,20}\.json|cmakelists\.txt|conftest\.py|tox\.ini"
    r"|(?:main|app|index|server|cli|__main__|config|settings|routes|urls)\.\w{1,5}\Z|docker-compose|\.env|\.github|src\Z|tests?\Z",
    re.IGNORECASE,
)
_FAMILY: Final = re.compile(r"[^_\-.0-9]{0,60}")
_MAX_ASKED: Final = 60
_MAX_FAMILIES: Final = 2_000
_RARE: Final = 2
_MANY: Final = 20
_ENDS: Final = 3
_MOST: Final = 8
_SHARE: Final = 50
_PATH: Final = 10.0
"""How much more a path in the query says than a word."""
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_UNITS: Final = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def asked_entries(groups: Sequence[Group], query: str) -> dict[int, frozenset[int]]:
    """The entries that the query names, by the number of their group."""
    paths = [term.rsplit("/", 1)[-1] for term in query_terms(query) if "/" in term]
    names = [name for group in groups for name in group.names]
    asked: dict[int, set[int]] = {}
    found = sorted(named_lines(names, f"{query[:4000]}\n{' '.join(paths)}", limit=_MAX_ASKED, context=0))
    number = start = 0
    for at in found:
        while at >= start + len(groups[number].names):
            start += len(groups[number].names)
            number += 1
        asked.setdefault(number, set()).add(at - start)
    return {number: frozenset(places) for number, places in asked.items()}


def asked_directories(keys: Sequence[str], query: str) -> dict[str, float]:
    """The directories that the query names, by a path or a component that few others have; the surest score highest."""
    terms = {term.strip("./") for term in query_terms(query) if len(term) > 3}
    paths = {term for term in terms if "/" in term}
    hits: dict[str, list[str]] = {}
    for key in keys:
        lowered = key.lower().strip("./")
        for term in terms.intersection(lowered.split("/")):
            hits.setdefault(term, []).append(key)
        for term in paths:
            if lowered and (f"/{lowered}".endswith(f"/{term}") or f"/{term}".endswith(f"/{lowered}")):
                hits.setdefault(term, []).append(key)
    most = max(_MOST, len(keys) // _SHARE)
    asked: dict[str, float] = {}
    for term in sorted(hits):
        if len(hits[term]) <= most:
            for key in hits[term]:
                asked[key] = asked.get(key, 0.0) + (_PATH if term in paths else 1.0) / len(hits[term])
    return asked


def striking(rows: Sequence[Row]) -> list[int]:
    """The largest and the newest of the rows, and those with a mode or an owner that hardly any other has."""
    if not rows:
        return []
    order = sorted(range(len(rows)), key=lambda k: -_bytes(rows[k][SIZE] or ""))[:_MOST]
    if rows[0][MODE] is None:
        return order
    dates = [row[DATE] or "" for row in rows]
    age = _ages(dates)
    order += sorted(range(len(rows)), key=lambda k: age[dates[k]], reverse=True)[:_MOST]
    for field in (MODE, MODE + 2, MODE + 3):
        counts = Counter(row[field] for row in rows)
        if len(rows) >= _MANY:
            order += [k for k, row in enumerate(rows) if counts[row[field]] <= _RARE][:_MOST]
    return order


def choose(names: Sequence[str], costs: Sequence[int], limit: int, first: Sequence[int]) -> list[int]:
    """The places of the entries that stay, in order, within `limit` characters: those of `first`, what is known to
    matter by its name, what is odd, both ends, one of each family of names, then as many as there is room for."""
    ends = extensions(names)
    counts = Counter(ends)
    wanted = list(first)
    wanted += [k for k, name in enumerate(names) if _NOTABLE.match(name)]
    if len(names) >= _MANY:
        wanted += [k for k in range(len(names)) if counts[ends[k]] <= _RARE]
    wanted += [*range(min(_ENDS, len(names))), len(names) - 1]
    families: set[str] = set()
    later: list[int] = []
    for k, name in enumerate(names[:_MAX_FAMILIES]):
        lead = _FAMILY.match(name)
        family = lead[0] if lead else ""
        (later if family in families else wanted).append(k)
        families.add(family)
    kept: set[int] = set()
    for k in [*wanted, *later]:
        if k not in kept and costs[k] <= limit:
            limit -= costs[k]
            kept.add(k)
    return sorted(kept)


def _bytes(size: str) -> float:
    number = _NUMBER.match(size.replace(",", ""))
    return float(number[0]) * _UNITS.get(size[-1:].upper(), 1) if number else 0.0


def _ages(dates: Sequence[str]) -> Mapping[str, tuple[str, int, str]]:
    """How dates compare. A date without a year is newer than one with: `ls` leaves it out for the last months, which
    may reach into the year before; the longest stretch of months that none has is between the newest and the oldest."""
    recent = {_MONTHS.index(date[:3]) for date in dates if ":" in date and date[:3] in _MONTHS}
    newest = max(recent, key=lambda m: (next(k for k in range(1, 13) if (m + k) % 12 in recent), m), default=0)
    ages: dict[str, tuple[str, int, str]] = {}
    for date in dates:
        if date not in ages:
            words = date.split()
            if words and words[0] in _MONTHS and len(words) >= 3:
                month = (_MONTHS.index(words[0]) - newest - 1) % 12 if ":" in date else _MONTHS.index(words[0])
                year = "~" if len(words) == 3 and ":" in words[2] else words[-1]
                ages[date] = (year, month, words[1].rjust(2) + words[2])
            else:
                ages[date] = (date, 0, "")
    return ages
