"""One contract over all wire formats, without streams (those are in `test_splicers.py`)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.conversation import Conversation
from headroom_litellm.wire import FORMATS, Chat, Messages, Wire, for_call_type, write
from headroom_litellm.wire.base import add_usage

from .conversations import CHAT_TOOLS, MESSAGES_TOOLS, chats, to_messages


@dataclass(frozen=True)
class Form:
    """A format, and how its requests and answers look."""

    wire: Wire
    tools: list[dict[str, Any]]
    history: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
    response: Callable[..., Any]

    def body(self, chat: list[dict[str, Any]]) -> dict[str, Any]:
        return {"model": "m", "messages": self.history(chat), "tools": self.tools, "temperature": 0}


def chat_response(text: str, *calls: tuple[str, str]) -> ChatCompletion:
    tool_calls = [
        {"id": f"c{at}", "type": "function", "function": {"name": name, "arguments": json.dumps({"hash": hash_})}}
        for at, (name, hash_) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text or None, **({"tool_calls": tool_calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return ChatCompletion.model_validate(
        {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    )


def messages_response(text: str, *calls: tuple[str, str]) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    blocks += [
        {"type": "tool_use", "id": f"c{at}", "name": name, "input": {"hash": hash_}}
        for at, (name, hash_) in enumerate(calls)
    ]
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_creation": {"ephemeral_5m_input_tokens": 2}}
    return {"content": blocks, "stop_reason": "tool_use" if calls else "end_turn", "usage": usage}


FORMS = [
    pytest.param(Form(Chat(), CHAT_TOOLS, lambda chat: chat, chat_response), id="chat"),
    pytest.param(Form(Messages(), MESSAGES_TOOLS, to_messages, messages_response), id="messages"),
]
every_form = pytest.mark.parametrize("form", FORMS)


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
    for at, message in enumerate(body["messages"]):
        assert (written["messages"][at] is message) == (at not in touched)


@every_form
def test_the_retrieve_tool_goes_to_the_tail_and_is_the_same_every_time(form: Form) -> None:
    body = form.body([])
    first, second = form.wire.declare(body), form.wire.declare(body)
    assert json.dumps(first) == json.dumps(second)
    assert first["tools"][:-1] == body["tools"]
    assert form.wire.tool_names(first) == ["bash", NAME]
    assert form.wire.declares_retrieve(first)
    assert not form.wire.declares_retrieve(body)


@every_form
def test_an_answer_is_taken_apart_and_followed_up(form: Form) -> None:
    body = form.body([])
    answer = form.wire.answer(form.response("hm", (NAME, "a"), ("bash", "b"), (NAME, "c")))
    assert answer is not None
    assert answer.client_calls
    assert [json.loads(call.arguments) for call in answer.retrievals] == [{"hash": "a"}, {"hash": "c"}]
    followed = form.wire.follow_up(body, answer, [(call, f"for {call.id}") for call in answer.retrievals])
    assert followed["messages"][: len(body["messages"])] == body["messages"]
    assert texts_of(form.wire.read(followed)) == ["for c0", "for c2"]


@every_form
def test_responses_are_joined_to_one_without_the_retrieval(form: Form) -> None:
    joined = form.wire.join([form.response("let me see. ", (NAME, "a")), form.response("done")])
    answer = form.wire.answer(joined)
    assert answer is not None
    assert not answer.retrievals
    said = json.dumps(answer.items)
    assert "let me see. " in said
    assert "done" in said
    assert NAME not in said


@every_form
def test_a_joined_response_ends_as_what_is_left_of_it(form: Form) -> None:
    only_ours = str(form.wire.join([form.response("", (NAME, "a"))]))
    mixed = str(form.wire.join([form.response("", (NAME, "a"), ("bash", "b"))]))
    assert "tool_calls'" not in only_ours.replace("tool_calls=None", "")
    assert "tool_use" not in only_ours
    assert "bash" in mixed
    assert ("finish_reason='tool_calls'" in mixed) or ("'stop_reason': 'tool_use'" in mixed)


@every_form
def test_a_response_of_another_shape_is_no_answer(form: Form) -> None:
    assert form.wire.answer(object()) is None
    assert form.wire.answer({"content": None}) is None


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
    assert {for_call_type(call_type) for wire in FORMATS for call_type in wire.call_types} == set(FORMATS)
