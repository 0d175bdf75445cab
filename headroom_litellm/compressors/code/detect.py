"""Whether an output is a source file."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample, told_once

__all__ = ["is_code", "is_numbered"]

_CODE: Final = re.compile(
    r"\s*(?:import |from \S+ import|export |package |use |using |#include|#define|def |class |async |await "
    r"|function\b|const |let |var |return\b|if ?\(|if .*:$|elif |else\b|for ?\(|for .*:$|while|switch|case .*:|fn "
    r"|pub |impl |struct |enum |interface |type \w+ |func |public |private |protected |static |final |namespace "
    r"|template|try\b|catch\b|raise |throw |@\w+|//|/\*|\*/?(?: |$)|self\.|this\.|[\w.\[\]]+ (?:=|:=|\+=) \S"
    r"|[\w.]+\(.*\)[;,]?$|[)}\]]+[;,)]*$)|.*[{};]\s*$|.*[(\[,]$"
)
_DEFINES: Final = re.compile(
    r"(?:import [\w(\"'{*.]|from \S+ import |#include [<\"]|package [\w.]+;?$|(?:async )?def \w+\(|class \w+[:({]"
    r"|func [\w(]|(?:pub )?fn \w|(?:pub )?(?:struct|enum|trait|mod) \w+|(?:const|let|var) \w+ =|function \w+\("
    r"|public (?:final |abstract )*(?:class|interface|enum) |export (?:default |const |function )|@\w+(?:\(|$)|#!/)"
)
_NUMBERED: Final = re.compile(r"\s{0,8}[0-9]{1,7}(?:\t|→| ?\| ?|: |[:-](?![0-9]))")


@told_once
def is_code(sample: Sample) -> bool:
    """Is it a source file? Prose with code in fences is not, unless most of it is code."""
    if sample.has(_DEFINES, 3) and not any("```" in line for line in sample.lines):
        return True
    return sample.exceeds(_CODE, 0.35)


@told_once
def is_numbered(sample: Sample) -> bool:
    """Does a number stand before nearly all lines, as programs print files?"""
    return sample.exceeds(_NUMBERED, 0.7)
