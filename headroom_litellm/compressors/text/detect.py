"""Whether an output is text to read: prose, Markdown, an indented report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ..code.detect import is_code, is_numbered
from ..diff.detect import is_diff
from ..html.detect import is_html
from ..sample import Sample
from ..search.detect import is_search
from ..table.detect import is_delimited

__all__ = ["is_text"]

_LINES: Final = 60
"""Lines that are looked at, of the sample's: so many from its beginning and from its middle."""
_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_MARKDOWN: Final = re.compile(r"#{1,6} \S|\s*\||\s*[-=*~^_#]{3,}\s*$")
_SETTING: Final = re.compile(r"\s*(?:- )?[\w./-]+:(?:\s+[^\s]+)?$|\s*(?:export )?[\w.-]+\s?[:+?]?=")
_COMMENT: Final = re.compile(r"\s*(?://|/\*|\*/|;;|--\s|dnl\b|\" )")
_PUNCTUATION: Final = ".,;:!?()[]{}\"'`*_“”‘’…—–-"
_HEADING: Final = re.compile(r"#{1,6} [A-Z`]")
_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)]) +\S.{0,230}[a-z]{3}")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,40} (?!\()\S| [0-9]+ files? changed, ")
_INDENTED: Final = re.compile(r"[ \t]")
_ALIGNED: Final = re.compile(r"\s*\S+(?: \S+)* {3,}\S")
_CODE_SIGN: Final = re.compile(r".*(?:[;{}=\\$&|<>#]|\w\()")
_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{4}")
"""Scripts without spaces: characters in a row."""
_PROSE, _SURE = 0.5, 0.8
"""Shares of lines that read as sentences: for prose that nothing speaks against, and for what can be nothing else."""


def is_text(sample: Sample) -> bool:
    if is_html(sample):
        return False
    # Neighbours, since every so manieth line of a text that repeats itself would be of one sort.
    middle = max(_LINES, len(sample.lines) // 2)
    few = replace(sample, lines=[*sample.lines[:_LINES], *sample.lines[middle : middle + _LINES]])
    if _is_markdown(sample, few):
        return True
    if is_diff(few) or is_numbered(few):
        return False
    counted = [line for line in few.lines if not _MARKDOWN.match(line)]
    reading = sum(map(_reads, counted)) / max(1, len(counted))
    if not _is_prose(few, reading):
        return False
    return reading > _SURE or not (is_delimited(few) or is_search(few) or is_code(few))


def _is_markdown(sample: Sample, few: Sample) -> bool:
    """Sections with code in fences, or with items that hold words. What prints lines with something before them prints
    neither."""
    head = sample.head
    sections = head.count("\n## ") + head.count("\n### ") + head.count("\n#### ")
    if sections > 1 and head.count("\n```") > 1:
        return True
    return sections > 1 and few.exceeds(_ITEM, 0.3)


def _is_prose(sample: Sample, reading: float) -> bool:
    """Do the lines read as sentences, as Markdown with code in it, as commits or as an indented report?"""
    if sample.has(_HEADING, 2) and sample.has(_FENCE, 2):
        return True
    if sample.exceeds(_COMMIT, 0.8):
        return True
    indented = sample.share(_INDENTED)
    # A source file has lines that are not indented.
    report = indented == 1 or (indented > 0.6 and sample.exceeds(_ALIGNED, 0.4))
    if report and sample.share(_CODE_SIGN) < 0.15 and sample.share(_SETTING) < 0.1:
        return True
    if reading <= _PROSE:
        return False
    return sample.share(_SETTING) < 0.2 and sample.share(_COMMENT) < 0.2


def _reads(line: str) -> bool:
    """Are nearly all tokens of the line words, as in a sentence?"""
    if not line.isascii() and 10 * len(_WIDE.findall(line)) > len(line.strip()):
        return True
    tokens = line.strip().lstrip("*-+>0123456789.) ").split()
    words = sum([token.strip(_PUNCTUATION).replace("'", "").replace("-", "").isalpha() for token in tokens])
    if len(tokens) < 3:
        return words == len(tokens) > 0 and (line.rstrip()[-1] in ".:!?" or not line.isascii())
    return words >= 0.7 * len(tokens)
