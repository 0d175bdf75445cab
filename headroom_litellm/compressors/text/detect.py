"""Whether an output is text to read: prose, Markdown, commits, an indented report."""

from __future__ import annotations

import re
from typing import Final

from ..code.detect import is_code, is_numbered
from ..diff.detect import is_diff
from ..html.detect import is_markup
from ..listing.detect import is_long_listing, is_path_list
from ..sample import Sample
from ..search.detect import is_search
from ..table.detect import is_delimited

__all__ = ["is_text"]

_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_MARKDOWN: Final = re.compile(r"#{1,6} \S|\s*\||\s*[-=*~^_#]{3,}\s*$")
_SETTING: Final = re.compile(r"\s*(?:- )?[\w./-]+:(?:\s+[^\s]+)?$|\s*(?:export )?[\w.-]+\s?[:+?]?=")
_COMMENT: Final = re.compile(r"\s*(?://|/\*|\*/|;;|--\s|dnl\b|\" )")
_PUNCTUATION: Final = ".,;:!?()[]{}\"'`*_“”‘’…—–-"
_HEADING: Final = re.compile(r"#{1,6} [A-Z`]")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,40} (?!\()\S| [0-9]+ files? changed, ")
_INDENTED: Final = re.compile(r"[ \t]")
_ALIGNED: Final = re.compile(r"\s*\S+(?: \S+)* {3,}\S")
_CODE_SIGN: Final = re.compile(r".*(?:[;{}=\\$&|<>#]|\w\()")
_PROSE: Final = 0.5


def is_text(sample: Sample) -> bool:
    if is_diff(sample) or is_markup(sample) or is_numbered(sample) or is_delimited(sample) or is_search(sample):
        return False
    return not is_code(sample) and not is_long_listing(sample) and not is_path_list(sample) and _is_prose(sample)


def _is_prose(sample: Sample) -> bool:
    """Do the lines read as sentences, as Markdown with code in it, as commits or as an indented report?"""
    fences, headings = sample.count(_FENCE), sample.count(_HEADING)
    if fences > 1 and headings > 1:
        return True
    if sample.share(_COMMIT) > 0.8:
        return True
    indented = sample.share(_INDENTED)
    # A source file has lines that are not indented.
    report = indented == 1 or (indented > 0.6 and sample.share(_ALIGNED) > 0.4)
    if report and sample.share(_CODE_SIGN) < 0.15 and sample.share(_SETTING) < 0.1:
        return True
    counted = [line for line in sample.lines if not _MARKDOWN.match(line)]
    if sum(map(_reads, counted)) <= _PROSE * len(counted):
        return False
    return sample.share(_SETTING) < 0.2 and sample.share(_COMMENT) < 0.2


def _reads(line: str) -> bool:
    """Are nearly all tokens of the line words, as in a sentence?"""
    tokens = line.strip().lstrip("*-+>0123456789.) ").split()
    words = sum(token.strip(_PUNCTUATION).replace("'", "").replace("-", "").isalpha() for token in tokens)
    if len(tokens) < 3:
        return words == len(tokens) > 0 and (line.rstrip()[-1] in ".:!?" or not line.isascii())
    return words >= 0.7 * len(tokens)
