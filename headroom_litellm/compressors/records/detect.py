"""Whether an output is records: blocks of labelled lines that begin alike."""

from __future__ import annotations

import re
from typing import Final

from ..code.detect import is_numbered
from ..sample import Sample
from ..search.detect import is_search
from .split import split

__all__ = ["is_records"]

_LABELLED: Final = re.compile(r"\s*[^\s:=][^:=]{0,60}?(?: ?[:=](?=\s|\S)| {2,}\S|\t\S)|\s*[\w -]{1,40}$")
_SENTENCE: Final = re.compile(r"\s*(?:[A-Za-z',]+ ){6,}")
_CODE: Final = re.compile(
    r".*(?:[;{}]|\bdo)$|\s*(?:defp?|class|return|import|from|if|for|while|func|fn|let|const|var|assert|end|@\w+)\b"
)
_COMMENT: Final = re.compile(r"\s*(?:#(?:[\s!A-Za-z]|$)|;|//)")
"""Where there are comments, a person wrote it, and it is read as a whole."""
_HEAD: Final = 12_000


def is_records(sample: Sample) -> bool:
    if sample.share(_LABELLED) < 0.6 or sample.share(_SENTENCE) > 0.1 or sample.share(_CODE) > 0.1:
        return False
    if sample.share(_COMMENT) > 0.03 or is_numbered(sample) or is_search(sample):
        return False
    text = sample.document.text
    return split((text if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD)]).split("\n")) is not None
