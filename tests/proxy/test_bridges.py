"""Formats that LiteLLM translates: the client speaks one, the provider the other."""

from __future__ import annotations

import json

import pytest

from standin import Reply, Standin, Text, Thinking, ToolUse
from tests.proxy.clients import FORMATS, Client, Format, format_of
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.turns import Thought, original, reread

pytestmark = pytest.mark.proxy

BASH = ToolUse("bash", {"command": "ls"})


PAIRS = [
    ("chat", "claude"),
    ("chat", "gemini"),
    ("messages", "openai"),
    ("messages", "responses"),
    ("messages", "gemini"),
    ("responses", "claude"),
    ("responses", "gemini"),
    ("gemini", "openai"),
]
"""A client's format, and the models of a provider that speaks another. Not Gemini's to Anthropic: there LiteLLM gives
all calls of one function the same id, which Anthropic refuses."""


@pytest.fixture(params=PAIRS, ids=" to ".join)
def pair_of_formats(request: pytest.FixtureRequest) -> tuple[str, str]:
    pair: tuple[str, str] = request.param
    return pair


@pytest.fixture
def form(pair_of_formats: tuple[str, str]) -> Format:
    return FORMATS[pair_of_formats[0]]


@pytest.fixture(params=["plugin", "guarded"])
def client(request: pytest.FixtureRequest, pair_of_formats: tuple[str, str], form: Format, seed: str) -> Client:
    url = request.getfixturevalue(request.param)
    models = pair_of_formats[1]
    model = FORMATS[models].model(seed) if models in FORMATS else f"{models}-{seed}"
    return Client(form, url, model, key=f"sk-{seed}")


def test_a_retrieval_is_invisible(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    first, follow_up = standin.wait_for(2, client.model)
    assert original(seed) not in format_of(first).results(first.body)[1]
    assert _unwrapped(format_of(follow_up).results(follow_up.body)[2]) == original(seed)


def _unwrapped(result: str) -> str:
    """Gemini's results are objects: LiteLLM hands them on as JSON."""
    if not result.startswith('{"output": '):
        return result
    output: str = json.loads(result)["output"]
    return output


def test_calls_of_the_clients_go_out_beside_a_retrieval(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(Reply(Text("Both. "), GET, BASH), model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert b"headroom" not in seen.raw
    assert seen.text == "Both. "
    assert seen.arguments == [("bash", BASH.arguments)]
    assert seen.stop == "tools"


def test_the_follow_up_of_a_chat_carries_thinking_with_its_signature(
    plugin: str, standin: Standin, stream: bool, seed: str
) -> None:
    client = Client(FORMATS["chat"], plugin, f"claude-{seed}", f"sk-{seed}")
    thought = Thought("Row 17? Not shown.")
    standin.say(Reply(Thinking(thought.text), Text("Let me look. "), GET), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    assert seen.thinking == (thought.text,)
    first, follow_up = standin.wait_for(2, client.model)
    turn = follow_up.body["messages"][len(first.body["messages"])]
    assert turn["content"][0] == {"type": "thinking", "thinking": thought.text, "signature": thought.signature}
    assert [block["type"] for block in turn["content"]] == ["thinking", "text", "tool_use"]
