"""One contract over all wire formats, without streams (those are in `test_splicers.py`)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm import wire as wires
from headroom_litellm.ccr.tool import NAME
from headroom_litellm.conversation import Conversation
from headroom_litellm.wire import Chat, Gemini, Messages, Responses, for_call_type, value_at, write
from headroom_litellm.wire.base import add_usage

from .conversations import chats
from .forms import FORMS, Form, Part, every_form


def texts_of(conversation: Conversation) -> list[str]:
    return [segment.text for _, segment in conversation.segments() if segment.kind == "result"]


@every_form
@given(chat=chats())
@settings(max_examples=60, deadline=None)
def test_every_tool_output_is_read_with_the_call_it_answers(form: Form, chat: list[dict[str, Any]]) -> None:
    conversation = form.wire.read(form.body(chat))
    names = [m["tool_calls"][0]["function"]["name"] for m in chat if m["role"] == "assistant"]
    results = [segment for _, segment in conversation.segments() if segment.kind == "result"]
    assert [segment.text for segment in results] == [m["content"] for m in chat if m["role"] == "tool"]
    assert [segment.call.name if segment.call else None for segment in results] == names
    assert conversation.retrievable


@every_form
@given(chat=chats())
@settings(max_examples=60, deadline=None)
def test_every_segment_stands_in_the_span_of_its_turn(form: Form, chat: list[dict[str, Any]]) -> None:
    body = form.body(chat)
    turns = form.wire.read(body).turns
    spans = [turn.span for turn in turns if turn.span is not None]
    assert [at for start, end in spans for at in range(start, end)] == list(range(len(form.wire.items(body))))
    for turn in turns:
        for segment in turn.segments:
            in_history = segment.path[0] == form.wire.history
            assert in_history == (turn.span is not None and segment.path[1] in range(*turn.span))


@every_form
@given(chat=chats(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_and_all_else_stays(
    form: Form, chat: list[dict[str, Any]], data: st.DataObject
) -> None:
    body = form.body(chat)
    before = copy.deepcopy(body)
    paths = [segment.path for _, segment in form.wire.read(body).segments() if segment.kind == "result"]
    changed = data.draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []
    written = write(body, {path: f"new {at}" for at, path in enumerate(changed)})
    assert body == before
    read = {segment.path: segment.text for _, segment in form.wire.read(written).segments()}
    for at, path in enumerate(changed):
        assert read[path] == f"new {at}"
    touched = {path[1] for path in changed}
    for at, (old, new) in enumerate(zip(form.wire.items(body), form.wire.items(written), strict=True)):
        assert (new is old) == (at not in touched)


@every_form
def test_the_texts_of_a_result_of_many_parts_are_read_and_the_rest_stays(form: Form) -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}]
    asked = {"role": "assistant", "content": None, "tool_calls": calls}
    body = form.body([asked, {"role": "tool", "tool_call_id": "call_1", "content": "to be replaced"}])
    image = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
    resource = {"type": "resource", "resource": {"uri": "file:///a.txt", "mimeType": "text/plain", "text": "two"}}
    parts: Any = [{"type": "text", "text": "one"}, image, resource, {"type": "text", "text": "three"}, 7]
    (at,) = [segment.path for _, segment in form.wire.read(body).segments() if segment.kind == "result"]
    body = write(body, {at: parts})

    results = [segment for _, segment in form.wire.read(body).segments() if segment.kind == "result"]
    told = [segment for segment in results if segment.text in ("one", "two", "three")]
    written = write(body, {segment.path: segment.text.upper() for segment in told})

    assert [segment.text for segment in told] == ["one", "two", "three"]
    assert {segment.call.name for segment in results if segment.call} == {"bash"}
    assert [segment.text for _, segment in form.wire.read(written).segments() if segment.text.isupper()] == [
        "ONE",
        "TWO",
        "THREE",
    ]
    assert any(item is image for item in _nested(written))
    assert not any(segment.text == "aGk=" for segment in results)


def _nested(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _nested(item)


@every_form
def test_the_retrieve_tool_goes_to_the_tail_and_is_the_same_every_time(form: Form) -> None:
    body = form.body([])
    before = copy.deepcopy(body)
    first, second = form.wire.declare(body), form.wire.declare(body)
    assert body == before
    assert json.dumps(first) == json.dumps(second)
    assert form.wire.tool_names(first) == ["bash", NAME]
    # What the provider's cache has of the tools stays as it is.
    assert json.dumps(first["tools"]).startswith(json.dumps(body["tools"]).rstrip("]}"))
    assert form.wire.declares_retrieve(first)
    assert not form.wire.declares_retrieve(body)


@every_form
def test_the_retrieve_tool_stays_what_it_is_whatever_is_done_to_one_that_was_declared(form: Form) -> None:
    body = form.body([{"role": "user", "content": "Go."}])
    declared = form.wire.declare(body)
    as_it_was = copy.deepcopy(declared)
    schema = value_at(declared, form.wire.schemas(declared)[-1])
    schema["properties"]["hash"].clear()
    schema["required"].append("query")
    assert form.wire.declare(body) == as_it_was


@every_form
def test_each_tool_s_definition_and_schema_are_found(form: Form) -> None:
    body = form.body([])
    declared = form.wire.declare(body)
    for one in (body, declared):
        found = [value_at(one, path) for path in form.wire.definitions(one)]
        assert [definition["name"] for definition in found] == form.wire.tool_names(one)
        schemas = [value_at(one, path) for path in form.wire.schemas(one)]
        assert [schema["type"].lower() for schema in schemas] == ["object"] * len(found)
        assert [path[:-1] for path in form.wire.schemas(one)] == form.wire.definitions(one)


@every_form
@pytest.mark.parametrize("value", [None, "text", 7, [None], ["text"], {"a": 1}, [{}], [{"type": "web_search"}], [[]]])
def test_what_is_no_definition_of_a_client_s_tool_is_not_found(form: Form, value: Any) -> None:
    assert form.wire.definitions({**form.body([]), "tools": value}) == []
    assert form.wire.schemas({**form.body([]), "tools": value}) == []


@every_form
@given(chat=chats(), system=st.sampled_from(["", "You help.\n"]))
@settings(max_examples=60, deadline=None)
def test_an_instruction_stands_at_the_end_of_the_system_prompt(
    form: Form, chat: list[dict[str, Any]], system: str
) -> None:
    body = form.body([*([{"role": "system", "content": system}] if system else []), *chat[1:]])
    before = copy.deepcopy(body)
    told = form.wire.instruct(body, "Be brief.")
    assert body == before
    assert json.dumps(told) == json.dumps(form.wire.instruct(body, "Be brief."))
    read = form.wire.read(told).turns
    text = "\n\n".join(segment.text for turn in read if turn.role == "system" for segment in turn.segments)
    assert text == (f"{system}\n\nBe brief." if system else "Be brief.")
    rest = [segment.text for turn in read if turn.role != "system" for segment in turn.segments]
    assert rest == [
        segment.text for turn in form.wire.read(body).turns if turn.role != "system" for segment in turn.segments
    ]
    items = {id(item) for item in form.wire.items(body) if item.get("role") != "system"}
    assert items <= {id(item) for item in form.wire.items(told)}


@every_form
@given(chat=chats())
@settings(max_examples=60, deadline=None)
def test_what_is_said_last_stands_behind_all_and_changes_nothing_before(form: Form, chat: list[dict[str, Any]]) -> None:
    body = form.body(chat)
    before = copy.deepcopy(body)
    said = form.wire.say_last(body, "It is noon.")
    assert body == before
    turns = form.wire.read(body).turns
    assert (said is None) == (not form.wire.items(body) or turns[-1].role == "assistant")
    if said is None:
        return
    read = [(role, segment.kind, segment.text) for role, segment in form.wire.read(said).segments()]
    assert read == [
        *((role, segment.kind, segment.text) for role, segment in form.wire.read(body).segments()),
        ("user", "text", "It is noon."),
    ]
    for old, new in zip(form.wire.items(body)[:-1], form.wire.items(said), strict=False):
        assert new is old


@every_form
def test_the_system_prompt_is_what_stands_before_anybody_has_said_anything(form: Form) -> None:
    said = [{"role": "user", "content": f"Look {number}."} for number in range(20)]
    body = form.body([{"role": "system", "content": "You help."}, *said])
    assert [segment.text for segment in form.wire.system_prompt(body)] == ["You help."]
    assert form.wire.system_prompt(form.body(said)) == []
    for segment in form.wire.system_prompt(body):
        assert value_at(body, segment.path) == segment.text


def test_several_messages_may_be_the_system_prompt_but_not_those_behind_others() -> None:
    chat = [(role, role) for role in ("system", "developer", "user", "system")]
    body = {"messages": [{"role": role, "content": text} for role, text in chat]}
    assert [segment.text for segment in Chat().system_prompt(body)] == ["system", "developer"]


MARK = {"type": "ephemeral"}
BLOCKS = [{"type": "text", "text": "one", "cache_control": MARK}]


def test_behind_blocks_an_instruction_is_a_block_of_its_own() -> None:
    own = [*BLOCKS, {"type": "text", "text": "Be brief."}]
    assert Messages().instruct({"system": BLOCKS}, "Be brief.") == {"system": own}
    first, second, asked = {"role": "system"}, {"role": "developer", "content": BLOCKS}, {"role": "user"}
    told = Chat().instruct({"messages": [first, second, asked]}, "Be brief.")
    assert told["messages"] == [first, {**second, "content": own}, asked]


@pytest.mark.parametrize("body", [{"cachedContent": "caches/1"}, {"cached_content": "caches/1"}])
def test_no_instruction_goes_to_a_provider_that_has_the_system_prompt_already(body: dict[str, Any]) -> None:
    assert Gemini().instruct(body, "Be brief.") == body


def test_an_instruction_goes_where_the_system_prompt_is_taken_from() -> None:
    one, parts = {"parts": {"text": "one"}}, {"parts": [{"text": "one"}, {"text": "Be brief."}]}
    for body in ({"system_instruction": one}, {"systemInstruction": None, "system_instruction": one}):
        assert Gemini().instruct(body, "Be brief.") == {**body, "system_instruction": parts}


def test_what_is_said_last_stands_behind_the_breakpoint_that_the_provider_would_set() -> None:
    said = Messages().say_last({"cache_control": MARK, "messages": [{"role": "user", "content": "one"}]}, "It is noon.")
    assert said is not None
    assert said["cache_control"] is None
    assert said["messages"] == [{"role": "user", "content": [*BLOCKS, {"type": "text", "text": "It is noon."}]}]


def test_nothing_is_said_last_in_a_conversation_that_the_provider_keeps_by_itself() -> None:
    assert Responses().say_last({"input": "Look.", "conversation": "conv_1"}, "It is noon.") is None


@every_form
def test_nothing_is_said_behind_what_the_model_is_to_go_on_from(form: Form) -> None:
    answer = form.wire.answer(form.response([Part("text", "Once upon")]))
    assert answer is not None
    body = form.wire.follow_up(form.body([{"role": "user", "content": "Tell."}]), answer, [])
    assert form.wire.say_last(body, "It is noon.") is None


@every_form
def test_an_answer_is_taken_apart_and_followed_up(form: Form) -> None:
    body = form.body([{"role": "user", "content": "Look."}])
    said = [Part("text", "hm"), Part("retrieve", "a"), Part("client", "b"), Part("retrieve", "c")]
    answer = form.wire.answer(form.response(said))
    assert answer is not None
    assert answer.client_calls
    assert [json.loads(call.arguments) for call in answer.retrievals] == [{"hash": "a"}, {"hash": "c"}]
    followed = form.wire.follow_up(body, answer, [(call, f"for {call.arguments}") for call in answer.retrievals])
    before = form.wire.items(body)
    assert [item is old for item, old in zip(form.wire.items(followed), before, strict=False)] == [True] * len(before)
    results = [segment for _, segment in form.wire.read(followed).segments() if segment.kind == "result"]
    assert [result.text for result in results] == [f"for {call.arguments}" for call in answer.retrievals]
    assert [result.call.arguments for result in results if result.call] == [r.arguments for r in answer.retrievals]


@every_form
def test_responses_are_joined_to_one_without_the_retrieval(form: Form) -> None:
    said = [Part("thinking", "which? "), Part("text", "let me see. "), Part("retrieve", "a")]
    joined = form.wire.join([form.response(said), form.response([Part("thinking", "this."), Part("text", "done")], 1)])
    answer = form.wire.answer(joined)
    assert answer is not None
    assert not answer.retrievals
    seen = form.whole(joined)
    assert (seen.text, seen.thinking, seen.calls, seen.stop) == ("let me see. done", "which? this.", (), form.stop)
    assert NAME not in str(joined)


@every_form
def test_joining_leaves_the_responses_as_they_are(form: Form) -> None:
    responses = [form.response([Part("text", "hm"), Part("retrieve", "a")]), form.response([Part("text", "done")], 1)]
    before = copy.deepcopy(responses)
    form.wire.join(responses)
    assert responses == before


@every_form
def test_a_joined_response_ends_as_what_is_left_of_it(form: Form) -> None:
    only_ours = form.whole(form.wire.join([form.response([Part("retrieve", "a")])]))
    mixed = form.whole(form.wire.join([form.response([Part("retrieve", "a"), Part("client", "b")])]))
    assert (only_ours.calls, only_ours.stop) == ((), form.stop)
    assert [call.name for call in mixed.calls] == ["bash"]
    assert mixed.stop == form.stop_for_calls


@every_form
def test_a_response_of_another_shape_is_no_answer(form: Form) -> None:
    assert form.wire.answer(object()) is None
    assert form.wire.answer({"content": None}) is None


@every_form
@pytest.mark.parametrize("value", [None, "text", 7, [None], ["text", 7], {"a": 1}, [{}], [{"role": 3}], [[]]])
def test_a_history_or_tools_of_another_shape_are_left_alone(form: Form, value: Any) -> None:
    for field in (form.wire.history, "tools"):
        body = {**form.body([]), field: value}
        assert texts_of(form.wire.read(body)) == []
        assert NAME not in form.wire.tool_names(body)


def test_usage_is_added_up_to_its_last_detail() -> None:
    first = {"input_tokens": 1, "cache": {"read": 2}, "tier": "standard", "none": None}
    second = {"input_tokens": 10, "cache": {"read": 20, "write": 3}, "tier": "priority", "more": 1}
    assert add_usage(first, second) == {
        "input_tokens": 11,
        "cache": {"read": 22, "write": 3},
        "tier": "priority",
        "none": None,
        "more": 1,
    }


def test_other_call_types_have_no_format() -> None:
    for call_type in ("aembedding", "atext_completion", "aimage_generation", "pass_through_endpoint", ""):
        assert for_call_type(call_type) is None
    found = {for_call_type(call_type) for wire in wires.FORMATS for call_type in wire.call_types}
    assert found == set(wires.FORMATS)


def test_every_format_is_held_to_the_contract() -> None:
    assert {type(form.wire) for form in FORMS} == {type(wire) for wire in wires.FORMATS}
