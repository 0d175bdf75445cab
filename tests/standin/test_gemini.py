"""The native Gemini API, driven by the real client library."""

from __future__ import annotations

import json
import time

import pytest
from google import genai
from google.genai import errors, types

from standin import Pace, Reply, Standin, Thinking, ToolUse, count_tokens

from .common import HASH, MODEL
from .gemini_common import (
    EVERYTHING,
    HI,
    ask,
    call,
    candidate_of,
    model,
    parts_of,
    post,
    response,
    stream,
    usage_of,
    user,
)


class TestAnswers:
    def test_answers_with_every_kind_of_part(self, server: Standin, gemini: genai.Client) -> None:
        server.say(EVERYTHING, model=MODEL)
        answer = ask(gemini)
        thought, said, first, second = parts_of(answer)
        assert (thought.text, thought.thought, thought.thought_signature) == ("hm so", True, None)
        assert (said.text, said.thought) == ("Look: 世界", None)
        assert said.thought_signature is not None
        assert first.function_call == types.FunctionCall(id="c1", name="shell", args={"cmd": "é"})
        assert second.function_call == types.FunctionCall(name="shell", args={})
        assert (first.thought_signature, second.thought_signature) == (None, None)
        assert candidate_of(answer).finish_reason == types.FinishReason.STOP
        assert answer.model_version == MODEL
        assert answer.response_id

    def test_a_call_that_follows_a_thought_carries_its_signature(self, server: Standin, gemini: genai.Client) -> None:
        server.say(Reply(Thinking("hm", signature="mine"), ToolUse("shell")), Reply(Thinking("hm")), model=MODEL)
        assert parts_of(ask(gemini))[1].thought_signature == b"mine"
        thought, last = parts_of(ask(gemini))
        assert (last.text, last.thought) == ("", None)
        assert last.thought_signature not in (None, thought.thought_signature)

    @pytest.mark.parametrize(
        ("reason", "finish"), [("end", "STOP"), ("length", "MAX_TOKENS"), ("refusal", "SAFETY"), ("OTHER", "OTHER")]
    )
    def test_says_why_it_ended(self, server: Standin, gemini: genai.Client, reason: str, finish: str) -> None:
        server.say(*[Reply("one two", stop_reason=reason)] * 2, model=MODEL)
        assert candidate_of(ask(gemini)).finish_reason == finish
        assert [candidate_of(chunk).finish_reason for chunk in stream(gemini)] == [None, finish]

    @pytest.mark.parametrize(("reason", "finish"), [(None, "MALFORMED_FUNCTION_CALL"), ("length", "MAX_TOKENS")])
    def test_a_call_without_an_object_is_left_out(
        self, server: Standin, gemini: genai.Client, reason: str | None, finish: str
    ) -> None:
        server.say(*[Reply("Look:", ToolUse("shell", '{"cmd'), stop_reason=reason)] * 2, model=MODEL)
        for answers in ([ask(gemini)], stream(gemini)):
            assert [part.text for part in parts_of(*answers)] == ["Look:"]
            assert candidate_of(answers[-1]).finish_reason == finish

    def test_a_reply_of_nothing_is_an_answer(self, server: Standin, gemini: genai.Client) -> None:
        server.say(Reply(), Reply(), model=MODEL)
        for answers in ([ask(gemini)], stream(gemini)):
            assert parts_of(*answers) == []
            assert candidate_of(answers[-1]).finish_reason == types.FinishReason.STOP

    def test_the_model_and_the_streaming_are_told_by_the_path(self, server: Standin, gemini: genai.Client) -> None:
        ask(gemini, model="one")
        stream(gemini, model="two")
        post(server, {"contents": [HI], "model": "none"}, version="v1", model="three")
        requests = server.wait_for(3)
        assert [(request.model, request.stream) for request in requests] == [
            ("one", False),
            ("two", True),
            ("three", False),
        ]
        assert requests[0].path == "/v1/models/one:generateContent"
        assert requests[0].tool_names == ["shell"]
        assert server.models == ["one", "three", "two"]

    def test_scripts_see_the_texts_and_the_hashes(self, server: Standin, gemini: genai.Client) -> None:
        server.say(Reply(ToolUse("headroom_retrieve", {"hash": "$HASH"}), when="Retrieve more"), model=MODEL)
        output = f"[9 lines. Retrieve more: hash={HASH}]"
        answer = ask(gemini, HI, model(call()), user(response(response={"output": output})), system_instruction="brief")
        assert parts_of(answer)[0].function_call == types.FunctionCall(name="headroom_retrieve", args={"hash": HASH})
        assert server.requests[0].text == f"user\nbrief\nuser\nhi\nmodel\n{{}}\nshell\nuser\nshell\n{output}"


