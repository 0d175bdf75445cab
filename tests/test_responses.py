"""What only the Responses API has in its requests and in answers given whole."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.conversation import ToolCall
from headroom_litellm.shell import reads_a_file
from headroom_litellm.wire import Responses, write

from .forms import Part, ResponsesForm
from .forms.responses import TOOLS, sent

WIRE, FORM = Responses(), ResponsesForm()
ASKED = [Part("text", "hm"), Part("retrieve", "a")]
CALL = {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command": "ls"}'}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "a.txt"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
SHELL = {"type": "local_shell_call", "id": "ls_1", "call_id": "c2", "action": {"type": "exec", "command": ["cat", "a"]}}
COMMANDS = {"type": "shell_call", "call_id": "c3", "action": {"commands": ["cd src", "cat a.py"], "timeout_ms": None}}
MCP = {"type": "mcp_call", "id": "mcp_1", "name": "find", "arguments": "{}", "server_label": "s", "output": "found"}
ANSWERED_BY = {"role": "user", "content": "go on"}


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}], **more}


@pytest.mark.parametrize(
    ("item", "role", "texts"),
    [
        ({"role": "user", "content": "hi"}, "user", ["hi"]),
        (
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "a"}, {"type": "input_image"}, {"text": "b"}],
            },
            "user",
            ["a", "b"],
        ),
        ({"role": "developer", "content": "rules"}, "system", ["rules"]),
        (said("done", id="msg_1"), "assistant", ["done"]),
        ({"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}, "assistant", ["no"]),
        (THOUGHT, "assistant", []),
        (CALL, "assistant", ['{"command": "ls"}']),
        ({"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "*** x"}, "assistant", ["*** x"]),
        (SHELL, "assistant", ['{"type":"exec","command":["cat","a"]}']),
        (COMMANDS, "assistant", ['{"command":"cd src\\ncat a.py"}']),
        (
            {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file"}},
            "assistant",
            ['{"type":"delete_file"}'],
        ),
        (MCP, "assistant", ["{}", "found"]),
        ({"type": "web_search_call", "id": "ws_1"}, "assistant", []),
        (OUTPUT, "tool", ["a.txt"]),
        ({**OUTPUT, "output": [{"type": "input_text", "text": "a"}, {"type": "input_image"}]}, "tool", ["a"]),
        ({"type": "custom_tool_call_output", "call_id": "c", "output": "ok"}, "tool", ["ok"]),
        ({"type": "local_shell_call_output", "id": "ls_1", "output": "{}"}, "tool", ["{}"]),
        (
            {"type": "shell_call_output", "call_id": "c", "output": [{"stdout": "a", "stderr": "b", "outcome": {}}]},
            "tool",
            ["a", "b"],
        ),
        ({"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}}, "tool", []),
    ],
)
def test_every_kind_of_item_is_read(item: dict[str, Any], role: str, texts: list[str]) -> None:
    (turn,) = WIRE.read({"input": [item]}).turns
    assert (turn.role, turn.span) == (role, (0, 1))
    assert [segment.text for segment in turn.segments] == texts
    results = [segment for segment in turn.segments if segment.kind == "result"]
    assert bool(results) == (bool(texts) and ("output" in item))
    written = write({"input": [item]}, {segment.path: "new" for segment in results})
    read = [segment.text for _, segment in WIRE.read(written).segments() if segment.kind == "result"]
    assert read == ["new"] * len(results)


def test_a_string_is_one_user_message() -> None:
    body = {"input": "hi", "tools": TOOLS}
    (turn,) = WIRE.read(body).turns
    assert (turn.role, turn.span, [segment.text for segment in turn.segments]) == ("user", (0, 1), ["hi"])
    assert write(body, {turn.segments[0].path: "new"})["input"] == "new"
    (item,) = WIRE.items(body)
    assert WIRE.read({"input": [item]}).turns[0].segments[0].text == "hi"
    answer = WIRE.answer(FORM.response(ASKED))
    assert answer is not None
    assert WIRE.follow_up(body, answer, [(answer.retrievals[0], "it")])["input"] == [
        item,
        *answer.items,
        {"type": "function_call_output", "call_id": FORM.call_id(0, 1), "output": "it"},
    ]


def test_all_items_of_one_answer_are_one_turn() -> None:
    history = [ANSWERED_BY, THOUGHT, said("let me see"), CALL, COMMANDS, OUTPUT, THOUGHT, said("done")]
    turns = WIRE.read({"input": history, "instructions": "be brief"}).turns
    assert [(turn.role, turn.span) for turn in turns] == [
        ("system", None),
        ("user", (0, 1)),
        ("assistant", (1, 5)),
        ("tool", (5, 6)),
        ("assistant", (6, 8)),
    ]
    assert [segment.kind for segment in turns[2].segments] == ["text", "call", "call"]


def test_unknown_items_are_in_no_turn() -> None:
    for unknown in ({"type": "later_invention", "id": "x_1"}, {"role": "critic", "content": "x"}, "text", None):
        turns = WIRE.read({"input": [said("a"), unknown, said("b")]}).turns
        assert [turn.span for turn in turns] == [(0, 1), (2, 3)]


def test_what_the_history_refers_to_is_of_the_models_turn() -> None:
    references = [{"type": "item_reference", "id": id_} for id_ in ("rs_1", "msg_1")]
    user = {"role": "user", "content": "x"}
    before, assistant, after = WIRE.read({"input": [user, *references, user]}).turns
    assert (before.role, assistant.role, after.role) == ("user", "assistant", "user")
    assert (assistant.span, assistant.segments, assistant.reference) == ((1, 3), (), "msg_1")
    said_last = WIRE.read({"input": [*references, said("a")]}).turns[0]
    assert said_last.reference == ""


def test_outputs_know_their_calls_wherever_those_are() -> None:
    elsewhere = {"c1": ToolCall("c1", "bash", "{}")}
    (turn,) = WIRE.read({"input": [OUTPUT], "previous_response_id": "resp_1"}, elsewhere).turns
    assert turn.segments[0].call is elsewhere["c1"]
    by_id = {"type": "local_shell_call_output", "id": "ls_1", "output": "{}"}
    called, answered = (segment for _, segment in WIRE.read({"input": [SHELL, by_id]}).segments())
    assert answered.call is called.call


def test_commands_of_a_shell_are_understood() -> None:
    (segment,) = (segment for _, segment in WIRE.read({"input": [COMMANDS]}).segments())
    assert segment.call is not None
    assert reads_a_file(segment.call)


def test_a_patch_that_failed_is_an_error() -> None:
    output = {"type": "apply_patch_call_output", "call_id": "c", "output": "no such file"}
    for status, failed in (("failed", True), ("completed", False)):
        (segment,) = (segment for _, segment in WIRE.read({"input": [{**output, "status": status}]}).segments())
        assert segment.is_error == failed


@pytest.mark.parametrize(
    ("tools", "names"),
    [
        ([{"type": "web_search"}, {"type": "file_search"}, {"type": "mcp", "server_label": "s"}], []),
        ([{"type": "custom", "name": "patch"}, {"type": "local_shell"}], ["patch", "local_shell"]),
        ([{"type": "namespace", "name": "mcp__x", "tools": [{"type": "function", "name": NAME}]}], [NAME]),
    ],
)
def test_the_tools_that_have_a_name_are_those_the_client_runs(tools: list[Any], names: list[str]) -> None:
    body = {"input": "hi", "tools": tools}
    assert WIRE.tool_names(body) == names
    assert WIRE.can_retrieve(body) == (bool(names) and NAME not in names)


def test_what_the_provider_keeps_out_of_sight_is_left_alone() -> None:
    body = {"input": "hi", "tools": TOOLS}
    assert WIRE.handles(body)
    assert not WIRE.handles({**body, "background": True})
    assert WIRE.can_retrieve({**body, "previous_response_id": "resp_1"})
    assert not WIRE.can_retrieve({**body, "conversation": "conv_1"})
    assert [WIRE.is_kept({**body, "store": store}) for store in (None, True, False)] == [True, True, False]


def test_a_request_goes_on_from_another_answer_with_its_results_first() -> None:
    body = {"input": "hi", "previous_response_id": "resp_1", "tools": TOOLS}
    assert (WIRE.goes_on_from(body), WIRE.goes_on_from({"input": "hi"})) == ("resp_1", "")
    other = WIRE.go_on_from(body, "resp_2", [OUTPUT])
    assert other == {**body, "previous_response_id": "resp_2", "input": [OUTPUT, *WIRE.items(body)]}


def test_the_retrieve_tool_may_be_called_without_its_optional_arguments() -> None:
    assert WIRE.declare({"input": "hi", "tools": TOOLS})["tools"][-1]["strict"] is False


def test_the_retrieve_tool_is_among_the_tools_that_are_allowed() -> None:
    choice = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "bash"}]}
    declared = WIRE.declare({"input": "hi", "tools": TOOLS, "tool_choice": choice})
    assert [entry["name"] for entry in declared["tool_choice"]["tools"]] == ["bash", NAME]
    assert len(choice["tools"]) == 1


def test_the_only_tool_that_must_be_called_stays_the_only_one() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "bash"}]}
    assert WIRE.declare({"input": "hi", "tools": TOOLS, "tool_choice": choice})["tool_choice"] is choice


@pytest.mark.parametrize(
    ("store", "thought", "goes_back"),
    [
        (None, THOUGHT, True),
        (False, THOUGHT, False),
        (False, {**THOUGHT, "encrypted_content": "sealed"}, True),
        (False, {**THOUGHT, "content": [{"type": "reasoning_text", "text": "hm"}]}, True),
    ],
)
def test_reasoning_goes_back_to_who_can_read_it(store: Any, thought: dict[str, Any], goes_back: bool) -> None:
    ours = {**CALL, "id": "fc_1", "name": NAME}
    answer = WIRE.answer({"id": "resp_1", "output": [thought, ours]})
    assert answer is not None
    followed = WIRE.follow_up({"input": [], "store": store}, answer, [(answer.retrievals[0], "it")])["input"]
    assert [item["type"] for item in followed] == ["reasoning"] * goes_back + ["function_call", "function_call_output"]
    assert ("id" in followed[-2]) == goes_back
    assert not goes_back or followed[0] == thought


@pytest.mark.parametrize(
    ("items", "calls"),
    [
        ([CALL], True),
        ([{"type": "custom_tool_call", "call_id": "c", "name": NAME, "input": ""}], True),
        ([{**CALL, "name": NAME, "namespace": "docs"}], True),
        ([SHELL], True),
        ([{"type": "apply_patch_call", "call_id": "c"}], True),
        ([{"type": "computer_call", "call_id": "c"}], True),
        ([{"type": "mcp_approval_request", "id": "a"}, {"type": "local_shell_call_output", "id": "x"}], True),
        ([{"type": "tool_search_call", "execution": "client"}], True),
        ([{"type": "tool_search_call", "execution": "server"}], False),
        ([{"type": "web_search_call"}, {"type": "code_interpreter_call"}, MCP, THOUGHT, said("hm")], False),
        ([COMMANDS], True),
        ([COMMANDS, {"type": "shell_call_output", "call_id": "c3", "output": []}], False),
    ],
)
def test_calls_that_the_client_must_answer_are_told_from_all_others(items: list[Any], calls: bool) -> None:
    answer = WIRE.answer({"id": "resp_1", "output": [*items, {**CALL, "name": NAME, "call_id": "r"}]})
    assert answer is not None
    assert answer.client_calls == calls
    assert [retrieval.id for retrieval in answer.retrievals] == ["r"]


def test_an_answer_can_be_sent_back() -> None:
    sealed = {**THOUGHT, "encrypted_content": "sealed", "status": None, "content": None}
    done = {**COMMANDS, "created_by": "someone", "environment": None}
    answer = WIRE.answer({"id": "resp_1", "output": [sealed, done]})
    assert answer is not None
    assert answer.id == "resp_1"
    assert answer.items == ({**THOUGHT, "encrypted_content": "sealed"}, COMMANDS)


def test_a_retrieval_whose_arguments_are_not_json_can_be_sent_back() -> None:
    answer = WIRE.answer({"id": "resp_1", "output": [{**CALL, "name": NAME, "arguments": '{"hash": '}]})
    assert answer is not None
    assert answer.retrievals[0].arguments == '{"hash": '
    assert json.loads(answer.items[0]["arguments"]) == {"malformed_arguments": '{"hash": '}


def test_what_is_joined_is_the_last_response_with_all_that_was_said() -> None:
    first = FORM.response([Part("thinking", "which?"), *ASKED])
    last = FORM.response([Part("text", " done")], 1).model_copy(
        update={"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    )
    joined = WIRE.join([first, last])
    assert (joined.id, joined.status, joined.output_text) == ("resp_1", "incomplete", "hm done")
    assert joined.incomplete_details == last.incomplete_details
    assert [item.id for item in joined.output] == ["rs_0_0", "msg_0_1", "msg_1_0"]
    assert joined.usage.input_tokens == 21


def test_what_the_hidden_call_cost_is_told_though_the_last_one_does_not_say() -> None:
    last = FORM.response([Part("text", "done")], 1).model_copy(update={"usage": None})
    assert WIRE.join([FORM.response(ASKED), last]).usage.input_tokens == 10


def test_responses_that_are_dicts_are_joined_too() -> None:
    responses = [json.loads(sent(FORM.response(ASKED))), json.loads(sent(FORM.response([Part("text", "!")], 1)))]
    before = copy.deepcopy(responses)
    joined = WIRE.join(responses)
    assert responses == before
    assert [item["id"] for item in joined["output"]] == ["msg_0_0", "msg_1_0"]
    assert joined["usage"]["total_tokens"] == 31


def test_the_retrieve_tool_is_not_among_the_tools_that_the_provider_repeats() -> None:
    body = WIRE.declare({"tools": TOOLS, "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": TOOLS}})
    plain = FORM.response([Part("text", "hm")])
    response = type(plain).model_validate({**plain.to_dict(), **body})
    assert WIRE.plain(plain) is plain
    for client in (WIRE.plain(response), WIRE.join([plain, response])):
        told = json.loads(sent(client))
        assert NAME not in json.dumps(told)
        assert [entry["name"] for entry in told["tools"]] == ["bash"]
        assert [entry["name"] for entry in told["tool_choice"]["tools"]] == ["bash"]
    assert NAME in json.dumps([entry.to_dict() for entry in response.tools])
