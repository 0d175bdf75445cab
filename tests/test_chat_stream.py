"""What only the chat stream has: calls that come in pieces, custom tools, thinking blocks."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Chat, Failsafe, Splicer

from .forms import ChatForm, Part

FORM = ChatForm()


class CustomDelta(BaseModel):
    """A call of a custom tool, as LiteLLM streams it."""

    index: int
    id: str
    type: str
    custom: dict[str, Any]


def call(name: str, arguments: str = "", index: int = 0) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": index, "id": f"t{index}", "type": "function", "function": function}]}


def fed(splicer: Splicer, *deltas: dict[str, Any], finish: str | None = None) -> list[ChatCompletionChunk]:
    chunks = [FORM.chunk(0, delta) for delta in deltas] + ([FORM.chunk(0, {}, finish)] if finish else [])
    return [out for chunk in chunks for out in splicer.feed(chunk)]


def usage() -> ChatCompletionChunk:
    return FORM.events([], 0, [])[1][0]


@pytest.mark.parametrize("name", [NAME[:length] for length in range(1, len(NAME))])
@pytest.mark.parametrize("arguments", ["", "{}"])
def test_a_client_tool_whose_name_begins_like_ours_is_the_clients(name: str, arguments: str) -> None:
    splicer = FORM.wire.splicer()
    pieces = {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}
    deltas = [call(name, arguments)] if arguments else [call(name), pieces]
    out = fed(splicer, {"role": "assistant"}, *deltas, finish="tool_calls")
    seen = FORM.streamed([*out, *splicer.feed(usage())])
    assert [(one.name, one.arguments) for one in seen.calls] == [(name, {})]
    assert seen.stop == "tool_calls"
    assert splicer.answer().client_calls


def test_the_role_arrives_when_it_comes_with_a_retrieve_call() -> None:
    splicer = FORM.wire.splicer()
    out = fed(splicer, {"role": "assistant", **call(NAME, "{}")}, finish="tool_calls")
    splicer.next_stream()
    for chunk in FORM.items([Part("text", "done")], 1):
        out += splicer.feed(chunk)
    seen = FORM.streamed(out)
    assert (seen.text, seen.stop) == ("done", "stop")


def test_a_custom_tool_is_the_clients() -> None:
    splicer = FORM.wire.splicer()
    custom = {"index": 0, "id": "t", "type": "custom", "custom": {"name": "patch", "input": "x"}}
    chunk = FORM.chunk(0, {"role": "assistant"})
    chunk.choices[0].delta.tool_calls = [CustomDelta.model_validate(custom)]  # type: ignore[list-item]
    assert list(splicer.feed(chunk)) == [chunk]
    fed(splicer, finish="tool_calls")
    assert splicer.answer().client_calls


def test_a_custom_tool_whose_input_comes_in_pieces_is_sent_back_whole() -> None:
    splicer = FORM.wire.splicer()
    begun = {"index": 0, "id": "t", "type": "custom", "custom": {"name": "patch", "input": "a "}}
    for custom in (begun, {**begun, "custom": {"input": "b"}}):
        chunk = FORM.chunk(0, {"role": "assistant"})
        chunk.choices[0].delta.tool_calls = [CustomDelta.model_validate(custom)]  # type: ignore[list-item]
        assert list(splicer.feed(chunk)) == [chunk]
    fed(splicer, call(NAME, "{}", 1), finish="tool_calls")
    (turn,) = splicer.answer().items
    assert turn["tool_calls"][0] == {"id": "t", "type": "custom", "custom": {"name": "patch", "input": "a b"}}


def test_an_answer_given_early_does_not_grow() -> None:
    splicer = FORM.wire.splicer()
    blocks = [{"type": "thinking", "thinking": "so "}, {"type": "thinking", "thinking": "it is", "signature": "s"}]
    answers = []
    for block in blocks:
        fed(splicer, {"reasoning_content": "", "content": "hm", "thinking_blocks": [block]}, finish="stop")
        assert splicer.ended
        answers.append(splicer.answer())
    assert [answer.items[0]["thinking_blocks"][0]["thinking"] for answer in answers] == ["so ", "so it is"]
    assert [answer.items[0]["content"] for answer in answers] == ["hm", "hmhm"]


def test_thinking_blocks_are_sent_back_whole_with_their_signatures() -> None:
    splicer = FORM.wire.splicer()
    blocks = [
        {"type": "thinking", "thinking": "so "},
        {"type": "thinking", "thinking": "it is"},
        {"type": "thinking", "thinking": "", "signature": "s1"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "next", "signature": "s2"},
    ]
    deltas = [{"reasoning_content": block.get("thinking", ""), "thinking_blocks": [block]} for block in blocks]
    fed(splicer, *deltas, call(NAME, "{}"), finish="tool_calls")
    (turn,) = splicer.answer().items
    assert turn["reasoning_content"] == "so it isnext"
    assert turn["thinking_blocks"] == [
        {"type": "thinking", "thinking": "so it is", "signature": "s1"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "next", "signature": "s2"},
    ]


def test_thinking_that_is_said_again_beside_its_signature_is_said_once() -> None:
    splicer = FORM.wire.splicer()
    blocks = [{"type": "thinking", "thinking": "so "}, {"type": "thinking", "thinking": "it is"}]
    whole = {"type": "thinking", "thinking": "so it is", "signature": "s"}
    deltas = [{"reasoning_content": "", "thinking_blocks": [block]} for block in (*blocks, whole)]
    fed(splicer, *deltas, call(NAME, "{}"), finish="tool_calls")
    (turn,) = splicer.answer().items
    assert turn["thinking_blocks"] == [whole]


def test_thinking_blocks_of_all_rounds_are_joined() -> None:
    first, second = FORM.response([Part("retrieve", "a")]), FORM.response([Part("text", "done")], 1)
    for response, signature in ((first, "s1"), (second, "s2")):
        block = {"type": "thinking", "thinking": "hm", "signature": signature}
        response.choices[0].message.thinking_blocks = [block]  # type: ignore[attr-defined]
    joined = FORM.wire.join([first, second])
    assert [block["signature"] for block in joined.choices[0].message.thinking_blocks] == ["s1", "s2"]


def test_a_call_of_which_only_part_of_the_name_came_is_not_lost_when_splicing_is_given_up() -> None:
    inner = FORM.wire.splicer()
    safe = Failsafe(inner)
    out = fed(safe, {"role": "assistant"}, call("head"), {"tool_calls": [{"index": 0, "function": {"name": "room"}}]})
    inner.feed = None  # type: ignore[assignment, method-assign]
    out += fed(safe, {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, finish="tool_calls")
    seen = FORM.streamed([*out, *safe.feed(usage())])
    assert safe.error is not None
    assert [(one.id, one.name, one.arguments) for one in seen.calls] == [("t0", "headroom", {})]


@pytest.mark.parametrize("parts", [[], [Part("thinking", "hm")]])
def test_a_message_that_says_nothing_is_not_sent_back(parts: list[Part]) -> None:
    answer = FORM.wire.answer(FORM.response(parts))
    assert answer is not None
    assert answer.items == ()


def test_with_several_choices_there_is_no_retrieval() -> None:
    body = FORM.body([])
    assert [Chat().can_retrieve({**body, "n": n}) for n in (None, 1, 2)] == [True, True, False]
