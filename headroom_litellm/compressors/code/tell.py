"""In which language a source file is written, by what its lines begin and end with; its path helps to choose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ..base import Document
from .languages import BY_ENDING, BY_NAME, BY_PROGRAM, Language
from .source import is_numbered, without_numbers
from .words import (
    ELIXIR,
    OPENS_GO,
    PYTHON,
    PYTHON_BLOCKS,
    STRANGE,
    TAGS,
    has_its_own,
    is_typed,
    scores,
    signs_of_perl,
)

__all__ = ["language_of"]

_HEAD: Final = 3_500
_PART: Final = 1_500
"""Characters from the beginning, and from the middle and the end, that are looked at."""
_ARGUMENTS: Final = 4_000
"""Characters of the call's arguments in which a path is looked for."""
_LEAST_LINES: Final = 10
_LEAST_SIGNS: Final = 4
_SIGNS: Final = 0.08
_SIGNS_HINTED: Final = 0.03
"""Signs of a language that its lines must have for one line; where a path names the language, fewer do."""
_FEW_BRACES: Final = 0.06
_SHAPED: Final = 0.5
_SHAPED_LEAST: Final = 0.3
"""Share of lines that end as lines of code do: in any source file, and in one that is otherwise sure. Texts of letters,
certificates or HTML stand in some."""
_SHAPED_AT_ALL: Final = 0.15
"""Share of lines with such an end below which a text is not looked at further: most outputs are no code."""
_STRANGE: Final = 0.12
_STRANGE_HINTED: Final = 0.35
"""Share of lines that only other languages have, or prose, at which a text is no source file."""
_TAGGED: Final = 0.3
_TAGGED_HINTED: Final = 0.6
"""Share of lines that begin with a tag at which it is a page."""

_PATH: Final = re.compile(r"[\w@~+-](\.[A-Za-z]{1,7})(?![\w./-])")
_PROGRAM: Final = re.compile(r"#!\s?(?:\S*?env\s+(?:-S\s+)?)?\S*?(python|node|ruby|php)[\d.]*\b")
_FIRST: Final = re.compile(
    r"^[\"']?(#[ \t]{0,8}(?:include|define|ifdef|ifndef|if|elif|else|endif|undef|pragma)\b(?![^\n]*:$)"
    r"|//|/\*|\*|#(?=[ #!]?$|[ #])|#\[|#!?[a-z]*|@\w*|\w+[?!]?|[^\w\n]?)",
    re.MULTILINE,
)
_COMMENTS: Final = frozenset(["//", "/*", "*", "#"])
_PAGE: Final = ("# ", "## ", "---", "<")
_INDENTED: Final = ("python", "ruby")
_SCRIPTS: Final = ("javascript", "typescript", "tsx")
_ALIKE: Final = (_SCRIPTS, ("c", "cpp"), ("go",), ("rust",), ("java",), ("csharp",))
"""Languages whose files a path does not tell apart for sure, or whose signs are alike."""
_SHAPES: Final = frozenset("{};,()[]>=&|:+\\")


def language_of(document: Document) -> Language | None:
    """The language of the text, None where it is no source file or in none of the known languages."""
    endings = _PATH.findall(document.arguments[:_ARGUMENTS]) if document.arguments else ()
    hinted = next((BY_ENDING[ending.lower()].name for ending in endings if ending.lower() in BY_ENDING), "")
    name = _told(_parts(document.text), hinted)
    return BY_NAME[name] if name else None


def _parts(text: str) -> str:
    if len(text) <= _HEAD + 2 * _PART:
        return text
    middle = len(text) // 2
    parts = (text[middle : middle + _PART], text[-_PART:])
    return "\n".join([text[:_HEAD], *(part[part.find("\n") + 1 :] for part in parts)])


