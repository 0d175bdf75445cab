"""The languages whose files are outlined, and their grammars, each loaded when the first file of it comes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar

__all__ = ["BY_ENDING", "BY_NAME", "BY_PROGRAM", "Language", "grammar", "names"]

_BRACES: Final = frozenset(["block", "statement_block", "compound_statement", "statement_list", "switch_body"])


@dataclass(frozen=True, slots=True)
class Language:
    """module, function: where its grammar is
    endings:  of file names
    comment:  what begins a comment that goes to the end of the line
    bodies:   types of nodes whose children stand in a list: any run of them may be left out
    members:  those of the bodies whose children are members and definitions, not statements
    types:    types of nodes that define a type, where their body's type does not tell
    imports:  types of nodes that import
    leads:    types of nodes that belong to the definition behind them
    indented: blocks are told by indentation, not by braces
    """

    name: str
    module: str
    function: str
    endings: tuple[str, ...]
    comment: str = "//"
    bodies: frozenset[str] = _BRACES
    members: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    indented: bool = False


def names(text: str) -> frozenset[str]:
    """The words of the text."""
    return frozenset(text.split())


_SCRIPT_MEMBERS: Final = names("class_body interface_body object_type enum_body")
_SCRIPT: Final = _BRACES | _SCRIPT_MEMBERS | names("object array named_imports")
_C_MEMBERS: Final = names(
    "field_declaration_list declaration_list enumerator_list preproc_ifdef preproc_if preproc_else preproc_elif"
)
_C: Final = _BRACES | _C_MEMBERS | names("initializer_list")

_ALL: Final = (
    Language(
        "python",
        "tree_sitter_python",
        "language",
        (".py", ".pyi", ".pyw"),
        comment="#",
        bodies=names("block list dictionary set"),
        types=names("class_definition"),
        imports=names("import_statement import_from_statement future_import_statement"),
        indented=True,
    ),
    Language(
        "javascript",
        "tree_sitter_javascript",
        "language",
        (".js", ".mjs", ".cjs", ".jsx"),
        bodies=_SCRIPT,
        members=_SCRIPT_MEMBERS,
        imports=names("import_statement"),
    ),
    Language(
        "typescript",
        "tree_sitter_typescript",
        "language_typescript",
        (".ts", ".mts", ".cts"),
        bodies=_SCRIPT,
        members=_SCRIPT_MEMBERS,
        types=names("internal_module module"),
        imports=names("import_statement"),
    ),
    Language(
        "tsx",
        "tree_sitter_typescript",
        "language_tsx",
        (".tsx",),
        bodies=_SCRIPT,
        members=_SCRIPT_MEMBERS,
        types=names("internal_module module"),
        imports=names("import_statement"),
    ),
    Language(
        "go",
        "tree_sitter_go",
        "language",
        (".go",),
        bodies=names(
            "statement_list field_declaration_list interface_type const_declaration var_spec_list"
            " import_spec_list literal_value"
        ),
        members=names("field_declaration_list interface_type const_declaration var_spec_list"),
        imports=names("import_declaration"),
    ),
    Language(
        "rust",
        "tree_sitter_rust",
        "language",
        (".rs",),
        bodies=_BRACES
        | names("declaration_list field_declaration_list enum_variant_list match_block array_expression use_list"),
        members=names("declaration_list field_declaration_list enum_variant_list"),
        imports=names("use_declaration"),
        leads=names("attribute_item inner_attribute_item"),
    ),
    Language(
        "java",
        "tree_sitter_java",
        "language",
        (".java",),
        bodies=_BRACES
        | names(
            "class_body interface_body annotation_type_body enum_body enum_body_declarations constructor_body"
            " switch_block array_initializer"
        ),
        members=names("class_body interface_body annotation_type_body enum_body enum_body_declarations"),
        imports=names("import_declaration"),
    ),
    Language(
        "c",
        "tree_sitter_c",
        "language",
        (".c",),
        bodies=_C,
        members=_C_MEMBERS,
        imports=names("preproc_include"),
    ),
    Language(
        "cpp",
        "tree_sitter_cpp",
        "language",
        (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".h", ".inl", ".ipp", ".cu"),
        bodies=_C,
        members=_C_MEMBERS,
        imports=names("preproc_include"),
    ),
    Language(
        "csharp",
        "tree_sitter_c_sharp",
        "language",
        (".cs",),
        bodies=_BRACES
        | names("declaration_list enum_member_declaration_list accessor_list initializer_expression switch_body"),
        members=names("declaration_list enum_member_declaration_list accessor_list"),
        imports=names("using_directive"),
    ),
    Language(
        "ruby",
        "tree_sitter_ruby",
        "language",
        (".rb", ".rake", ".gemspec"),
        comment="#",
        bodies=names("body_statement block_body then hash array"),
        types=names("class module singleton_class"),
    ),
    Language(
        "php",
        "tree_sitter_php",
        "language_php",
        (".php",),
        bodies=_BRACES | names("declaration_list enum_declaration_list array_creation_expression"),
        members=names("declaration_list enum_declaration_list"),
        imports=names("namespace_use_declaration"),
    ),
)

BY_NAME: Final = {language.name: language for language in _ALL}
BY_ENDING: Final = {ending: language for language in _ALL for ending in language.endings}
BY_PROGRAM: Final = {
    "python": BY_NAME["python"],
    "python3": BY_NAME["python"],
    "python2": BY_NAME["python"],
    "node": BY_NAME["javascript"],
    "ruby": BY_NAME["ruby"],
    "php": BY_NAME["php"],
}
"""By the program that a first line with `#!` names."""


@lru_cache(maxsize=len(_ALL))
def grammar(name: str) -> Grammar:
    from tree_sitter import Language as Grammar

    language = BY_NAME[name]
    return Grammar(getattr(import_module(language.module), language.function)())
