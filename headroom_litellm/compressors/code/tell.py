"""In which language a source file is written, by what its lines begin and end with; its path helps to choose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from ..base import Document
from .languages import BY_ENDING, BY_NAME, BY_PROGRAM, Language

__all__ = ["is_numbered_text", "language_of"]

_HEAD: Final = 3_500
_PART: Final = 1_500
"""Characters from the beginning, and from the middle and the end, that are looked at."""
_LEAST_LINES: Final = 10
_LEAST_SIGNS: Final = 4
_SIGNS: Final = 0.08
_SIGNS_HINTED: Final = 0.03
"""Signs of a language that its lines must have for one line; where a path names the language, fewer do."""
_FEW_BRACES: Final = 0.06
_SHAPED: Final = 0.5
"""Share of lines that end as lines of code do."""
_STRANGE: Final = 0.12
"""Share of lines that only other languages have, or prose, at which a text is no source file."""

_PATH: Final = re.compile(r"[\w@~+-](\.[A-Za-z]{1,7})(?![\w./-])")
_PROGRAM: Final = re.compile(r"#!\s?\S*?(?:env\s+(?:-S\s+)?)?(?:\S*/)?(python|node|ruby|php)[\d.]*\b")
_GUTTER: Final = re.compile(r"^ {0,10}[0-9]{1,7}(?:→|\t| ?[|│] ?|[:)] ?)", re.MULTILINE)
_FIRST: Final = re.compile(r"[\"']?(#\[|#!?[a-z]*|@\w*|\w+[?!]?|\W?)")
_DIRECTIVE: Final = re.compile(r"#\s{0,8}(include|define|ifdef|ifndef|if|elif|else|endif|undef|pragma)\b(?!.*:$)")
_PAGE: Final = ("# ", "## ", "---", "<")
_WORDS_OF_COMMENT: Final = ("//", "/*", "*", "///", "*/")

_STRANGE_FIRST: Final = frozenset(
    [
        "fi",
        "done",
        "esac",
        "then",
        "elseif",
        "endif",
        "enddef",
        "endwhile",
        "endfor",
        "endfunction",
        "endforeach",
        "dnl",
        "my",
        "sub",
        "echo",
        "finish",
        "endfun",
        "let!",
        "syn",
        "FROM",
        "RUN",
        "COPY",
        "BEGIN",
        "CREATE",
        "SELECT",
        "INSERT",
        "set",
        "-",
    ]
)
_PYTHON_BLOCKS: Final = frozenset(
    ["def", "class", "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "async", "match", "case"]
)
_PYTHON: Final = frozenset(
    [
        "def",
        "class",
        "from",
        "import",
        "elif",
        "except",
        "raise",
        "with",
        "async",
        "return",
        "assert",
        "yield",
        "pass",
        "@",
    ]
)

_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "go": frozenset(["func", "package", "type", "defer", "go", "chan", "range", "import", "var", "const"]),
    "rust": frozenset(
        ["fn", "pub", "impl", "let", "use", "mod", "struct", "enum", "trait", "match", "unsafe", "#[", "#!", "where"]
    ),
    "java": frozenset(
        [
            "package",
            "import",
            "public",
            "private",
            "protected",
            "final",
            "static",
            "@Override",
            "throw",
            "try",
            "abstract",
        ]
    ),
    "csharp": frozenset(
        ["using", "namespace", "public", "private", "protected", "internal", "foreach", "var", "get", "set"]
    ),
    "c": frozenset(
        [
            "static",
            "struct",
            "typedef",
            "#include",
            "#define",
            "#ifdef",
            "#ifndef",
            "#endif",
            "#if",
            "#undef",
            "void",
            "int",
            "char",
            "extern",
        ]
    ),
    "cpp": frozenset(
        [
            "template",
            "namespace",
            "class",
            "using",
            "public",
            "private",
            "protected",
            "virtual",
            "explicit",
            "inline",
            "constexpr",
            "#include",
            "auto",
            "typename",
            "static",
            "const",
        ]
    ),
    "typescript": frozenset(
        ["export", "import", "const", "let", "interface", "type", "function", "class", "readonly", "declare", "private"]
    ),
    "javascript": frozenset(
        ["const", "let", "var", "function", "export", "import", "async", "module", "it", "describe", "class", "return"]
    ),
}
_NEEDED: Final[Mapping[str, re.Pattern[str]]] = {
    "go": re.compile(r"^(?:package \w+$|func [\w(]|type \w+ (?:struct|interface|func)\b)", re.MULTILINE),
    "rust": re.compile(r"\bfn \w+|^(?:pub )?use \w+::|^impl\b|^let (?:mut )?\w+", re.MULTILINE),
    "java": re.compile(
        r"^(?:package|import) [\w. ]+(?:\.\*)?;|^(?:public|private|protected) [^\n=]*[{;(]$|^@Override",
        re.MULTILINE,
    ),
    "csharp": re.compile(r"^using [\w.]+;|^namespace [\w.]+\s*[{;]?$|\{ get; ", re.MULTILINE),
    "cpp": re.compile(
        r"^(?:template ?<|namespace\b|class \w|using \w|(?:public|private|protected) ?:)"
        r"|^#\s*include <\w+>|\bstd::|\w::~?\w+\(",
        re.MULTILINE,
    ),
    "c": re.compile(r"^#\s*(?:include|define|ifn?def|if)\b|^\w[\w *]*\([^\n]*\)\s*\{?$|^typedef ", re.MULTILINE),
    "typescript": re.compile(
        r"[\w)\]]\??: (?:string|number|boolean|void|unknown|any|never|null|Promise<|Record<|Array<)"
        r"|^(?:export )?(?:declare )?"
        r"(?:interface \w+[^\n;]*\{|type \w[^\n=]*=|enum \w+ \{|namespace \w|abstract class \w)"
        r"|^import type\b|\bas (?:const|any|unknown)\b|<T(?: extends|[>,])",
        re.MULTILINE,
    ),
    "javascript": re.compile(r"\bfunction\b|=>|^(?:const|let|var) |\brequire\(|^(?:import|export) ", re.MULTILINE),
}
_PERL: Final = re.compile(
    r"\bmy [$@%(]|[$)\]}] =~|^use (?:strict|warnings);|^=(?:cut|head\d|pod)|^package \w+::|^1;", re.MULTILINE
)
_GO_FILE: Final = re.compile(r"^package \w+[ \t\r]*$\n(?:\s*\n)*(?:import|const|var|type|func|//)", re.MULTILINE)
_JSX: Final = re.compile(r"</(?:[A-Z]\w*|div|span|p|button|li|ul|>)|<[A-Z]\w*(?: [^\n<>]*)?/>")


def language_of(document: Document) -> Language | None:
    """The language of the text, None where it is no source file or in none of the known languages."""
    head = _parts(document.text)
    if is_numbered_text(head):
        head = _GUTTER.sub("", head)
    lines = [line for line in map(str.strip, head.split("\n")) if line]
    if len(lines) < _LEAST_LINES:
        return None
    hinted = _hinted(document, head)
    if head.lstrip().startswith("<?php"):
        return BY_NAME["php"]
    firsts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    python = comments = 0
    for line in lines:
        match = _FIRST.match(line)
        first, last = match[1] if match else "", line[-1]
        directive = _DIRECTIVE.match(line) if line[0] == "#" else None
        if directive is not None:
            firsts["#" + directive[1]] += 1
            ends[";"] += 1
            continue
        if line.startswith(_WORDS_OF_COMMENT) or (first == "#" and line[1:2] in " #!"):
            comments += 1
            continue
        firsts[first] += 1
        ends[last] += 1
        if (
            (last == ":" and first in _PYTHON_BLOCKS)
            or (first[:1] == "@" and (last == ")" or last.isalnum()))
            or (first in _PYTHON and last not in "{;")
        ):
            python += 1
    firsts["end"] = lines.count("end")
    code = len(lines) - comments
    if firsts["<"] > 0.3 * code or (lines[0].startswith(_PAGE) and "\n```" in head):
        return None
    bare = "\n".join(lines)
    strange = sum(firsts[word] for word in _STRANGE_FIRST) + (
        2 * len(_PERL.findall(bare)) if "$" in bare or "\n=" in bare else 0
    )
    if firsts["func"] and _GO_FILE.search(head[:_HEAD]) is not None:
        strange = 0
    if code < _LEAST_LINES // 2 or strange > _STRANGE * code:
        return None
    name = _indented(firsts, ends, python, code, hinted) or _braced(firsts, ends, code, hinted, bare)
    return BY_NAME[name] if name else None


def is_numbered_text(text: str) -> bool:
    """Do the first rows count up?"""
    numbers = [int(match[0].strip(" \t→|│:)")) for match in map(_GUTTER.match, text[:2_000].split("\n")[:8]) if match]
    return len(numbers) >= 3 and numbers == sorted(set(numbers))


def _parts(text: str) -> str:
    if len(text) <= _HEAD + 2 * _PART:
        return text
    middle = len(text) // 2
    parts = (text[middle : middle + _PART], text[-_PART:])
    return "\n".join([text[:_HEAD], *(part[part.find("\n") + 1 :] for part in parts)])


def _hinted(document: Document, head: str) -> Language | None:
    """The language that the first line or a path in the call names."""
    program = _PROGRAM.match(head)
    if program is not None:
        return BY_PROGRAM[program[1]]
    endings = _PATH.findall(document.arguments[:4_000])
    return next((BY_ENDING[ending.lower()] for ending in endings if ending.lower() in BY_ENDING), None)


def _indented(firsts: Counter[str], ends: Counter[str], python: int, code: int, hinted: Language | None) -> str:
    """Python or Ruby, by their words and by the braces and semicolons that they do not have."""
    braces = ends["{"] + ends[";"] + ends["}"]
    most = 0.2 if hinted is None or not hinted.indented else 0.4
    if braces > most * code:
        return ""
    if firsts["end"] * 2 > firsts["def"] + firsts["do"] and firsts["end"] > 3:
        signs = firsts["end"] + firsts["require"] + firsts["require_relative"]
        opened = firsts["def"] + firsts["class"] + firsts["module"] + firsts["describe"]
        return "ruby" if signs >= _SIGNS * code and opened > 0 == firsts["local"] + firsts["function"] else ""
    defined = firsts["def"] + firsts["class"] + firsts["import"] + firsts["from"]
    few = braces < _FEW_BRACES * code
    sure = (hinted is not None and hinted.indented) or (few and (firsts["def"] > 1 or defined > 3))
    return "python" if python >= max(_LEAST_SIGNS, (_SIGNS_HINTED if sure else _SIGNS) * code) and defined > 1 else ""


def _braced(firsts: Counter[str], ends: Counter[str], code: int, hinted: Language | None, head: str) -> str:
    shaped = sum(ends[last] for last in "{};,()[]>=&|:+\\")
    go = ends["{"] + ends["}"] + ends[")"] + ends[","]
    scores = {name: float(sum(firsts[word] for word in words)) for name, words in _WORDS.items()}
    _adjust(scores, firsts, ends, head)
    least = max(_LEAST_SIGNS, _SIGNS * code)
    if hinted is not None and hinted.name in scores:
        scores[hinted.name] += (_SIGNS - _SIGNS_HINTED) * code
    likely = sorted((-score, name) for name, score in scores.items() if score >= least)
    best = next((name for _, name in likely if _NEEDED[name].search(head) is not None), "")
    if not best or max(shaped, go) < _SHAPED * code:
        return ""
    if best in ("typescript", "javascript"):
        typed = len(_NEEDED["typescript"].findall(head)) > 1 if hinted is None else hinted.name in ("typescript", "tsx")
        jsx = _JSX.search(head) is not None
        return ("tsx" if jsx else "typescript") if typed else "javascript"
    if best == "c" and (firsts["class"] or firsts["template"] or firsts["namespace"] or "std::" in head):
        return "cpp"
    return best


def _adjust(scores: dict[str, float], firsts: Counter[str], ends: Counter[str], head: str) -> None:
    """What tells languages apart that begin lines with the same words."""
    semicolons = ends[";"]
    count = head.count
    for name, more in (
        ("go", 2 * count(" := ") + 3 * firsts["func"] - semicolons),
        ("rust", 3 * count("fn ") + count("&self") + 2 * count("let mut ") + count("#[") - 2 * firsts["function"]),
        ("java", 2 * firsts["@Override"] + count("import java") * 2 - 3 * count("{ get;") - 5 * firsts["using"]),
        ("csharp", 5 * firsts["using"] + 3 * count("{ get;") - 5 * firsts["import"] - 9 * firsts["#include"]),
        ("c", 3 * (firsts["#include"] + firsts["#define"]) + count("->") - 2 * count("=>")),
        (
            "cpp",
            3 * firsts["#include"]
            + count("std::")
            + 3 * firsts["template"]
            - 5 * firsts["import"]
            - 5 * firsts["package"]
            - 2 * count("fn "),
        ),
        (
            "typescript",
            count(": string")
            + count(": number")
            + 2 * firsts["interface"]
            + count(": boolean")
            - 5 * firsts["package"],
        ),
        (
            "javascript",
            count("=>")
            + count("function")
            + count("===")
            - 5 * firsts["package"]
            - 3 * count("fn ")
            - 3 * firsts["#include"],
        ),
    ):
        if name in scores:
            scores[name] += more
