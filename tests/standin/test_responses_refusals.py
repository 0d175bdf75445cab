"""Requests that the real Responses API would refuse."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

from standin import Reply, Standin, Thinking, ToolUse

from .common import CUSTOM_TOOL, ENCRYPTED, HI, MODEL, RESPONSES_TOOL, output_of, respond, response_call, without


class TestRefusals:
    @pytest.mark.parametrize(
        ("items", "words"),
        [
            ([*HI, response_call("c1")], "No tool output found for function call c1."),
            ([*HI, output_of("c1")], "No tool call found for function call output with call_id c1."),
            ([*HI, output_of("c1"), response_call("c1")], "No tool call found for function call output"),
            ([*HI, response_call("c1"), response_call("c2"), output_of("c2")], "for function call c1."),
            ([{"type": "custom_tool_call", "call_id": "c1", "name": "p", "input": ""}], "for custom tool call c1."),
            ([{"type": "custom_tool_call_output", "call_id": "c1", "output": "ok"}], "custom tool call output with"),
            ([response_call("")], "Invalid 'input[0].call_id': empty string"),
            ([{**response_call("c1"), "id": "call_1"}, output_of("c1")], "Expected an ID that begins with 'fc'"),
            (
                [{**response_call("c1"), "name": "a b"}, output_of("c1")],
                "Invalid 'input[0].name': string does not match",
            ),
            ([{"type": "function_call", "call_id": "c1", "name": "shell"}], "parameter: 'input[0].arguments'"),
            ([{"type": "reasoning", "id": "rs_1"}], "parameter: 'input[0].summary'"),
            ([{"role": "tool", "content": "hi"}], "Invalid value: 'tool'. Supported values are: 'assistant'"),
            (
                [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
                "Invalid value: 'text'. Supported values",
            ),
            (
                [{"role": "assistant", "content": [{"type": "input_text", "text": "hi"}]}],
                "'output_text' and 'refusal'.",
            ),
            ([{"role": "user"}], "parameter: 'input[0].content'"),
            ([{"type": "tool_result"}], "Invalid value: 'tool_result'"),
            ([], "Invalid 'input': empty array"),
        ],
    )
    def test_refuses_items(self, chat: openai.OpenAI, items: list[Any], words: str) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            respond(chat, items)
        assert words in caught.value.message
        assert caught.value.type == "invalid_request_error"
        assert str(caught.value.param).startswith("input")

    @pytest.mark.parametrize("field", ["model", "input"])
    def test_refuses_a_request_without(self, server: Standin, field: str) -> None:
        body = {"model": MODEL, "input": "hi"}
        del body[field]
        answer = httpx.post(f"{server.url}/v1/responses", json=body)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert error["message"] == f"Missing required parameter: '{field}'."
        assert error == {**error, "type": "invalid_request_error", "param": field, "code": "missing_required_parameter"}

    @pytest.mark.parametrize(
        ("names", "words"), [(["shell", "shell"], "duplicate"), ([""], "empty string"), (["a b"], "pattern")]
    )
    def test_refuses_tools(self, chat: openai.OpenAI, names: list[str], words: str) -> None:
        with pytest.raises(openai.BadRequestError, match=words) as caught:
            respond(chat, tools=[{**RESPONSES_TOOL, "name": name} for name in names])
        assert caught.value.param == f"tools[{len(names) - 1}].name"

    def test_refuses_the_tools_of_chats(self, chat: openai.OpenAI) -> None:
        nested: Any = {"type": "function", "function": {"name": "shell", "parameters": {}}}
        with pytest.raises(openai.BadRequestError, match=r"Missing required parameter: 'tools\[0\].name'"):
            respond(chat, tools=[nested])

    def test_takes_complete_tool_rounds(self, chat: openai.OpenAI) -> None:
        custom = {"type": "custom_tool_call", "call_id": "c3", "name": "patch", "input": "+"}
        image = {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"}
        items: list[Any] = [
            *HI,
            {"role": "developer", "content": [{"type": "input_text", "text": "hm"}]},
            {"role": "user", "content": [image]},
            *(response_call("c1"), response_call("c2"), output_of("c2"), output_of("c1")),
            *(custom, {"type": "custom_tool_call_output", "call_id": "c3", "output": "ok"}),
        ]
        assert respond(chat, items, tools=[RESPONSES_TOOL, CUSTOM_TOOL]).output_text == f"{MODEL} got 9 messages."

    def test_reasoning_and_what_it_led_to_come_back_together(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(Thinking("hm"), ToolUse("shell", id="c1")), model=MODEL)
        thought, call = (item.to_dict() for item in respond(chat, include=ENCRYPTED).output)
        with pytest.raises(
            openai.BadRequestError, match=f"'{thought['id']}' of type 'reasoning' was .* following item"
        ):
            respond(chat, [*HI, thought])
        with pytest.raises(openai.BadRequestError, match="following item"):
            respond(chat, [*HI, thought, response_call("c1"), output_of("c1")])
        with pytest.raises(openai.BadRequestError, match=f"without its required 'reasoning' item: '{thought['id']}'"):
            respond(chat, [*HI, call, output_of("c1")])
        with pytest.raises(openai.BadRequestError, match=f"Duplicate item found with id {thought['id']}"):
            respond(chat, [*HI, thought, thought, call, output_of("c1")])
        for items in ([thought, call], [response_call("c1")], [without(thought, "id"), response_call("c1")]):
            respond(chat, [*HI, *items, output_of("c1")])

    def test_reasoning_must_come_back_unchanged(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(Thinking("hm"), "hi"), model=MODEL)
        thought, message = (item.to_dict() for item in respond(chat, include=ENCRYPTED, store=False).output)
        respond(chat, [*HI, thought, message, *HI])
        changed = {**thought, "summary": [{"type": "summary_text", "text": "changed"}]}
        with pytest.raises(openai.BadRequestError, match="could not be verified") as caught:
            respond(chat, [*HI, changed, message, *HI])
        assert caught.value.code == "invalid_encrypted_content"
        unencrypted = {**thought, "encrypted_content": None}
        with pytest.raises(openai.NotFoundError, match="not persisted when `store` is set to false"):
            respond(chat, [*HI, unencrypted, message, *HI], store=False)

    def test_a_scripted_error_has_the_providers_shape(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(status=429, error="slow down"), model=MODEL)
        with pytest.raises(openai.RateLimitError, match="slow down") as limited:
            respond(chat)
        assert limited.value.code == "rate_limit_exceeded"
