"""The client's own tools work as if the plugin were not there."""

from __future__ import annotations

import pytest

from standin import Reply, Standin, Text, ToolUse
from tests.proxy.clients import Client
from tests.proxy.script import ANSWER, GET
from tests.proxy.turns import Result, original, reread

pytestmark = pytest.mark.proxy

BASH = ToolUse("bash", {"command": "ls -la 'a b'"}, id="call_of_the_clients_1")
GREP = ToolUse("grep", {"command": "x"}, id="call_of_the_clients_2")
TOOLS = ("bash", "grep")


def test_a_call_of_the_clients_goes_out(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(Text("Let me run it. "), BASH, GREP), model=client.model)

    seen = client.ask(reread(seed), stream=stream, tools=TOOLS)

    assert seen.text == "Let me run it. "
    assert seen.arguments == [("bash", BASH.arguments), ("grep", GREP.arguments)]
    assert [call.id for call in seen.calls] == [BASH.id, GREP.id]
    assert seen.stop == "tools"
    assert len(standin.wait_for(1, client.model)) == 1


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([GET, BASH, GREP], id="retrieval first"),
        pytest.param([BASH, GET, GREP], id="retrieval between"),
        pytest.param([BASH, GREP, GET], id="retrieval last"),
        pytest.param([GET, BASH, GET, GREP], id="two retrievals"),
    ],
)
def test_calls_of_the_clients_go_out_beside_a_retrieval(
    client: Client, standin: Standin, stream: bool, seed: str, calls: list[ToolUse]
) -> None:
    standin.say(Reply(Text("Both. "), *calls), model=client.model)

    seen = client.ask(reread(seed), stream=stream, tools=TOOLS)

    assert b"headroom" not in seen.raw
    assert seen.text == "Both. "
    assert [(call.id, call.arguments) for call in seen.calls] == [(BASH.id, BASH.arguments), (GREP.id, GREP.arguments)]
    assert seen.stop == "tools"


def test_the_client_goes_on_with_its_results_behind_a_retrieval(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(Reply(GET, BASH), ANSWER, model=client.model)
    turns = reread(seed)

    first = client.ask(turns, stream=stream, tools=TOOLS)
    (call,) = first.calls
    seen = client.ask([*turns, first.heard, Result(call.id, "total 0")], stream=stream, tools=TOOLS)

    assert seen.text == ANSWER
    assert b"headroom" not in seen.raw


def test_a_call_behind_a_retrieval_goes_out(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), Reply(Text("Now run it. "), BASH), model=client.model)

    seen = client.ask(reread(seed), stream=stream, tools=TOOLS)

    assert b"headroom" not in seen.raw
    assert seen.text == "Let me look. Now run it. "
    assert seen.arguments == [("bash", BASH.arguments)]
    assert seen.stop == "tools"


@pytest.mark.parametrize("name", ["headroom_retrieve", "mcp__x__headroom_retrieve"])
def test_a_client_with_a_retrieve_tool_keeps_it(
    client: Client, standin: Standin, stream: bool, seed: str, name: str
) -> None:
    call = ToolUse(name, {"hash": "0123456789abcdef01234567"}, id="call_of_the_clients_1")
    standin.say(Reply(call), model=client.model)

    seen = client.ask(reread(seed), stream=stream, tools=("bash", name))

    assert seen.arguments == [(name, call.arguments)]
    assert [sent.id for sent in seen.calls] == [call.id]
    assert seen.stop == "tools"
    (request,) = standin.wait_for(1, client.model)
    assert request.tool_names == ["bash", name]
    assert request.hashes == []
    assert client.form.results(request.body)[0] == original(seed)


def test_without_tools_there_is_no_marker_and_no_retrieve_tool(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    client.ask(reread(seed), stream=stream, tools=())

    (request,) = standin.wait_for(1, client.model)
    assert request.tool_names == []
    assert request.hashes == []
