"""Whatever comes in: the original goes through or the answer is a clear message, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom_litellm import compress
from headroom_litellm.ccr.key import key_of
from headroom_litellm.wire import Chat

from .conversations import CHAT_TOOLS, MESSAGES_TOOLS


def asked(output: Any, arguments: Any = "{}", name: Any = "api") -> list[dict[str, Any]]:
    call = {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
    return [
        {"role": "user", "content": "What is wrong with zq77?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": output},
    ]


def assert_nothing_lost(output: str) -> str:
    messages = asked(output)
    result = compress(messages, tools=CHAT_TOOLS)
    shown = result.messages[-1]["content"]
    if shown != output and result.items[0].kept < result.items[0].total:
        assert result.retrieve({"hash": key_of(output)}) == output
    return str(shown)


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("", id="empty"),
        pytest.param("\ud800 lone \udfff surrogates\n" * 400, id="lone surrogates"),
        pytest.param("[" * 100_000, id="unclosed nesting"),
        pytest.param("[" * 50_000 + "]" * 50_000, id="deep nesting"),
        pytest.param('{"a":' * 20_000 + "1" + "}" * 20_000, id="deep objects"),
        pytest.param("\x00\x01\x02" * 5000, id="control characters"),
        pytest.param("a" * 1_000_000, id="one long line"),
        pytest.param("\n" * 200_000, id="only line ends"),
        pytest.param("x\r\n" * 50_000, id="windows line ends"),
        pytest.param(json.dumps({"data": "QUJD" * 50_000}), id="an opaque string"),
        pytest.param('[{"id": 1e999}, {"id": -0}, {"id": 00}]' * 200, id="odd numbers"),
        pytest.param("🎉" * 20_000, id="emoji"),
    ],
)
def test_strange_outputs_are_kept_or_can_be_had_back(output: str) -> None:
    assert_nothing_lost(output)


def test_a_20_mb_output_is_shortened_and_can_be_had_back() -> None:
    lines = [
        f"2024-05-01 10:{i // 60 % 60:02d}:{i % 60:02d} INFO worker-{i % 7} request {i} finished"
        for i in range(360_000)
    ]
    lines[200_000] = "2024-05-01 10:00:00 ERROR worker-3 request zq77 failed: connection refused"
    output = "\n".join(lines)
    assert len(output) > 20_000_000
    shown = assert_nothing_lost(output)
    assert "zq77 failed" in shown
    assert len(shown) < len(output) // 100


def test_10_000_messages_are_dealt_with() -> None:
    messages: list[dict[str, Any]] = []
    for number in range(3333):
        messages += asked(f"output number {number % 50}\n" * 5)
    assert len(compress(messages, tools=CHAT_TOOLS).messages) == len(messages)


@pytest.mark.parametrize("arguments", ["{broken", "", "null", "[]", '"text"', "{" * 50_000, None, 7, {"a": 1}])
def test_malformed_tool_arguments_are_no_obstacle(arguments: Any) -> None:
    rows = json.dumps([{"id": number, "state": "ok"} for number in range(500)])
    result = compress(asked(rows, arguments), tools=CHAT_TOOLS)
    assert result.messages[1]["tool_calls"][0]["function"]["arguments"] == arguments
    assert result.items


@pytest.mark.parametrize(
    "content",
    [None, [], [None], [{"type": "text"}], [{"type": "image_url", "image_url": {"url": "data:,"}}], 7, {"a": 1}],
)
def test_content_of_any_shape_passes_unchanged(content: Any) -> None:
    messages = asked(content)
    assert compress(messages, tools=CHAT_TOOLS).messages == messages
    blocks = [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": content}]}]
    assert compress(blocks, tools=MESSAGES_TOOLS).messages == blocks


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"n": 2**70}, id="integers over 64 bits"),
        pytest.param({"text": "\ud800"}, id="lone surrogates"),
        pytest.param(json.loads("[" * 400 + "]" * 400), id="deep nesting"),
    ],
)
def test_an_odd_tool_input_costs_no_other_output_its_compression(given: Any) -> None:
    rows = json.dumps([{"id": number, "state": "ok"} for number in range(500)])
    messages: list[dict[str, Any]] = []
    for id_, value in (("a", given), ("b", {})):
        use = {"type": "tool_use", "id": id_, "name": "api", "input": value}
        result = {"type": "tool_result", "tool_use_id": id_, "content": rows if id_ == "b" else "ok"}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    assert compress(messages, tools=MESSAGES_TOOLS).items


def test_several_choices_get_lossless_forms_only() -> None:
    wire = Chat()
    body = {"messages": [], "tools": CHAT_TOOLS}
    assert wire.can_retrieve({**body, "n": 1})
    assert not wire.can_retrieve({**body, "n": 2})


def test_results_without_a_call_and_calls_without_a_result_pass() -> None:
    messages = [{"role": "tool", "tool_call_id": "nobody", "content": "x"}, *asked("y")[:2]]
    assert compress(messages, tools=CHAT_TOOLS).messages == messages


def test_fields_nobody_knows_stay_on_a_rewritten_message() -> None:
    rows = json.dumps([{"id": number, "state": "ok"} for number in range(500)])
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}
    block = {
        "type": "tool_result",
        "tool_use_id": "t",
        "is_error": False,
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
        "content": [{"type": "text", "text": rows, "citations": None}, image],
        "x-unknown": [1],
    }
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    use = {"type": "tool_use", "id": "t", "name": "api", "input": {}}
    messages = [{"role": "assistant", "content": [thinking, use]}, {"role": "user", "content": [block], "x": 1}]
    written = compress(messages, tools=MESSAGES_TOOLS).messages
    assert written[0] is messages[0]
    inner = written[1]["content"][0]
    assert inner["content"][1] is image
    assert inner["content"][0]["text"] != rows
    inner["content"][0]["text"] = rows
    assert written == messages
