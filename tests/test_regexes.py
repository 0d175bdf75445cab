"""No text makes a regular expression of the package take longer than its length accounts for."""

from __future__ import annotations

import re

import pytest

from .regexes import Regex, attacks, regexes, seconds

LONG = 16_000
SAMPLED = 240
"""Characters of the longest line by which a kind is told."""
BOUNDED = {
    "ccr.marker._WRAPPED": 200,
    "ccr.retrieve._RANGE": 40,
    "compressors.opaque.digests._ASKED": 1_000,
    "compressors.opaque.digests._SAID": 150,
    "compressors.commits.detect._BETWEEN": SAMPLED,
}
"""Those that are only given texts of so many characters, or few of them that are longer."""
ANCHORED = {"compressors.code.mask, inline"}
"""Those that are made inside a function and only matched where it says."""
LIMIT = 0.03
"""Seconds for 16,000 characters. In linear time it is less than 4 ms, in quadratic time more than 100."""
ALL = regexes()


def test_all_of_them_are_found() -> None:
    names = {regex.name for regex in ALL}
    assert len(ALL) > 300
    assert {"ccr.marker._MARKER", "relevance._WORD", "wire.sse._END", "stores, inline"} <= names
    assert all(regex.hows or regex.name.startswith("compressors") for regex in ALL)
    assert {*BOUNDED, *ANCHORED} <= names


def worst(regex: Regex) -> str:
    """The first text and use that take too long, "" where none do. Short ones come first: a long one may never end."""
    for length in (24, 200, 800, BOUNDED.get(regex.name, LONG)):
        for text in attacks(regex, length):
            for how in regex.hows:
                given = text[:SAMPLED] if how == "sample" else text
                how = "match" if regex.name in ANCHORED else how
                if all(seconds(regex, how, given) > LIMIT for _ in range(3)):
                    return f"{how} of {given[:60]!r}… ({len(given)} characters)"
    return ""


@pytest.mark.parametrize("part", range(8))
def test_time_grows_with_the_length_of_the_text_alone(part: int) -> None:
    slow = {f"{regex.name} {regex.pattern.pattern!r}": found for regex in ALL[part::8] if (found := worst(regex))}
    assert slow == {}


@pytest.mark.parametrize("pattern", [r"(?:\s*\n)*x", r"a\s*([^|\n]{1,120}?) *\|", r"\s+$", r"([\w.]+)*!"])
def test_a_bad_one_is_found(pattern: str) -> None:
    assert worst(Regex("bad", re.compile(pattern), ("match", "search")))
