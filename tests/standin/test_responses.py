"""OpenAI's Responses API, driven by the real client library."""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai
import pytest

from standin import Pace, Reply, Standin, Text, Thinking, ToolUse, count_tokens

from .common import CUSTOM_TOOL, ENCRYPTED, MODEL, RESPONSES_TOOL, respond, without

EVERYTHING = Reply(Thinking("hm hm"), Text("Look: 世界"), Text("Well."), ToolUse("shell", {"cmd": "é"}, id="call_1"))


def raw_events(server: Standin, **options: Any) -> list[tuple[str, dict[str, Any]]]:
    body = {"model": MODEL, "input": "hi", "stream": True, "tools": [RESPONSES_TOOL, CUSTOM_TOOL], **options}
    text = httpx.post(f"{server.url}/v1/responses", json=body).text
    events = [event.split("\n") for event in text.removesuffix("\n\n").split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in events]


class TestAnswers:
    def test_answers_with_every_kind_of_item(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(EVERYTHING, model=MODEL)
        answer = respond(chat, tools=[RESPONSES_TOOL])
        assert [item.type for item in answer.output] == ["reasoning", "message", "message", "function_call"]
        thought, first, _, call = answer.output
        assert [part.text for part in thought.summary] == ["hm hm"]
        assert thought.encrypted_content is None
        assert answer.output_text == "Look: 世界Well."
        assert (first.role, first.status) == ("assistant", "completed")
        assert (call.call_id, call.name, call.arguments) == ("call_1", "shell", '{"cmd":"é"}')
        assert [item.id.split("_")[0] for item in answer.output] == ["rs", "msg", "msg", "fc"]
        assert (answer.status, answer.object, answer.id[:5]) == ("completed", "response", "resp_")
        assert answer._request_id is not None

    def test_reasoning_is_encrypted_when_asked_for(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(Thinking("hm", signature="c2ln")), Reply(Thinking("hm")), model=MODEL)
        given, made = (respond(chat, include=ENCRYPTED).output[0].encrypted_content for _ in range(2))
        assert given == "c2ln"
        assert made not in ("", None, given)

    def test_a_custom_tool_is_called_as_one(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(ToolUse("patch", "*** Begin")), model=MODEL)
        (call,) = respond(chat, tools=[CUSTOM_TOOL]).output
        assert (call.type, call.input, call.id[:4], call.call_id[:5]) == (
            "custom_tool_call",
            "*** Begin",
            "ctc_",
            "call_",
        )

    def test_reports_usage_in_detail(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(Thinking("let me see"), "hello"), model=MODEL)
        usage = respond(chat, instructions="be brief").usage
        assert usage.input_tokens == count_tokens("system\nbe brief") + count_tokens("user\nhi")
        assert usage.input_tokens_details.cached_tokens == 0
        assert usage.output_tokens_details.reasoning_tokens == count_tokens("let me see")
        assert usage.output_tokens == count_tokens("let me see") + count_tokens("hello")
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens

    def test_says_what_it_was_asked_for(self, chat: openai.OpenAI) -> None:
        given: Any = {"instructions": "be brief", "temperature": 0.5, "metadata": {"a": "b"}, "tools": [RESPONSES_TOOL]}
        answer = respond(chat, reasoning={"effort": "low"}, **given)
        assert (answer.model, answer.instructions, answer.temperature) == (MODEL, "be brief", 0.5)
        assert answer.metadata == {"a": "b"}
        assert answer.reasoning.effort == "low"
        assert [tool.name for tool in answer.tools] == ["shell"]
        assert answer.tool_choice == "auto"

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize(
        ("stop", "reason"), [("length", "max_output_tokens"), ("refusal", "content_filter"), ("failed", None)]
    )
    def test_an_answer_can_end_early(
        self, server: Standin, chat: openai.OpenAI, stop: str, reason: Any, stream: bool
    ) -> None:
        server.say(Reply("one", "cut", stop_reason=stop), model=MODEL)
        answer = respond(chat, stream=stream)
        if stream:
            *_, item_done, last = answer
            answer = last.response
            assert item_done.item == answer.output[-1]
            assert last.type == f"response.{answer.status}"
        assert answer.status == ("incomplete" if reason else "failed")
        assert (answer.incomplete_details and answer.incomplete_details.reason) == reason
        assert (answer.error and answer.error.code) == (None if reason else "server_error")
        assert answer.output_text == "onecut"
        if reason:
            assert [item.status for item in answer.output] == ["completed", "incomplete"]


class TestStreams:
    def test_the_library_puts_the_same_response_together(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(EVERYTHING, EVERYTHING, model=MODEL)
        whole = respond(chat, tools=[RESPONSES_TOOL], include=ENCRYPTED)
        options: Any = {"model": MODEL, "input": "hi", "tools": [RESPONSES_TOOL], "include": ENCRYPTED}
        with chat.responses.stream(**options) as stream:
            snapshots = [event.snapshot for event in stream if event.type.endswith("arguments.delta")]
            streamed = stream.get_final_response()
        assert snapshots[-1] == '{"cmd":"é"}'
        additions = ("id", "parsed", "parsed_arguments")
        assert without(streamed.to_dict()["output"], *additions) == without(whole.to_dict()["output"], *additions)
        assert streamed.output_text == whole.output_text
        assert streamed.usage.output_tokens == whole.usage.output_tokens

    def test_sends_the_providers_event_sequence(self, server: Standin) -> None:
        server.say(Reply(Thinking("hm hm"), "a b", ToolUse("shell"), ToolUse("patch", "+")), model=MODEL)
        events = raw_events(server)
        assert [name for name, _ in events] == [
            *("response.created", "response.in_progress"),
            *("response.output_item.added", "response.reasoning_summary_part.added"),
            *["response.reasoning_summary_text.delta"] * 2,
            *("response.reasoning_summary_text.done", "response.reasoning_summary_part.done"),
            *("response.output_item.done", "response.output_item.added", "response.content_part.added"),
            *["response.output_text.delta"] * 2,
            *("response.output_text.done", "response.content_part.done", "response.output_item.done"),
            *("response.output_item.added", "response.function_call_arguments.delta"),
            *("response.function_call_arguments.done", "response.output_item.done"),
            *("response.output_item.added", "response.custom_tool_call_input.delta"),
            *("response.custom_tool_call_input.done", "response.output_item.done", "response.completed"),
        ]
        assert [data["type"] for _, data in events] == [name for name, _ in events]
        assert [data["sequence_number"] for _, data in events] == list(range(len(events)))

    def test_its_events_have_the_fields_that_the_library_wants(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(*EVERYTHING.parts, ToolUse("patch", "+")), model=MODEL)
        for event in respond(chat, tools=[RESPONSES_TOOL, CUSTOM_TOOL], stream=True):
            # The library builds its events without checking them.
            type(event).model_validate(event.to_dict(), strict=True)

    def test_an_item_grows_under_one_id(self, server: Standin) -> None:
        server.say(EVERYTHING, model=MODEL)
        events = [data for _, data in raw_events(server)]
        final = events[-1]["response"]["output"]
        for index, item in enumerate(final):
            own = [event for event in events if event.get("output_index") == index]
            begun, *within, done = own
            assert done["item"] == item
            assert begun["item"]["id"] == item["id"]
            assert {event["item_id"] for event in within} == {item["id"]}
            assert begun["item"].get("status") in ("in_progress", None)
            told = "".join(event["delta"] for event in within if event["type"].endswith(".delta"))
            assert told in json.dumps(item, ensure_ascii=False).replace('\\"', '"')
            assert told

    def test_reports_an_error_as_the_library_expects_it(self, server: Standin, chat: openai.OpenAI) -> None:
        server.pace(Pace(error_after=5), model=MODEL)
        with pytest.raises(openai.APIError, match="Overloaded") as caught:
            list(respond(chat, stream=True))
        assert caught.value.code == "server_error"
