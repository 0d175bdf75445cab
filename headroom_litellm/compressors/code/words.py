"""What lines of source files begin with, and what only some languages have: the tables by which a language is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from .languages import names

__all__ = [
    "ELIXIR",
    "OPENS_GO",
    "PYTHON",
    "PYTHON_BLOCKS",
    "STRANGE",
    "TAGS",
    "has_its_own",
    "is_typed",
    "scores",
    "signs_of_perl",
]

STRANGE: Final = names(
    "- BEGIN COPY CREATE FROM INSERT RUN SELECT dnl done echo elseif enddef endfor endforeach endfun "
    "endfunction endif endwhile esac fi finish let! my set sub syn then"
)
"""What lines begin with in languages that no grammar here reads, and in prose."""

PYTHON_BLOCKS: Final = names("async case class def elif else except finally for if match try while with")
PYTHON: Final = names("@ assert async class def elif except from import pass raise return with yield")

_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "go": names("chan const defer func go import package range type var"),
    "rust": names("#! #[ enum fn impl let match mod pub struct trait unsafe use where"),
    "java": names("@Override abstract final import package private protected public static throw try"),
    "csharp": names("foreach get internal namespace private protected public set using var"),
    "c": names("#define #endif #if #ifdef #ifndef #include #undef char extern int static struct typedef void"),
    "cpp": names(
        "#include auto class const constexpr explicit inline namespace private protected public static "
        "template typename using virtual"
    ),
    "typescript": names("class const declare export function import interface let private readonly type"),
    "javascript": names("async class const describe export function import it let module return var"),
}
"""What lines begin with in the languages with braces: each counts for one."""

_FIRSTS: Final[Mapping[str, Mapping[str, int]]] = {
    "go": {"func": 3},
    "rust": {"function": -2},
    "java": {"@Override": 2, "using": -5},
    "csharp": {"using": 5, "import": -5, "#include": -9},
    "c": {"#include": 3, "#define": 3},
    "cpp": {"#include": 3, "template": 3, "import": -5, "package": -5},
    "typescript": {"interface": 2, "package": -5},
    "javascript": {"package": -5, "#include": -3},
}
"""What tells languages apart that begin lines with the same words."""

_PHRASES: Final[Mapping[str, Mapping[str, int]]] = {
    "go": {" := ": 2},
    "rust": {"fn ": 3, "&self": 1, "let mut ": 2, "#[": 1},
    "java": {"import java": 2, "{ get;": -3},
    "csharp": {"{ get;": 3},
    "c": {"->": 1, "=>": -2},
    "cpp": {"std::": 1, "fn ": -2},
    "typescript": {": string": 1, ": number": 1, ": boolean": 1},
    "javascript": {"=>": 1, "function": 1, "===": 1, "fn ": -3},
}
"""The same, for what stands anywhere in the text."""

_NEEDED: Final[Mapping[str, re.Pattern[str]]] = {
    "go": re.compile(r"^(?:package \w+$|func [\w(]|type \w+ (?:struct|interface|func)\b)", re.MULTILINE),
    "rust": re.compile(r"^(?:pub )?use \w+::|^impl\b|^let (?:mut )?\w+|^#!?\[(?:cfg|derive|doc|macro)", re.MULTILINE),
    "java": re.compile(
        r"^(?:package|import) [\w. ]+(?:\.\*)?;|^(?:public|private|protected) [^\n=]*[{;(]$|^@Override",
        re.MULTILINE,
    ),
    "csharp": re.compile(r"^using [\w.]+;|^namespace [\w.]+\s*[{;]?$", re.MULTILINE),
    "cpp": re.compile(
        r"^(?:template ?<|namespace\b|class \w|using \w|(?:public|private|protected) ?:)"
        r"|^#\s*include <\w+>|\bstd::|\w::~?\w+\(",
        re.MULTILINE,
    ),
    "c": re.compile(r"^#\s*(?:include|define|ifn?def|if)\b|^\w[\w *]*\([^\n]*\)\s*\{?$|^typedef ", re.MULTILINE),
    "typescript": re.compile(
        r"[\w)\]]\??: (?:string|number|boolean|void|unknown|any|never|null|Promise<|Record<|Array<)"
        r"|^(?:export )?(?:declare )?"
        r"(?:interface \w[^\n;]*\{|type \w[^\n=]*=|enum \w+ \{|namespace \w|abstract class \w)"
        r"|^import type\b|\bas (?:const|any|unknown)\b|<T(?: extends|[>,])",
        re.MULTILINE,
    ),
    "javascript": re.compile(r"^(?:const|let|var|import|export) ", re.MULTILINE),
}
_ENOUGH: Final[Mapping[str, tuple[str, ...]]] = {
    "rust": ("fn ",),
    "csharp": ("{ get; ",),
    "javascript": ("function", "=>", "require("),
}
"""Of what a language needs, what is found faster without a pattern."""
_PERL: Final = re.compile(r"^(?:use (?:strict|warnings);|=(?:cut|head\d|pod)|package \w+::|1;)", re.MULTILINE)
_PERL_PHRASES: Final = ("my $", "my @", "my %", "my (", "$ =~", ") =~", "] =~", "} =~")
ELIXIR: Final = re.compile(
    r"^\|> |^defmodule \w|^defp? \w[^\n]* do$|^@(?:spec|doc|moduledoc|impl)\b|%\{|\{:\w+, |\bfn [^\n]*->", re.MULTILINE
)
"""It ends blocks as Ruby does."""
OPENS_GO: Final = re.compile(r"^package \w+[ \t\r]*$\n(?:[^\S\n]*\n)*(?:import|const|var|type|func|//)", re.MULTILINE)
TAGS: Final = re.compile(r"</(?:[A-Z]\w*|div|span|p|button|li|ul|>)|<[A-Z]\w*(?: [^\n<>]*)?/>")


def has_its_own(name: str, text: str) -> bool:
    """Is there anything in the text that the language cannot do without?"""
    return any(phrase in text for phrase in _ENOUGH.get(name, ())) or _NEEDED[name].search(text) is not None


def is_typed(text: str) -> bool:
    """Is a script one with types?"""
    return len(_NEEDED["typescript"].findall(text)) > 1


def signs_of_perl(text: str) -> int:
    if "$" not in text and "\n=" not in text:
        return 0
    return len(_PERL.findall(text)) + sum([text.count(phrase) for phrase in _PERL_PHRASES])


def scores(firsts: Counter[str], ends: Counter[str], text: str) -> dict[str, int]:
    """How much speaks for each language with braces; `firsts`, `ends`: what its lines begin and end with."""
    found = {name: sum([firsts[word] for word in words]) for name, words in _WORDS.items()}
    for name in found:
        found[name] += sum([weight * firsts[word] for word, weight in _FIRSTS[name].items()])
        found[name] += sum([weight * text.count(phrase) for phrase, weight in _PHRASES[name].items()])
    found["go"] -= ends[";"]
    return found