class TestStreams:
    def test_streams_a_word_a_chunk_and_calls_whole(self, server: Standin, gemini: genai.Client) -> None:
        server.say(EVERYTHING, EVERYTHING, model=MODEL)
        chunks = stream(gemini)
        parts = parts_of(*chunks)
        assert len(parts) == len(chunks)
        assert [part.text for part in parts] == ["hm", " so", "Look:", " 世界", None, None]
        assert [part.thought for part in parts] == [True, True, None, None, None, None]
        assert [part.thought_signature is not None for part in parts] == [False, False, True, False, False, False]
        assert [part.function_call for part in parts[4:]] == [part.function_call for part in parts_of(ask(gemini))[2:]]
        assert [candidate_of(chunk).finish_reason for chunk in chunks] == [None] * 5 + [types.FinishReason.STOP]
        assert len({chunk.response_id for chunk in chunks}) == 1
        assert {chunk.model_version for chunk in chunks} == {MODEL}

    def test_the_last_chunk_has_the_usage_of_the_whole(self, server: Standin, gemini: genai.Client) -> None:
        server.say(EVERYTHING, EVERYTHING)
        whole = usage_of(ask(gemini, model="one"))
        chunks = stream(gemini, model="two")
        assert usage_of(chunks[-1]) == whole
        assert whole.thoughts_token_count == count_tokens("hm so")
        said = ("Look: 世界", '{"cmd":"é"}', "{}")
        assert whole.candidates_token_count == sum(count_tokens(text) for text in said)
        assert whole.prompt_token_count is not None
        output = whole.thoughts_token_count + whole.candidates_token_count
        assert whole.total_token_count == whole.prompt_token_count + output
        assert [usage_of(chunk).prompt_token_count for chunk in chunks] == [whole.prompt_token_count] * len(chunks)
        assert [usage_of(chunk).candidates_token_count for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)

    @pytest.mark.parametrize("size", [0, 1, 7])
    def test_is_one_event_a_chunk_however_it_is_cut(self, server: Standin, gemini: genai.Client, size: int) -> None:
        server.pace(Pace(chunk_bytes=size), model=MODEL)
        server.say("世界 🌍", "世界 🌍", model=MODEL)
        raw = post(server, {"contents": [HI]}, "streamGenerateContent")
        assert raw.headers["content-type"].startswith("text/event-stream")
        *events, end = raw.text.split("\n\n")
        assert end == ""
        data = [json.loads(event.removeprefix("data: ")) for event in events]
        assert "".join(item["candidates"][0]["content"]["parts"][0]["text"] for item in data) == "世界 🌍"
        assert "".join(part.text or "" for part in parts_of(*stream(gemini))) == "世界 🌍"

    def test_waits_between_tokens(self, server: Standin, gemini: genai.Client) -> None:
        server.pace(Pace(first_token_ms=150, token_ms=30), model=MODEL)
        server.say("a b c d", "a b c d", model=MODEL)
        for send in (ask, stream):
            start = time.monotonic()
            send(gemini)
            assert 0.24 <= time.monotonic() - start < 1

    def test_breaks_the_connection_after_some_events(self, server: Standin, gemini: genai.Client) -> None:
        server.pace(Pace(abort_after=2, token_ms=20), model=MODEL)
        server.say("a b c d", model=MODEL)
        seen: list[types.GenerateContentResponse] = []
        with pytest.raises(Exception, match="peer closed connection"):
            seen.extend(gemini.models.generate_content_stream(model=MODEL, contents="hi"))
        assert server.wait_for(1)[0].events_sent == 2

    def test_reports_an_error_inside_a_stream(self, server: Standin, gemini: genai.Client) -> None:
        server.pace(Pace(error_after=1), model=MODEL)
        with pytest.raises(errors.ServerError, match="Overloaded") as caught:
            stream(gemini)
        assert (caught.value.code, caught.value.status) == (503, "UNAVAILABLE")

    def test_sees_the_client_leave(self, server: Standin, gemini: genai.Client) -> None:
        server.pace(Pace(token_ms=20), model=MODEL)
        server.say("word " * 500, model=MODEL)
        chunks = gemini.models.generate_content_stream(model=MODEL, contents="hi")
        next(iter(chunks))
        chunks.close()  # type: ignore[attr-defined]
        (request,) = server.wait_for(1)
        assert request.disconnected
        assert request.events_sent < 100
