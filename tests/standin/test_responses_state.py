"""What the Responses API keeps, and what a conversation that goes on costs."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from standin import Pace, Reply, Standin, Text, Thinking, ToolUse

from .common import ENCRYPTED, HASH, HI, MODEL, RESPONSES_TOOL, output_of, respond, response_call, without

EVERYTHING = Reply(Thinking("hm hm"), Text("Look: 世界"), Text("Well."), ToolUse("shell", {"cmd": "é"}, id="call_1"))


class TestState:
    def test_a_conversation_goes_on_from_a_kept_response(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(Reply(Thinking("hm"), ToolUse("shell", id="call_1")), "It works.", "Fine.", model=MODEL)
        first = respond(chat, f"hash={HASH}", tools=[RESPONSES_TOOL], instructions="be brief")
        second = respond(chat, [output_of("call_1")], tools=[RESPONSES_TOOL], previous_response_id=first.id)
        third = respond(chat, "thanks", previous_response_id=second.id)
        assert third.previous_response_id == second.id
        _, with_output, last = server.requests
        assert with_output.body["input"] == [output_of("call_1")]
        assert with_output.hashes == last.hashes == [HASH]
        assert "be brief" not in last.text
        assert [word for word in ("hash", "hm", "ok", "It works.", "thanks") if word in last.text.split("\n")] == [
            *("hm", "ok", "It works.", "thanks"),
        ]

    def test_a_kept_response_can_be_read_and_deleted(self, server: Standin, chat: openai.OpenAI) -> None:
        with chat.responses.stream(model=MODEL, input="hi") as stream:
            streamed = stream.get_final_response()
        assert chat.responses.retrieve(streamed.id).output_text == streamed.output_text
        chat.responses.delete(streamed.id)
        for gone in (chat.responses.retrieve, chat.responses.delete):
            with pytest.raises(openai.NotFoundError, match=f"Response with id '{streamed.id}' not found"):
                gone(streamed.id)

    def test_what_is_not_kept_cannot_be_gone_on_from(self, server: Standin, chat: openai.OpenAI) -> None:
        unkept = respond(chat, store=False)
        assert unkept.to_dict()["store"] is False
        with pytest.raises(
            openai.BadRequestError, match=f"Previous response with id '{unkept.id}' not found"
        ) as caught:
            respond(chat, previous_response_id=unkept.id)
        assert caught.value.code == "previous_response_not_found"
        assert caught.value.param == "previous_response_id"
        kept = respond(chat)
        server.reset(MODEL)
        with pytest.raises(openai.BadRequestError, match="not found"):
            respond(chat, previous_response_id=kept.id)

    def test_what_runs_in_the_background_is_queued_at_once(self, server: Standin, chat: openai.OpenAI) -> None:
        server.pace(Pace(first_token_ms=60_000), model=MODEL)
        server.say("done", model=MODEL)
        queued = respond(chat, background=True)
        assert (queued.status, queued.output, queued.usage, queued.background) == ("queued", [], None, True)
        assert chat.responses.retrieve(queued.id).output_text == "done"

    def test_an_item_can_be_referred_to(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("remember", "yes", model=MODEL)
        (message,) = respond(chat).output
        respond(chat, [{"type": "item_reference", "id": message.id}, *HI])
        assert "remember" in server.requests[-1].text
        with pytest.raises(openai.NotFoundError, match="Item with id 'msg_0' not found"):
            respond(chat, [{"type": "item_reference", "id": "msg_0"}])


class TestCache:
    def test_history_counts_the_same_whichever_way_it_comes_back(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say(EVERYTHING, model=MODEL)
        answer = respond(chat, "hi", tools=[RESPONSES_TOOL], include=ENCRYPTED)
        behind = [output_of("call_1"), *HI]

        def fresh(given: list[Any], **options: Any) -> int:
            usage = respond(chat, given, tools=[RESPONSES_TOOL], **options).usage
            return int(usage.input_tokens - usage.input_tokens_details.cached_tokens)

        output = [item.to_dict() for item in answer.output]
        assert fresh(behind, previous_response_id=answer.id) > 0
        ways = {
            "as they came": output,
            "without the encrypted content": [{**output[0], "encrypted_content": None}, *output[1:]],
            "as references": [{"type": "item_reference", "id": item["id"]} for item in output],
            "without ids": without(output, "id", "status"),
        }
        user = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
        texts = [{"role": "assistant", "content": text} for text in ("Look: 世界", "Well.")]
        ways["in short"] = [ways["without ids"][0], *texts, response_call("call_1", '{"cmd":"é"}')]
        assert {way: fresh([user, *items, *behind]) for way, items in ways.items()} == dict.fromkeys(ways, 0)
        in_parts = {**output_of("call_1"), "output": [{"type": "input_text", "text": "ok"}]}
        assert fresh([*HI, *output, in_parts, *HI]) == 0
        assert fresh([*HI, *ways["without ids"][:-1], response_call("call_1", "{}"), *behind]) > 0

    def test_the_instructions_are_part_of_the_prompt(self, chat: openai.OpenAI) -> None:
        def cached(instructions: str) -> int:
            return int(respond(chat, instructions=instructions).usage.input_tokens_details.cached_tokens)

        assert [cached("a"), cached("a") > 0, cached("b")] == [0, True, 0]