@lru_cache(maxsize=32)
def _told(text: str, hinted: str) -> str:
    """The name of the language of these parts of a text, "" where it is in none; `hinted`: the language of a file that
    the call names. Remembered from telling the kind until the compressor asks again."""
    if is_numbered(text):
        text = without_numbers(text)
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    if len(lines) < _LEAST_LINES:
        return ""
    lasts = [line[-1] for line in lines]
    if not hinted and sum([last in _SHAPES for last in lasts]) + lines.count("end") < _SHAPED_AT_ALL * len(lines):
        return ""
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("<?php"):
        return "php"
    program = _PROGRAM.match(text)
    hint = BY_PROGRAM[program[1]] if program is not None else BY_NAME.get(hinted)
    bare = "\n".join(lines)
    found = _FIRST.findall(bare)
    firsts, ends = Counter(found), Counter(lasts)
    code = len(lines) - sum([firsts[word] for word in _COMMENTS])
    if code < _LEAST_LINES // 2 or _is_other(text, bare, firsts, code, hint):
        return ""
    for first in [first for first in firsts if first[:1] == "#" and first[-1].isalpha()]:
        times = firsts.pop(first)
        firsts["#" + first[1:].lstrip()] += times
        ends[";"] += times
    firsts["end"] = lines.count("end")
    told = ""
    if hint is None or hint.name in _INDENTED:
        told = _indented(firsts, ends, _python_lines(found, lasts), code, hint)
        if told == "ruby" and len(ELIXIR.findall(bare)) >= _LEAST_SIGNS:
            return ""
    return told if hint is not None and hint.name in _INDENTED else told or _braced(firsts, ends, code, hint, bare)


def _is_other(text: str, bare: str, firsts: Counter[str], code: int, hint: Language | None) -> bool:
    """Is it a page, prose with code in it, or in another language?"""
    if firsts["<"] > (_TAGGED if hint is None else _TAGGED_HINTED) * code:
        return True
    if bare.startswith(_PAGE) and "\n```" in bare:
        return True
    strange = sum([firsts[word] for word in STRANGE]) + 2 * signs_of_perl(bare)
    if strange <= (_STRANGE if hint is None else _STRANGE_HINTED) * code:
        return False
    return not (firsts["func"] and OPENS_GO.search(text[:_HEAD]) is not None)


def _python_lines(firsts: Sequence[str], lasts: Sequence[str]) -> int:
    """How many lines are as only Python has them."""
    return sum(
        [
            (last == ":" and first in PYTHON_BLOCKS)
            or (first in PYTHON and last not in "{;'\"")
            or (first[:1] == "@" and (last == ")" or last.isalnum()))
            for first, last in zip(firsts, lasts, strict=True)
        ]
    )


def _indented(firsts: Counter[str], ends: Counter[str], python: int, code: int, hint: Language | None) -> str:
    """Python or Ruby, by their words and by the braces and semicolons that they do not have."""
    braces = ends["{"] + ends[";"] + ends["}"]
    if braces > (0.2 if hint is None else 0.4) * code:
        return ""
    if firsts["end"] * 2 > firsts["def"] + firsts["do"] and firsts["end"] > 3:
        signs = firsts["end"] + firsts["require"] + firsts["require_relative"]
        opened = firsts["def"] + firsts["class"] + firsts["module"] + firsts["describe"]
        return "ruby" if signs >= _SIGNS * code and opened > 0 == firsts["local"] + firsts["function"] else ""
    defined = firsts["def"] + firsts["class"] + firsts["import"] + firsts["from"]
    few = braces < _FEW_BRACES * code
    sure = (hint is not None and hint.indented) or (few and (firsts["def"] > 1 or defined > 3))
    return "python" if python >= max(_LEAST_SIGNS, (_SIGNS_HINTED if sure else _SIGNS) * code) and defined > 1 else ""


def _braced(firsts: Counter[str], ends: Counter[str], code: int, hint: Language | None, text: str) -> str:
    shaped = sum([ends[last] for last in _SHAPES])
    if shaped < _SHAPED_LEAST * code:
        return ""
    found = scores(firsts, ends, text)
    least = max(_LEAST_SIGNS, _SIGNS * code)
    alike = next((names for names in _ALIKE if hint is not None and hint.name in names), ())
    likely = sorted([name for name, score in found.items() if score >= least], key=lambda name: -found[name])
    if any(found.get(name, 0) >= max(_LEAST_SIGNS, _SIGNS_HINTED * code) for name in alike):
        likely = sorted(alike, key=lambda name: -found.get(name, 0))
    best = next((name for name in likely if name in found and has_its_own(name, text)), "")
    if not best or (shaped < _SHAPED * code and found[best] < 2 * least):
        return ""
    if hint is not None and hint.name in _SCRIPTS and best in _SCRIPTS:
        return hint.name
    if best in _SCRIPTS:
        return ("tsx" if TAGS.search(text) is not None else "typescript") if is_typed(text) else "javascript"
    if best == "c" and (firsts["class"] or firsts["template"] or firsts["namespace"] or "std::" in text):
        return "cpp"
    return best
