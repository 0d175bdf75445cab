"""Finds every regular expression of the package, and makes texts over which a bad one takes long."""

from __future__ import annotations

import ast
import importlib
import random
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import headroom_litellm

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_constants as c
    import sre_parse

__all__ = ["Regex", "attacks", "regexes", "seconds"]

METHODS = frozenset({"match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split"})
ROOT = Path(headroom_litellm.__file__).parent


@dataclass(frozen=True)
class Regex:
    """`name`: where it stands; `hows`: how it is used, match, fullmatch, search or sample (a match on a line that is
    cut)."""

    name: str
    pattern: re.Pattern[Any]
    hows: tuple[str, ...]


def regexes() -> list[Regex]:
    """All that a module makes when it is imported, and all that are written out where they are used."""
    found: dict[tuple[str, re.Pattern[Any]], set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text())
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        short = name.removeprefix("headroom_litellm.")
        for method, pattern in _inline(tree):
            found.setdefault((f"{short}, inline", re.compile(pattern)), set()).add(method)
        if "re" in {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}:
            values = vars(importlib.import_module(name))
            patterns = {key: list(_patterns(value)) for key, value in values.items() if not key.startswith("__")}
            used = _uses(tree, {key for key, each in patterns.items() if each})
            for key, each in patterns.items():
                for pattern in each:
                    found.setdefault((f"{short}.{key}", pattern), set()).update(used[key])
    return [Regex(name, pattern, tuple(sorted(map(_how, hows)))) for (name, pattern), hows in found.items()]


def _how(method: str) -> str:
    return method if method in ("match", "fullmatch", "sample") else "search"


def _patterns(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4:
        inner: Sequence[Any] = ()
        if isinstance(value, dict):
            inner = [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            inner = list(value)
        elif type(value).__module__.startswith("headroom_litellm"):
            inner = list(getattr(value, "__dict__", {}).values())
        for each in inner:
            yield from _patterns(each, depth + 1)


def _inline(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Patterns inside functions; what such a one takes over at run time is read as the letter `a`."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for call in {node for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)}:
        function = call.func
        if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)):
            continue
        if function.value.id == "re" and function.attr in {*METHODS, "compile"} and call.args:
            yield function.attr, _text(call.args[0])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(value) for value in node.values)
    return "a"


def _uses(tree: ast.AST, names: set[str]) -> dict[str, set[str]]:
    """The methods of each name; of one that is handed on, all that the module calls on anything unknown, but on the
    lines of a sample alone where it has one."""
    out: dict[str, set[str]] = {name: set() for name in names}
    loose: set[str] = set()
    known: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            if isinstance(node.value, ast.Name) and node.value.id in names:
                out[node.value.id].add(node.attr)
                known.add(node.value)
            elif node.attr != "split":
                loose.add(node.attr)
        elif isinstance(node, ast.Attribute):
            known.add(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("share", "count"):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Name) and argument.id in names:
                    out[argument.id].add("sample")
                    known.add(argument)
    if any(
        alias.name == "Sample" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    ):
        loose = {"sample"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load) and node not in known:
            out[node.id] |= loose or METHODS
    return out


REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT)
CHARACTERS = "a0 Aé\t-_./:=\"'()[]{}<>|#,;\\\n*+~^!?@%$&\x1b│→✓日"
CATEGORIES = {
    c.CATEGORY_DIGIT: str.isdigit,
    c.CATEGORY_SPACE: str.isspace,
    c.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    c.CATEGORY_NOT_DIGIT: lambda one: not one.isdigit(),
    c.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    c.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}
RUNS = (" ", "\t", "\n", "0", "a", "-", "=", ".", "/", "[", '"', "\\", ":", "|", "_", "a ", "a.", "a/", " a", "日")
ENDS = ("", "\x00", "\n\x00", "!", " ")


def attacks(regex: Regex, length: int) -> Iterator[str]:
    """Texts of about that length: what leads to each unbounded part, that part again and again, and an end that does
    not fit."""
    pattern = regex.pattern.pattern
    source = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    rng = random.Random(source)
    tree = sre_parse.parse(source, regex.pattern.flags & ~(0 if isinstance(pattern, str) else re.UNICODE))
    for lead, body in _repeats(tree, lambda: "", rng):
        for _ in range(3):
            before, piece = lead(), body()
            yield _filled(before, piece, rng.choice(ENDS), length)
            yield _filled(before, before + piece, rng.choice(ENDS), length)
        for piece in rng.sample(RUNS, 8):
            yield _filled(lead(), piece, rng.choice(ENDS), length)
    for piece in RUNS:
        yield _filled("", piece, "\x00", length)


def _filled(before: str, piece: str, end: str, length: int) -> str:
    return before + piece * max(1, length // max(1, len(piece))) + end


def seconds(regex: Regex, how: str, text: str) -> float:
    """Computing time of one use."""
    pattern = regex.pattern
    given: Any = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "surrogatepass")
    start = time.thread_time()
    if how == "search":
        for _ in pattern.finditer(given):
            pass
    elif how == "fullmatch":
        pattern.fullmatch(given)
    else:
        pattern.match(given)
    return time.thread_time() - start


Make = Callable[[], str]


def _repeats(tree: Any, lead: Make, rng: random.Random) -> Iterator[tuple[Make, Make]]:
    """Each part that may come many times, with what stands before it."""
    nodes = list(tree)
    for at, (kind, value) in enumerate(nodes):

        def before(at: int = at) -> str:
            return lead() + _sample(nodes[:at], rng)

        if kind in REPEATS:
            if value[1] > 30:
                yield before, lambda body=value[2]: _sample(body, rng)  # type: ignore[misc]
            yield from _repeats(value[2], before, rng)
        elif kind is c.SUBPATTERN:
            yield from _repeats(value[3], before, rng)
        elif kind is c.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before, rng)
        elif kind in (c.ASSERT, c.ASSERT_NOT):
            yield from _repeats(value[1], before, rng)


def _sample(nodes: Any, rng: random.Random) -> str:
    """A text that the nodes match, or nearly."""
    out = ""
    for kind, value in nodes:
        if kind is c.LITERAL:
            out += chr(value)
        elif kind is c.NOT_LITERAL:
            out += rng.choice([one for one in CHARACTERS if ord(one) != value])
        elif kind is c.ANY:
            out += rng.choice("a 0-=")
        elif kind is c.IN:
            out += rng.choice([one for one in _choices(value) if _fits(value, one)] or ["\u1234"])
        elif kind is c.BRANCH:
            out += _sample(rng.choice(value[1]), rng)
        elif kind is c.SUBPATTERN:
            out += _sample(value[3], rng)
        elif kind in REPEATS:
            times = value[0] if rng.random() < 0.5 else min(value[1], max(value[0], 1))
            out += "".join(_sample(value[2], rng) for _ in range(times))
    return out


def _choices(items: Any) -> str:
    named = [value for kind, value in items if kind is c.LITERAL]
    ends = [end for kind, value in items if kind is c.RANGE for end in value]
    return CHARACTERS + "".join(map(chr, named + ends))


def _fits(items: Any, one: str) -> bool:
    negated = items[0][0] is c.NEGATE
    return negated != any(_holds(kind, value, one) for kind, value in items[negated:])


def _holds(kind: Any, value: Any, one: str) -> bool:
    if kind is c.LITERAL:
        return bool(ord(one) == value)
    if kind is c.RANGE:
        return bool(value[0] <= ord(one) <= value[1])
    return kind is c.CATEGORY and CATEGORIES[value](one)
