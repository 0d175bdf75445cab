"""Whatever a request asks for besides: it holds for the hidden calls too."""

from __future__ import annotations

from typing import Any

import pytest

from standin import Pace, Reply, Standin, Text
from tests.proxy.clients import FORMATS, Client
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.turns import original, reread

pytestmark = pytest.mark.proxy

_SCHEMA = {"type": "object", "properties": {"row": {"type": "integer"}}, "additionalProperties": False}
_FORMAT = {"name": "row", "schema": {**_SCHEMA, "required": ["row"]}, "strict": True}
_FUNCTION = {"type": "function", "function": {"name": "bash"}}

OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "chat": {
        "a tool forced": {"tool_choice": _FUNCTION},
        "any tool forced": {"tool_choice": "required"},
        "no tool": {"tool_choice": "none"},
        "one call at a time": {"parallel_tool_calls": False},
        "a schema": {"response_format": {"type": "json_schema", "json_schema": _FORMAT}},
        "log probabilities": {"logprobs": True, "top_logprobs": 2},
        "stops": {"stop": ["\n\n", "END"]},
        "limits": {"max_completion_tokens": 100, "temperature": 0.5, "seed": 7},
    },
    "messages": {
        "a tool forced": {"tool_choice": {"type": "tool", "name": "bash"}},
        "any tool forced": {"tool_choice": {"type": "any"}},
        "no tool": {"tool_choice": {"type": "none"}},
        "one call at a time": {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        "stops": {"stop_sequences": ["END"]},
        "limits": {"max_tokens": 100, "extra_body": {"temperature": 0.5, "top_k": 5}},
    },
    "responses": {
        "a tool forced": {"tool_choice": {"type": "function", "name": "bash"}},
        "any tool forced": {"tool_choice": "required"},
        "no tool": {"tool_choice": "none"},
        "one call at a time": {"parallel_tool_calls": False},
        "a schema": {"text": {"format": {"type": "json_schema", **_FORMAT}}},
        "not kept": {"store": False, "include": ["reasoning.encrypted_content"]},
        "limits": {"max_output_tokens": 100, "temperature": 0.5},
    },
    "gemini": {
        "a tool forced": {
            "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["bash"]}}
        },
        "no tool": {"tool_config": {"function_calling_config": {"mode": "NONE"}}},
        "stops": {"stop_sequences": ["END"]},
        "limits": {"max_output_tokens": 100, "temperature": 0.5, "seed": 7},
    },
}


@pytest.mark.parametrize(
    ("form", "options"),
    [
        pytest.param(FORMATS[name], options, id=f"{name}: {what}")
        for name, known in OPTIONS.items()
        if name in FORMATS
        for what, options in known.items()
    ],
)
def test_options_are_those_of_the_follow_up_too(
    client: Client, bare: str, standin: Standin, stream: bool, seed: str, options: dict[str, Any]
) -> None:
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream, **options)
    client.at(bare).ask(reread(seed), stream=stream, **options)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    first, follow_up, without = standin.wait_for(3, client.model)
    assert client.form.results(follow_up.body)[2] == original(seed)
    assert _options(client, first.body) == _options(client, follow_up.body) == _options(client, without.body)


def _options(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in (client.form.history_field, "tools")}


@pytest.mark.parametrize("form", [FORMATS["chat"]])
def test_a_stream_without_usage_has_none(client: Client, standin: Standin, seed: str) -> None:
    standin.say(Reply(GET), ANSWER, model=client.model)
    received = bytearray()

    with client.form.library(client.url, client.key, received) as library:
        chunks = list(library.chat.completions.create(**client.body(reread(seed)), stream=True))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWER
    assert all(chunk.usage is None for chunk in chunks)
    assert b"headroom" not in received
    assert b'"usage":{' not in received


@pytest.mark.parametrize("form", [FORMATS["chat"]])
def test_a_request_for_several_answers_gets_no_marker_and_no_tool(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    client.ask(reread(seed), stream=stream, n=2)

    (request,) = standin.wait_for(1, client.model)
    assert request.body["n"] == 2
    assert request.tool_names == ["bash"]
    assert request.hashes == []


def test_a_follow_up_is_tried_again_as_often_as_the_first_call(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(Reply(GET), Reply(status=500), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream, extra_body={"num_retries": 1})

    assert_unseen(seen)
    assert seen.text == ANSWER
    _, failed, again = standin.wait_for(3, client.model)
    assert failed.raw == again.raw


@pytest.mark.parametrize("form", [FORMATS[name] for name in ("chat", "messages", "responses")])
def test_another_model_goes_on_where_the_first_one_fails(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    other = FORMATS["responses" if client.form.model_prefix == "claude" else "messages"].model(f"other-{seed}")
    standin.say(Reply(Text("Let me look. "), GET), Reply(status=500), model=client.model)
    standin.say(ANSWER, model=other)

    seen = client.ask(reread(seed), stream=stream, extra_body={"fallbacks": [other]})

    assert b"headroom" not in seen.raw
    assert seen.text == "Let me look. " + ANSWER
    (went_on,) = standin.wait_for(1, other)
    assert original(seed) in went_on.text


def test_a_follow_up_that_takes_too_long_falls_back(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(GET), Reply(ANSWER, pace=Pace(hang_after=0)), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream, extra_headers={"x-litellm-timeout": "2"})

    assert b"headroom" not in seen.raw
    assert seen.text == ANSWER
    assert len(standin.wait_for(3, client.model)) == 3
