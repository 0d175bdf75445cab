"""What only OpenAI's chat format has."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletion

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Chat

from .forms import ChatForm
from .forms.base import Part


def answer(word: str, *, retrieves: bool = False, logprobs: bool = True) -> ChatCompletion:
    parts = [Part("text", word), *([Part("retrieve", "0" * 24)] if retrieves else [])]
    response = ChatForm().response(parts)
    token = {"token": word, "logprob": -0.5, "bytes": None, "top_logprobs": []}
    data = response.model_dump()
    data["choices"][0]["logprobs"] = {"content": [token], "refusal": None} if logprobs else None
    return ChatCompletion.model_validate(data)


def test_the_log_probabilities_of_a_joined_answer_are_those_of_all_its_words() -> None:
    joined: Any = Chat().join([answer("one ", retrieves=True), answer("two")])
    assert joined.choices[0].message.content == "one two"
    assert [entry.token for entry in joined.choices[0].logprobs.content] == ["one ", "two"]


def test_an_answer_without_log_probabilities_has_none() -> None:
    joined: Any = Chat().join([answer("one ", retrieves=True), answer("two", logprobs=False)])
    assert joined.choices[0].logprobs is None


FUNCTION = {"type": "function", "function": {"name": "bash"}}
CUSTOM = {"type": "custom", "custom": {"name": "patch"}}


@pytest.mark.parametrize(
    ("mode", "tools", "more"),
    [
        ("auto", [FUNCTION], 1),
        ("auto", [FUNCTION, CUSTOM], 1),
        ("required", [FUNCTION, CUSTOM], 1),
        ("required", [FUNCTION], 0),
        ("auto", [], 0),
    ],
)
def test_the_retrieve_tool_is_among_the_tools_that_are_allowed_but_where_one_is_forced(
    mode: str, tools: list[Any], more: int
) -> None:
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}
    body = {"messages": [], "tools": [FUNCTION, CUSTOM], "tool_choice": choice}
    declared = Chat().declare(body)["tool_choice"]
    ours = [{"type": "function", "function": {"name": NAME}}]
    assert declared == {**choice, "allowed_tools": {"mode": mode, "tools": [*tools, *ours[:more]]}}
    assert NAME not in str(choice)


@pytest.mark.parametrize("choice", ["auto", None, FUNCTION, {"type": "allowed_tools"}, {"allowed_tools": 7}])
def test_other_choices_of_a_tool_stay(choice: Any) -> None:
    assert Chat().declare({"messages": [], "tools": [FUNCTION], "tool_choice": choice})["tool_choice"] is choice


@pytest.mark.parametrize("role", ["system", "developer"])
def test_developers_speak_as_the_system_does(role: str) -> None:
    (turn,) = Chat().read({"messages": [{"role": role, "content": "Be brief."}]}).turns
    assert turn.role == "system"


def test_a_function_call_of_the_old_form_is_read_with_its_result() -> None:
    call = {"name": "bash", "arguments": '{"command": "ls"}'}
    messages = [
        {"role": "assistant", "content": None, "function_call": call},
        {"role": "function", "name": "bash", "content": "a\nb"},
    ]
    segments = [segment for _, segment in Chat().read({"messages": messages}).segments()]
    assert [(segment.kind, segment.text) for segment in segments] == [("call", call["arguments"]), ("result", "a\nb")]
    assert segments[1].call is not None
    assert segments[1].call.name == "bash"


def test_a_breakpoint_on_an_answer_stays_with_what_comes_in_its_place() -> None:
    mark = {"type": "ephemeral"}
    shown = [{"role": "assistant", "content": [{"type": "text", "text": "a", "cache_control": mark}]}]
    items: list[Any] = [{"role": "assistant", "content": "one"}, {"role": "assistant", "content": "a"}]
    assert Chat().carry(shown, items) == [items[0], {**items[1], "cache_control": mark}]
    assert Chat().carry([{"role": "assistant", "content": "a"}], items) == items
