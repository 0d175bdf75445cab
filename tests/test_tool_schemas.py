"""Tool definitions get shorter, and say and accept what they did."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.validators import validator_for

from headroom_litellm import tokens
from headroom_litellm.prompt.layout import tidy
from headroom_litellm.prompt.tool_schemas import trim
from headroom_litellm.wire import Chat, Gemini, Messages, Responses
from tests.tool_lists import TOOL_LISTS

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def trimmed(schema: dict[str, Any], name: str = "run", **more: Any) -> Any:
    """What becomes of a schema as that of a tool of Anthropic's."""
    return trim(Messages(), {"tools": [{"name": name, "input_schema": schema, **more}]})["tools"][0]["input_schema"]


def object_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


NAMES = st.sampled_from(["title", "$schema", "description", "properties", "required", "enum", "file_path", "x", "$ref"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from(["", "a", "file path", "  two\n\n\n "])
)
TEXTS = st.sampled_from(
    ["", "  ", "title", "File Path", "x", "What it is.  \n\n\n\nMore.", "\n    In.\n      Deeper.\n    "]
)


@st.composite
def schemas(draw: Any, depth: int = 3) -> Any:
    def inner() -> Any:
        return draw(schemas(depth - 1))

    kinds = ["any", "plain", "enum", "const", "ref", "boolean"] + ["object", "array", "union", "map"] * (depth > 0)
    kind = draw(st.sampled_from(kinds))
    schema: dict[str, Any] = {}
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "plain":
        schema = {"type": draw(st.sampled_from(["string", "integer", "boolean", "null", ["string", "null"]]))}
    elif kind == "enum":
        schema = {"enum": draw(st.lists(st.one_of(VALUES, st.fixed_dictionaries({"title": VALUES})), min_size=1))}
    elif kind == "const":
        schema = {"const": draw(st.one_of(VALUES, st.fixed_dictionaries({"description": st.just("")})))}
    elif kind == "ref":
        schema = {"$ref": "#/$defs/" + draw(st.sampled_from(["title", "properties"]))}
    elif kind == "object":
        names = draw(st.lists(NAMES, unique=True, max_size=3))
        schema = {"type": "object", "properties": {name: inner() for name in names}}
        if draw(st.booleans()):
            schema["required"] = draw(st.lists(NAMES, unique=True, max_size=2))
        if draw(st.booleans()):
            schema["additionalProperties"] = inner()
    elif kind == "array":
        schema = {"type": "array", "items": inner()}
    elif kind == "union":
        schema = {draw(st.sampled_from(["anyOf", "oneOf", "allOf"])): [inner(), inner()]}
    elif kind == "map":
        schema = {"patternProperties": {"^(t|x)": inner()}, "not": inner()}
    for keyword, words in (("title", TEXTS), ("description", TEXTS), ("default", VALUES)):
        if draw(st.booleans()):
            schema[keyword] = draw(words)
    return schema


def whole(schema: Any, defs: dict[str, Any], dialect: str | None) -> dict[str, Any]:
    body = schema if isinstance(schema, dict) else {}
    return {**({"$schema": dialect} if dialect else {}), **body, "$defs": defs}


INSTANCES = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    schemas(),
    st.fixed_dictionaries({"title": schemas(0), "properties": schemas(1)}),
    st.sampled_from([None, DRAFT_7, "https://json-schema.org/draft/2020-12/schema"]),
    st.lists(INSTANCES, min_size=5, max_size=12),
)
def test_the_same_instances_are_valid(schema: Any, defs: Any, dialect: str | None, instances: list[Any]) -> None:
    before = whole(schema, _without_circles(defs), dialect)
    given_ = deepcopy(before)
    after = trimmed(before)
    assert before == given_
    for instance in instances:
        was, is_ = (validator_for(one, Draft202012Validator)(one).is_valid(instance) for one in (before, after))
        assert was == is_, (before, after, instance)
    assert trimmed(after) is after


