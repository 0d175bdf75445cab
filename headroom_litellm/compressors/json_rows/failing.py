"""Which rows report a failure, and which warn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...relevance import in_lower_case
from ..shared.signs import HINT, member_fails, member_role
from .columns import Constant, Entry, Group, Kind, Leaf
from .scan import Arr, Node, Obj

__all__ = ["failing_rows", "fails", "warning_rows"]

_MAX_DEPTH = 8
_MAX_STATE = 32
_HINTS = tuple(
    literal
    for part in HINT.pattern.split("|")
    if part[0] != "^" and not set(literal := part.replace("\\b", "").replace("\\", "")) & set("()[]{}+?")
)
"""What is found in every literal in which `HINT` finds something: looking for these is far cheaper."""
_WARNS = frozenset(['"warn"', '"warning"', '"w"'])


def fails(node: Node, depth: int = 0) -> bool:
    """Does the value, or anything in it, report a failure?"""
    if isinstance(node, Arr):
        return (
            not node.flat
            and depth < _MAX_DEPTH
            and any(fails(item, depth + 1) for item in node.items if not isinstance(item, str))
        )
    if not isinstance(node, Obj):
        return node[0] == '"' and _says_failure("text", node)
    for key, value in zip(node.keys, node.values, strict=True):
        role = member_role(key)
        if isinstance(value, str):
            if role and _says_failure(role, value):
                return True
        elif (role == "error" and _says_something(value)) or (depth < _MAX_DEPTH and fails(value, depth + 1)):
            return True
    return False


def _says_failure(role: str, literal: str) -> bool:
    """Does a literal under a key of this role report a failure? A word in place of a text is a state: a reason such as
    `"CrashLoopBackOff"`."""
    if role != "text":
        return member_fails(role, literal)
    if _is_word(literal):
        return member_fails("state", literal)
    return _has_any(literal) and member_fails("text", literal)


def _is_word(literal: str) -> bool:
    return len(literal) < _MAX_STATE and literal[1:-1].isalpha()


def _has_any(text: str, hints: Sequence[str] = _HINTS) -> bool:
    lowered = in_lower_case(text)
    return any(hint in lowered for hint in hints)


def _hints_in(text: str) -> list[str]:
    lowered = in_lower_case(text)
    return [hint for hint in _HINTS if hint in lowered]


def _says_something(node: Node) -> bool:
    """Is there more in an error's object or array than nulls, zeros and empty things?"""
    if isinstance(node, str):
        return member_fails("error", node)
    return any(_says_something(child) for child in (node.items if isinstance(node, Arr) else node.values))


def failing_rows(rows: Sequence[Node], kinds: Sequence[Kind]) -> set[int]:
    """The positions of the rows that report a failure."""
    found: set[int] = set()
    for kind in kinds:
        if not kind.entries:
            found.update(_failing_cells(kind.rows, [rows[i] for i in kind.rows], "text"))
            continue
        for role, entry in _roles(kind.entries, ""):
            if isinstance(entry, Leaf):
                found.update(_failing_cells(kind.rows, entry.cells, role))
            elif isinstance(entry, Constant) and _fails_in_all(role, entry.value):
                found.update(kind.rows)
    return found


def _roles(entries: Iterable[Entry], outer: str) -> Iterator[tuple[str, Entry]]:
    """Every column with what its key says; all that stands under an error's key speaks of the error."""
    for entry in entries:
        role = "error" if outer == "error" else member_role(entry.name)
        if isinstance(entry, Group):
            yield from _roles(entry.entries, role)
        else:
            yield role, entry


def _fails_in_all(role: str, value: Node) -> bool:
    if isinstance(value, str):
        return bool(role) and _says_failure(role, value)
    return (role == "error" and _says_something(value)) or fails(value)


def _failing_cells(positions: Sequence[int], cells: Sequence[Node | None], role: str) -> Iterator[int]:
    kinds = set(map(type, cells))
    if str in kinds and role:
        bad = _failing_literals({cell for cell in set(filter(_is_literal, cells)) if isinstance(cell, str)}, role)
        if bad:
            yield from (i for i, cell in zip(positions, cells, strict=True) if isinstance(cell, str) and cell in bad)
    if Obj in kinds or Arr in kinds:
        for i, cell in zip(positions, cells, strict=True):
            if isinstance(cell, Obj | Arr) and ((role == "error" and _says_something(cell)) or fails(cell)):
                yield i


def _is_literal(cell: Node | None) -> bool:
    return cell.__class__ is str


def _failing_literals(literals: set[str], role: str) -> set[str]:
    if role == "text":
        literals = {each for each in literals if each[0] == '"'}
        hints = _hints_in("\n".join(sorted(literals)))
        literals = {each for each in literals if _is_word(each) or (hints and _has_any(each, hints))}
    return {each for each in literals if _says_failure(role, each)}


def warning_rows(kinds: Sequence[Kind]) -> list[int]:
    """The positions of the rows whose level is that of a warning."""
    found: list[int] = []
    for kind in kinds:
        for role, entry in _roles(kind.entries, ""):
            if role == "state" and isinstance(entry, Leaf):
                levels = {
                    cell
                    for cell in set(map(_text, entry.cells))
                    if cell.lower() in _WARNS or (cell == "40" and "evel" in entry.name)
                }
                if levels:
                    found.extend(i for i, cell in zip(kind.rows, entry.cells, strict=True) if _text(cell) in levels)
    return sorted(set(found))


def _text(cell: Node | None) -> str:
    return cell if isinstance(cell, str) else ""
