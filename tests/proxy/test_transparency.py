"""Where there is nothing to retrieve, the client and the provider cannot tell that the plugin is there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from standin import Pace, Reply, Standin, Text, Thinking, ToolUse
from tests.proxy.clients import Client, Seen
from tests.proxy.script import ANSWER, GET
from tests.proxy.turns import Said, reread

pytestmark = pytest.mark.proxy

BASH = ToolUse("bash", {"command": "ls -la 'a b'"}, id="call_of_the_clients_1")


def timeless(raw: bytes) -> bytes:
    """A response without what differs between any two: ids, times, and what the prompt cost."""
    raw = re.sub(rb"(chatcmpl-|cmpl-|msg_|call_|toolu_|req_|rs_|fc_|ctc_)[0-9a-f]{20,}", rb"\1", raw)
    raw = re.sub(rb'"cachedContentTokenCount":[0-9]+,', b"", raw)
    raw = re.sub(rb"resp_[\w=-]+|(?<=\"responseId\":\")[\w-]+", b"id", raw)
    return re.sub(rb'"(created|created_at|completed_at|cost|\w*_tokens|\w*TokenCount)":\s*[0-9.e-]+', rb'"\1":0', raw)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([Text(ANSWER)], id="text"),
        pytest.param([Text("Let me run it. "), BASH], id="a call of the client's"),
        pytest.param([Thinking("Hm, hm."), Text(ANSWER)], id="thinking"),
        pytest.param([Text('naïve ✓😀\u2028 \\ "q"\r\n  ')], id="odd characters"),
    ],
)
def test_an_answer_is_passed_on_byte_for_byte(
    client: Client, bare: str, standin: Standin, stream: bool, seed: str, reply: list[Any]
) -> None:
    if client.form.name == "gemini":
        # Google's library ends a line at this character.
        reply = [Text(part.text.replace("\u2028", "")) if isinstance(part, Text) else part for part in reply]
    standin.say(Reply(*reply), Reply(*reply), model=client.model)

    with_plugin = client.ask(reread(seed), stream=stream)
    without = client.at(bare).ask(reread(seed), stream=stream)

    assert timeless(with_plugin.raw).split(b"\n") == timeless(without.raw).split(b"\n")


def test_a_request_without_tools_is_passed_on_byte_for_byte(
    client: Client, bare: str, standin: Standin, stream: bool
) -> None:
    turns = [Said('naïve ✓😀\u2028 \\ "q"\r\n  '), Said("Hm. <<ccr:0123456789abcdef01234567>>", "assistant"), Said("2")]
    more = {"extra_body": {"temperature": 0.30000000000000004, "top_p": 1, "unknown_field": {"b": 1, "a": [None]}}}
    if client.form.name == "gemini":
        more = {"temperature": 0.30000000000000004, "top_p": 1}

    with_plugin = client.ask(turns, stream=stream, tools=(), **more)
    without = client.at(bare).ask(turns, stream=stream, tools=(), **more)

    first, second = standin.wait_for(2, client.model)
    assert first.raw == second.raw
    assert timeless(with_plugin.raw) == timeless(without.raw)


def test_a_request_with_tools_differs_in_the_retrieve_tool_only(
    client: Client, bare: str, standin: Standin, stream: bool
) -> None:
    turns = [Said("One."), Said("Two.", "assistant"), Said("Three.")]

    client.ask(turns, stream=stream, tools=("bash", "grep"))
    client.at(bare).ask(turns, stream=stream, tools=("bash", "grep"))

    with_plugin, without = (request.body for request in standin.wait_for(2, client.model))
    assert with_plugin != without
    assert list(with_plugin) == list(without)
    assert _without_retrieve_tool(with_plugin) == without


def _without_retrieve_tool(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_retrieve_tool(item) for item in value if not _is_retrieve_tool(item)]
    return {name: _without_retrieve_tool(item) for name, item in value.items()} if isinstance(value, dict) else value


def _is_retrieve_tool(item: Any) -> bool:
    return isinstance(item, dict) and (item.get("function") or item).get("name") == "headroom_retrieve"


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param([[Thinking("Hm."), Text("naïve ✓😀 "), BASH]], id="without a retrieval"),
        pytest.param([[Text("✓ "), ToolUse(GET.name, GET.arguments, "call_1")], [Text("😀")]], id="with a retrieval"),
        pytest.param([[Text("✓ "), ToolUse(GET.name, GET.arguments, "call_1"), BASH]], id="beside a retrieval"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_where_the_providers_bytes_are_cut_makes_no_difference(
    client: Client, standin: Standin, seed: str, rounds: list[list[Any]], size: int
) -> None:
    replies = [Reply(*parts) for parts in rounds]
    # LiteLLM itself puts the lines of a chat stream together; those of a messages stream reach the plugin as they come.
    apart = 0.0 if client.form.name == "chat" else 0.01

    standin.say(*replies, model=client.model)
    whole = client.ask(reread(seed), stream=True)
    standin.pace(Pace(chunk_bytes=size, chunk_ms=apart), model=client.model)
    standin.say(*replies, model=client.model)
    cut = client.ask(reread(seed), stream=True)

    assert _said(cut) == _said(whole)
    assert b"headroom" not in cut.raw


def _said(seen: Seen) -> tuple[Any, ...]:
    assert seen.usage is not None
    return seen.text, seen.thinking, seen.arguments, seen.stop, seen.usage.prompt, seen.usage.output