def _without_circles(defs: dict[str, Any]) -> dict[str, Any]:
    """The same without references: a circle of them ends no validation."""
    if isinstance(defs, dict):
        return {name: _without_circles(value) for name, value in defs.items() if name != "$ref"}
    return [_without_circles(one) for one in defs] if isinstance(defs, list) else defs


@pytest.mark.parametrize("name", TOOL_LISTS)
def test_lists_of_real_servers_get_shorter_and_accept_the_same(name: str) -> None:
    body = {"tools": [_anthropic(tool) for tool in TOOL_LISTS[name]]}
    after = trim(Messages(), body)
    # A test that says how much is one that can fail: see the page about it for what that comes to.
    least = {"filesystem": 0.12, "forge": 0.015, "pydantic": 0.1}[name]
    assert _tokens(after) < (1 - least) * _tokens(body)
    for old, new in zip(body["tools"], after["tools"], strict=True):
        kinds = {name: value for name, value in old["input_schema"].items() if name != "$schema"}
        Draft202012Validator.check_schema(new["input_schema"])
        assert new["name"] == old["name"]
        assert new["description"].split() == old["description"].split()
        assert new["input_schema"]["type"] == kinds["type"]
        assert list(new["input_schema"]["properties"]) == list(kinds["properties"])
        for instance in _instances(old["input_schema"]):
            was = Draft7Validator(old["input_schema"]).is_valid(instance)
            assert Draft202012Validator(new["input_schema"]).is_valid(instance) == was
    assert trim(Messages(), after) is after


def _instances(schema: dict[str, Any]) -> list[Any]:
    """Arguments that are right or nearly so: all, each one left out, each one wrong, and one too many."""
    values = {name: _value_of(inner) for name, inner in schema["properties"].items()}
    wrong = [{**values, name: value} for name in values for value in (None, 3.5, "y" * 9, {"title": 1})]
    return [values, {**values, "more": 1}, *({n: v for n, v in values.items() if n != name} for name in values), *wrong]


def _value_of(schema: dict[str, Any]) -> Any:
    samples = {"string": "ab", "number": 7, "integer": 7, "boolean": True, "array": [], "object": {}}
    return schema["enum"][0] if "enum" in schema else samples.get(schema.get("type", ""))


def _anthropic(tool: dict[str, Any]) -> dict[str, Any]:
    return {"name": tool["name"], "description": tool["description"], "input_schema": tool["inputSchema"]}


def _tokens(body: Any) -> int:
    return tokens.count(orjson.dumps(body["tools"]).decode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "string", "title": "File Path"}, {"type": "string"}),
        ({"type": "string", "title": "file_path"}, {"type": "string"}),
        ({"type": "string", "title": "Path of the file"}, None),
        ({"type": "string", "title": "File Path (absolute)"}, None),
        ({"type": "string", "description": "File path"}, {"type": "string"}),
        ({"type": "string", "description": " \n"}, {"type": "string"}),
        (
            {"type": "string", "description": "A path. \n\n\nAbsolute.\n"},
            {"type": "string", "description": "A path.\n\nAbsolute."},
        ),
        ({"enum": ["a", "b", "a"]}, {"enum": ["a", "b"]}),
        ({"enum": ["a", "b", "a"], "enumNames": ["first", "second", "third"]}, None),
        ({"enum": ["a", "b", "a"], "type": ["string", "null"]}, {"enum": ["a", "b"], "type": ["string", "null"]}),
        ({"title": "File Path"}, None),
        ({"type": "array", "items": {"description": ""}}, None),
        ({"enum": [1, True, 1.0, "1"]}, None),
        ({"enum": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, {"enum": [{"b": 2, "a": 1}]}),
        ({"type": "object", "required": []}, {"type": "object"}),
        ({"type": "object", "properties": {}, "required": [], "additionalProperties": False}, None),
        ({"type": "object", "properties": {}}, None),
        ({"const": {"title": "file_path"}, "default": {"description": ""}, "examples": [{"required": []}]}, None),
        ({"anyOf": [{"type": "string", "title": "file_path"}, {"type": "null"}]}, None),
        ({"$ref": "#/$defs/x", "title": "File Path"}, {"$ref": "#/$defs/x"}),
        ({"type": "string", "title": ["file_path"], "description": None}, None),
    ],
)
def test_a_property_loses_what_says_nothing(before: dict[str, Any], after: dict[str, Any] | None) -> None:
    schema = object_of(file_path=before)
    found = trimmed(schema)
    if after is None:
        assert found is schema
    else:
        assert found == object_of(file_path=after)


