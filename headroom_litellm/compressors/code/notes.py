"""What a note says of the rows it stands for: what is defined in them, what they mention and raise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from .items import Item

__all__ = ["Names"]

_MOST_DEFINED: Final = 6
_MOST_CALLED: Final = 3
_MOST_RAISED: Final = 2
_MOST_LOOKED_AT: Final = 12
_ROWS_READ: Final = 20
_READ: Final = 700
"""How much of a gap is looked into for names."""

_CALL: Final = re.compile(r"[A-Za-z_][\w.:]{2,40}(?=\()")
_NO_CALL_BEHIND: Final = (".", ">", "#", "@", "$", "def ", "function ", "func ", "fn ", "class ")
_COMMENTS: Final = ("#", "//", "*", "/*", "--")
_RAISE: Final = re.compile(r"(?:raise|throw(?:[ \t]+new)?)[ \t]+(?!new\b|if\b|unless\b)([A-Za-z_\\][\w.:\\]*)")
_BEFORE_STATEMENT: Final = ("{", "}", ")", ";", ":", " else", " or")
"""What a statement may stand behind on its line: strings and comments that speak of raising do not count."""
_MODIFIERS: Final = (
    r"\s*(?:(?:export|default|declare|async|public|private|protected|internal|static|final|abstract|sealed|partial"
    r"|override|open|data|inline|virtual|explicit|pub(?:\([^()\n]*\))?|unsafe|extern|const|constexpr|readonly|typedef"
    r"|template ?<[^\n]{0,80}>) ){0,6}"
)
_DEFINED: Final = re.compile(
    rf"{_MODIFIERS}(?:def|class|function\*?|func(?: ?\([^()\n]{{0,80}}\))?|fn|struct|enum(?: class)?|union|trait"
    r"|interface|type|impl(?:<[^\n]{0,80}?>)?|mod|module|namespace|using|macro_rules!|record|@interface|#\s?define)"
    r"\s+(?:self\.|[A-Z_]+ (?=\w))?([A-Za-z_$][\w$.:]*[?!]?)"
)
_VARIABLE: Final = re.compile(
    rf"{_MODIFIERS}(?:(?:const|let|var|val|static)\s+(?:mut |ref )?)+([A-Za-z_$][\w$]*)\s*(?:[:=;!]|$)"
)
_CALLED: Final = re.compile(r"(~[\w$:]*|(?<![\w$])(?<![\w$]:)(?<![\w$]::)[A-Za-z_$][\w$:]*)\s?(?:<[^<>()\n]{0,80}>)?\(")
_ASSIGNED: Final = re.compile(r"\s*(?:[\w<>\[\],.?]+ ){0,4}[\"']?([A-Za-z_$][\w$.-]*)[\"']?\s*(?::|=|\?:|;|,|$)")
_NAME_FIRST: Final = re.compile(r"\s*(?!(?:const|var|type|import|func)\b)([A-Za-z_]\w*)(?:[(,]|\s+[\w*\[(<{.=]|\s*$)")
"""A member where the type stands behind the name without anything between them."""
_TITLE: Final = re.compile(r"\s*(?:it|test|describe|context|specify)[.\w]*\(\s*([\"'`][^\"'`\n]{1,60}[\"'`])")
_DECORATOR: Final = re.compile(r"\s*(?:@[\w.]+(?:\([^()\n]*\))?\s*$|#\[|\[[A-Z][^\]]*\]\s*$|template ?<[^\n]*>\s*$)")

_NO_NAME: Final = frozenset(
    ["public", "private", "protected", "default", "if", "for", "while", "switch", "return", "else", "break", "pass"]
)
_NO_CALL: Final = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "return",
        "catch",
        "function",
        "func",
        "callable",
        "def",
        "print",
        "len",
        "str",
        "int",
        "isinstance",
        "super",
        "range",
        "sizeof",
        "match",
        "with",
        "assert",
        "elif",
        "and",
        "not",
        "except",
        "lambda",
        "async",
        "await",
        "yield",
        "new",
        "typeof",
        "defined",
        "this",
        "self",
        "list",
        "dict",
        "set",
        "tuple",
        "bool",
        "float",
        "hasattr",
        "getattr",
        "setattr",
        "iter",
        "next",
        "type",
        "any",
        "all",
        "sorted",
        "min",
        "max",
        "sum",
        "zip",
        "enumerate",
        "map",
        "filter",
        "reversed",
        "Some",
        "None",
        "Err",
        "append",
        "push",
        "make",
        "foreach",
        "elseif",
        "using",
        "lock",
        "fixed",
        "unless",
        "until",
        "when",
    ]
)


class Names:
    """Telling names in the rows of one file."""

    def __init__(self, rows: Sequence[str], *, name_first: bool) -> None:
        self._rows = rows
        self._name_first = name_first
        self._told: set[str] = set()

    def of_statements(self, rows: Sequence[str]) -> str:
        """`mentions a, b, …; raises C`: the first few names that stand before a parenthesis in these rows, as calls do
        and patterns and types may too, those that no note before told if there are any."""
        text = "\n".join(rows[:_ROWS_READ])[:_READ]
        raised = self._raised(text) if "raise " in text or "throw " in text else []
        names = self._calls(text, raised)
        told: list[str] = []
        if names:
            told.append(f"mentions {', '.join(map(_cut, names))}, …")
        if raised:
            told.append("raises " + ", ".join(map(_cut, raised)))
        return "; ".join(told)

    def _raised(self, text: str) -> list[str]:
        names: dict[str, None] = {}
        for match in _RAISE.finditer(text):
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].rstrip()
            if not before or before.endswith(_BEFORE_STATEMENT):
                names[match[1]] = None
        return list(names)[:_MOST_RAISED]

    def _calls(self, text: str, known_names: Sequence[str]) -> list[str]:
        names: list[str] = []
        known = ""
        for match in islice(_CALL.finditer(text), _MOST_LOOKED_AT):
            name = match[0].removeprefix("self.").removeprefix("this.")
            if name in _NO_CALL or name in names or name in known_names:
                continue
            start = match.start()
            if text[max(0, start - 9) : start].endswith(_NO_CALL_BEHIND):
                continue
            if text[text.rfind("\n", 0, start) + 1 : start].lstrip().startswith(_COMMENTS):
                continue
            if name in self._told:
                known = known or name
                continue
            names.append(name)
            if len(names) == _MOST_CALLED:
                break
        self._told.update(names)
        return names or [known][: len(known)]

    def of_definitions(self, items: Sequence[Item]) -> str:
        """`a, b, 4 more`: the names of these items."""
        names = list(dict.fromkeys(filter(None, map(self._name, items))))
        shown = [_cut(name) for name in names[:_MOST_DEFINED]]
        if len(names) > _MOST_DEFINED:
            shown.append(f"{len(names) - _MOST_DEFINED} more")
        return ", ".join(shown)

    def _name(self, item: Item) -> str:
        if item.what not in ("code", "import"):
            return ""
        row = item.start
        while row < item.end and _DECORATOR.match(self._rows[row]):
            row += 1
        line = self._rows[row][:300]
        for pattern in (_TITLE, _DEFINED, _VARIABLE):
            match = pattern.match(line)
            if match is not None:
                return match[1]
        if self._name_first:
            match = _NAME_FIRST.match(line)
            return match[1] if match is not None else ""
        match = _CALLED.search(line) or _ASSIGNED.match(line)
        return match[1] if match is not None and match[1] not in _NO_NAME else ""


def _cut(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"
