"""Tool definitions without what says nothing: agents send them, often tens of thousands of tokens, with every call.

What is left out repeats a name, is empty, or is the layout of a source file. What a schema accepts stays the same, and
so does whatever the provider may insist on: `properties` and `additionalProperties` are never left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from blake3 import blake3

from ..conversation import Path
from ..lru import Lru
from ..wire import Wire, replaced, value_at
from .layout import tidy

__all__ = ["trim"]

_DEEPEST: Final = 64
"""Levels of a schema that are looked at."""
_SCHEMAS_BY_NAME: Final = ("patternProperties", "dependentSchemas")
_LISTS_OF_SCHEMAS: Final = ("anyOf", "allOf", "oneOf", "prefixItems", "items")
_SCHEMAS: Final = (
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("additionalItems", "unevaluatedItems", "unevaluatedProperties"),
)
_DIALECT: Final = re.compile(r"https?://json-schema\.org/(draft-07|draft/2019-09|draft/2020-12)/schema#?")
_TOLD_APART: Final = (
    *("dependencies", "dependentRequired", "dependentSchemas", "additionalItems", "prefixItems", "minContains"),
    *("maxContains", "unevaluatedItems", "unevaluatedProperties", "$anchor", "$dynamicAnchor", "$dynamicRef"),
    *("$recursiveAnchor", "$recursiveRef", "$vocabulary", "$id"),
)
"""Keywords that not all of these dialects have, or have alike."""
_ANNOTATIONS: Final = frozenset({"$ref", "title", "description", "default", "examples", "deprecated", "$comment"})
_OF_ALL_ARGUMENTS: Final = ("arguments", "args", "input", "params", "parameters", "schema")
"""What libraries put behind a tool's name to name all its arguments together."""
_BETWEEN_WORDS: Final = re.compile(r"[\s_.-]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# By the digest of a definition, what is put in its place as JSON: nothing where nothing is. Not as objects, which those
# who send a request are free to change.
_trimmed: Lru[bytes, bytes] = Lru(8192, max_weight=32 * 1024 * 1024, weigh=len)


def trim(wire: Wire, body: dict[str, Any]) -> dict[str, Any]:
    """The body with each tool's definition trimmed; those that stay as they are, and a body in which all do, are the
    same objects. A pure function of the body."""
    schemas: dict[Path, list[str]] = {path: [] for path in wire.definitions(body)}
    for path in wire.schemas(body):
        schemas[path[:-1]].append(str(path[-1]))
    changes = {
        (*path, field): value
        for path, fields in schemas.items()
        for field, value in _changes(value_at(body, path), fields).items()
    }
    return replaced(body, changes) if changes else body


def _changes(definition: Mapping[str, Any], schemas: list[str]) -> dict[str, Any]:
    """The fields of a definition that become others."""
    try:
        told = orjson.dumps([definition.get(field) for field in ("name", "description", *schemas)] + schemas)
    except TypeError:
        return {}  # JSON that this library does not write, or none
    key = blake3(told).digest(length=16)
    known = _trimmed.get(key)
    if known is None:
        known = orjson.dumps(changed) if (changed := _trim(definition, schemas)) else b""
        _trimmed.put(key, known)
    found: dict[str, Any] = orjson.loads(known) if known else {}
    return found


def _trim(definition: Mapping[str, Any], schemas: list[str]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    description = definition.get("description")
    if isinstance(description, str):
        # Not every provider takes a tool without one.
        changed["description"] = tidy(description) or description
    for field in schemas:
        changed[field] = _whole(definition[field], str(definition.get("name") or ""))
    return {field: value for field, value in changed.items() if value != definition[field]}


def _whole(schema: Any, tool: str) -> Any:
    """The schema of all arguments of a tool."""
    trimmed = _schema(schema, tool, _DEEPEST)
    needless = [
        *(["$schema"] if _says_what_any_would(schema) else []),
        *(["title"] if any(_repeats(trimmed.get("title"), f"{tool} {what}") for what in _OF_ALL_ARGUMENTS) else []),
    ]
    return {name: value for name, value in trimmed.items() if name not in needless} if needless else trimmed


def _schema(schema: Any, name: str, deeper: int) -> Any:
    """One schema; `name`: what it is that of, where that has one. The same object where nothing changes."""
    if not isinstance(schema, Mapping) or not deeper:
        return schema

    def within(inner: Any, name: str = "") -> Any:
        return _schema(inner, name, deeper - 1)

    trimmed = {
        keyword: _value(keyword, tidy(value) if keyword == "description" and isinstance(value, str) else value, within)
        for keyword, value in schema.items()
    }
    if "enum" in schema:
        trimmed["enum"] = _distinct(schema)
    for keyword in ("title", "description"):
        if trimmed.get(keyword) == "" or _repeats(trimmed.get(keyword), name):
            del trimmed[keyword]
    # What is strictly adhered to has both.
    if trimmed.get("required") == [] and trimmed.get("additionalProperties") is not False:
        del trimmed["required"]
    same = len(trimmed) == len(schema) and all(value is schema[keyword] for keyword, value in trimmed.items())
    # Not every provider takes one with nothing in it.
    return schema if same or not trimmed else trimmed


def _value(keyword: str, value: Any, within: Callable[..., Any]) -> Any:
    """What a keyword has for a value, where there are schemas in it."""
    if keyword == "properties" and isinstance(value, Mapping):
        return _if_other(value, {name: within(inner, name) for name, inner in value.items()})
    if keyword in _SCHEMAS_BY_NAME and isinstance(value, Mapping):
        return _if_other(value, {name: within(inner) for name, inner in value.items()})
    if keyword in _LISTS_OF_SCHEMAS and isinstance(value, list):
        inner = [within(one) for one in value]
        return value if all(one is old for one, old in zip(inner, value, strict=True)) else inner
    if keyword in _SCHEMAS:
        return within(value)
    return value


def _distinct(schema: Mapping[str, Any]) -> Any:
    """The values to choose from, each once. All of them where another list may say something of each, by its place."""
    values = schema["enum"]
    if not isinstance(values, list) or any(_is_as_long(other, values) for other in schema.values()):
        return values
    # As JSON has them: 1 and true are equal in Python only.
    distinct = {orjson.dumps(one, option=orjson.OPT_SORT_KEYS): one for one in values}
    return values if len(distinct) == len(values) else list(distinct.values())


def _is_as_long(other: Any, values: list[Any]) -> bool:
    return isinstance(other, list) and other is not values and len(other) == len(values)


def _if_other(old: Mapping[str, Any], new: dict[str, Any]) -> Mapping[str, Any]:
    return old if all(value is old[name] for name, value in new.items()) else new


def _says_what_any_would(schema: Mapping[str, Any]) -> bool:
    """Whether a schema reads the same without the dialect that it names, and names one."""
    dialect = schema.get("$schema")
    named = _DIALECT.fullmatch(dialect) if isinstance(dialect, str) else None
    return named is not None and (named[1] == "draft/2020-12" or _is_alike_in_all(schema))


def _is_alike_in_all(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_alike_in_all, value))
    if not isinstance(value, Mapping):
        return True
    if any(keyword in value for keyword in _TOLD_APART) or isinstance(value.get("items"), list):
        return False
    # Older dialects look at nothing else beside a reference.
    if "$ref" in value and not value.keys() <= _ANNOTATIONS:
        return False
    return all(map(_is_alike_in_all, value.values()))


def _repeats(text: Any, name: str) -> bool:
    """Whether a text has the words of a name and no others: `File Path` those of `file_path` and of `filePath`."""
    # Blanks between words are all that it may be longer by.
    may = isinstance(text, str) and 0 < len(text) < 2 * len(name)
    return may and not _spellings(text).isdisjoint(_spellings(name))


def _spellings(text: str) -> set[str]:
    both = text, _HUMP.sub(" ", text)
    return {" ".join(_BETWEEN_WORDS.split(one.casefold())).strip() for one in both} - {""}