def test_definitions_that_are_referred_to_stay_as_they_are() -> None:
    schema = {**object_of(x={"$ref": "#/$defs/x"}), "$defs": {"x": {"type": "string", "title": "X", "required": []}}}
    assert trimmed(schema) is schema


def test_names_are_recognised_as_libraries_write_them() -> None:
    written = {
        "filePath": "Filepath",
        "maxRows": "Max Rows",
        "s3key_name": "S3Key Name",
        "URL": "Url",
        "a-b.c": "A B C",
    }
    kept = {"c": "C++", "price": "Price ($)", "ab": "A B", "count": "No count"}
    schema = object_of(**{name: {"title": title, "type": "string"} for name, title in {**written, **kept}.items()})
    found = trimmed(schema)["properties"]
    assert {name for name in schema["properties"] if "title" not in found[name]} == set(written)


def test_properties_that_are_called_like_keywords_are_properties() -> None:
    schema = object_of(title={"type": "string"}, description={"enum": ["a"]}, properties={}, required={"const": []})
    schema["properties"]["$schema"] = {"type": "string", "title": "Which one"}
    assert trimmed(schema) is schema


@pytest.mark.parametrize("title", ["read_file", "Read File", "read_fileArguments", "readFileInput", "ReadFileSchema"])
def test_a_schema_that_is_named_as_its_tool_is_not_named(title: str) -> None:
    assert trimmed({**object_of(), "title": title}, "read_file") == object_of()
    assert trimmed({**object_of(), "title": title}, "write_file")["title"] == title


@pytest.mark.parametrize(
    ("dialect", "more", "dropped"),
    [
        (DRAFT_7, {}, True),
        ("https://json-schema.org/draft/2019-09/schema", {}, True),
        ("https://json-schema.org/draft/2020-12/schema", {"prefixItems": [{}]}, True),
        (DRAFT_7, {"items": [{"type": "string"}]}, False),
        (DRAFT_7, {"dependentRequired": {"a": ["b"]}}, False),
        (DRAFT_7, {"anyOf": [{"$ref": "#/$defs/a", "type": "string"}]}, False),
        (DRAFT_7, {"anyOf": [{"$ref": "#/$defs/a", "description": "It."}]}, True),
        ("http://json-schema.org/draft-04/schema#", {}, False),
        ("https://example.com/our-own", {}, False),
    ],
)
def test_a_dialect_is_named_only_where_it_matters(dialect: str, more: dict[str, Any], dropped: bool) -> None:
    assert ("$schema" not in trimmed({"$schema": dialect, **object_of(), **more})) == dropped


def test_every_format_is_trimmed_where_its_schemas_stand() -> None:
    schema = object_of(file_path={"type": "string", "title": "File Path"})
    short = object_of(file_path={"type": "string"})
    long = {"name": "run", "description": "It runs. \n"}
    name = {"name": "run", "description": "It runs."}
    for wire, before, after in (
        (
            Chat(),
            [{"type": "function", "function": {**long, "parameters": schema, "strict": True}}],
            [{"type": "function", "function": {**name, "parameters": short, "strict": True}}],
        ),
        (
            Messages(),
            [{**long, "input_schema": schema, "cache_control": {"type": "ephemeral"}}],
            [{**name, "input_schema": short, "cache_control": {"type": "ephemeral"}}],
        ),
        (
            Responses(),
            [{"type": "namespace", "tools": [{"type": "function", **long, "parameters": schema}]}],
            [{"type": "namespace", "tools": [{"type": "function", **name, "parameters": short}]}],
        ),
        (
            Gemini(),
            [{"functionDeclarations": [{**long, "parametersJsonSchema": schema}]}],
            [{"functionDeclarations": [{**name, "parametersJsonSchema": short}]}],
        ),
    ):
        body = {"tools": before, "model": "m"}
        kept = deepcopy(body)
        assert trim(wire, body) == {"tools": after, "model": "m"}
        assert body == kept


def test_what_gains_nothing_is_the_same_object() -> None:
    body = {"tools": [{"name": "run", "description": "It runs.", "input_schema": object_of()}]}
    assert trim(Messages(), body) is body
    other = {"name": "go", "description": "Goes. ", "input_schema": object_of(x={})}
    both = trim(Messages(), {"tools": [*body["tools"], other]})
    assert both["tools"][0] is body["tools"][0]
    assert both["tools"][1]["input_schema"] is other["input_schema"]
    assert both["tools"][1]["description"] == "Goes."


@pytest.mark.parametrize(
    "tools",
    [None, "tools", [None], [{"name": "x"}], [{"name": "x", "input_schema": "none"}], [{"input_schema": {}}]],
)
def test_tools_of_an_unknown_shape_are_left_alone(tools: Any) -> None:
    body = {"tools": tools}
    assert trim(Messages(), body) is body


def test_what_json_cannot_say_is_left_alone() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"items": deep}
    for schema in (
        deep,
        object_of(x={"title": "X", "maximum": 10**40}),
        object_of(x={"title": "X", "default": {1, 2}}),
    ):
        assert trimmed(schema) is schema


@pytest.mark.parametrize("name", TOOL_LISTS)
def test_what_was_handed_out_can_be_changed_without_harm(name: str) -> None:
    def given_again() -> dict[str, Any]:
        return {"tools": [_anthropic(tool) for tool in deepcopy(TOOL_LISTS[name])]}

    first = trim(Messages(), given_again())
    expected = deepcopy(first)
    for tool in first["tools"]:
        tool["input_schema"]["properties"].clear()
    assert trim(Messages(), given_again()) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("One line.", "One line."),
        ("  One.  \n\n\n\nTwo.\t\n", "  One.\n\nTwo."),
        ("\n    Reads.\n\n    Args:\n        path: where\n    ", "Reads.\n\nArgs:\n    path: where"),
        ("Reads.\n\n    Args:\n        path: where\n    ", "Reads.\n\nArgs:\n    path: where"),
        ("Usage:\n  - one\n  - two", "Usage:\n  - one\n  - two"),
        ("Usage:\n  - one\n  - two\n", "Usage:\n  - one\n  - two"),
        ("Usage:\n    - one\n  ", "Usage:\n    - one"),
        ("\n  Like this:\n\n      a:\n\n\n        - b\n", "Like this:\n\n    a:\n\n\n      - b"),
        ("Code: \n```\na  \n\n\n  b\n```\n\n\nEnd. ", "Code:\n```\na  \n\n\n  b\n```\n\nEnd."),
        ("~~~\na \n```\nb \n~~~\nc ", "~~~\na \n```\nb \n~~~\nc"),
        ("```\nnever closed  \n\n\n", "```\nnever closed  \n\n\n"),
        ("<pre>\n  a  \n\n\n</pre>  ", "<pre>\n  a  \n\n\n</pre>  "),
        ("*** Begin Patch\n \n-a \n*** End Patch\n", "*** Begin Patch\n \n-a \n*** End Patch\n"),
        ("Such as:\n@@ -1 +1 @@\n \n-a\n+b\n", "Such as:\n@@ -1 +1 @@\n \n-a\n+b\n"),
        ("One.\r\n\r\n\r\nTwo.\r\n", "One.\n\nTwo."),
        (" \n\t\n", ""),
    ],
)
def test_layout_that_says_nothing_goes(before: str, after: str) -> None:
    assert tidy(before) == after
    assert tidy(after) is after


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(["", " ", "  ", "    ", "a", "b:", "- c", "\n", "```", "~~~", "\t", "\r"]), max_size=24
    ).map("".join)
)
def test_tidying_is_done_once_and_loses_no_word(text: str) -> None:
    tidied = tidy(text)
    assert tidied.split() == text.split()
    assert tidy(tidied) is tidied
    assert len(tidied) <= len(text)
