"""Requests that the Gemini API would refuse."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from google import genai
from google.genai import errors

from standin import Reply, Standin, Thinking, ToolUse

from .common import MODEL
from .gemini_common import (
    DECLARED,
    EVERYTHING,
    HI,
    TOOLS,
    ask,
    call,
    candidate_of,
    model,
    parts_of,
    post,
    response,
    stream,
    user,
)


class TestRefusals:
    COUNT = "number of function response parts is equal to the number of function call parts"

    @pytest.mark.parametrize(
        ("contents", "words"),
        [
            ([], "contents is not specified"),
            ([{"role": "robot", "parts": [{"text": "hi"}]}], "valid role: user, model"),
            ([{"role": "user", "parts": []}], "parts must not be empty"),
            ([user({"thought": True})], "must have one initialized field"),
            ([HI, model(call())], COUNT),
            ([HI, model(call()), HI], COUNT),
            ([HI, model(call(), call()), user(response())], COUNT),
            ([HI, model(call()), user(response(), response())], COUNT),
            ([HI, model(call()), HI, user(response())], COUNT),
            ([HI, user(response())], "immediately after a function call turn"),
            ([HI, model(call()), user(response()), user(response())], "immediately after a function call turn"),
            ([model(call()), user(response())], "immediately after a user turn"),
            ([HI, model({"text": "a"}), model(call()), user(response())], "immediately after a user turn"),
            ([user(call()), user(response())], "valid role"),
            ([HI, model(call()), model(response())], "valid role"),
            ([HI, model(call()), user(response("grep"))], "names match"),
            ([HI, model(call(id="a")), user(response(id="b"))], "ids match"),
            ([HI, model(call(id="a"), call(id="b")), user(response(id="a"), response(id="a"))], "ids match"),
            ([HI, model(call()), user(response(""))], "Name cannot be empty"),
            ([user({"text": "hi", "cache_control": {}})], 'Unknown name "cacheControl" at \'contents'),
            ([HI, model(call(index=0)), user(response())], 'Unknown name "index"'),
            ([HI, model(call(args="{}")), user(response())], "Invalid value"),
            ([HI, model({**call(), "thoughtSignature": "?"}), user(response())], "Base64 decoding failed"),
        ],
    )
    def test_refuses_contents(self, server: Standin, contents: list[Any], words: str) -> None:
        answer = post(server, {"contents": contents, "tools": TOOLS})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
        assert words in error["message"]

    @pytest.mark.parametrize(
        ("declared", "words"),
        [
            ([[DECLARED, DECLARED]], "Duplicate function declaration found: shell"),
            ([[DECLARED], [DECLARED]], "Duplicate function declaration found: shell"),
            ([[{"name": "a b"}]], "Invalid function name"),
            ([[{"description": "nameless"}]], "Invalid function name"),
            ([[{**DECLARED, "parameters": {"type": "OBJECT"}}]], "cannot both be set"),
        ],
    )
    def test_refuses_tools(self, server: Standin, declared: list[Any], words: str) -> None:
        tools = [{"function_declarations": functions} for functions in declared]
        assert words in post(server, {"contents": [HI], "tools": tools}).json()["error"]["message"]

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"messages": []}, 'Unknown name "messages": Cannot find field.'),
            ({"generationConfig": {"candidateCount": 2}}, "Multiple candidates is not enabled"),
            ({"system_instruction": {"parts": [{"txt": "be brief"}]}}, 'Unknown name "txt"'),
        ],
    )
    def test_refuses_requests(self, server: Standin, more: dict[str, Any], words: str) -> None:
        assert words in post(server, {"contents": [HI], **more}).json()["error"]["message"]

    @pytest.mark.parametrize("at", [{"method": "chat"}, {"version": "v2"}])
    def test_knows_no_other_methods(self, server: Standin, at: dict[str, str]) -> None:
        answer = post(server, {"contents": [HI]}, **at)
        assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")

    def test_the_client_gets_the_errors_of_scripts(self, server: Standin, gemini: genai.Client) -> None:
        server.say(Reply(status=429, error="slow down"), Reply(status=500), model=MODEL)
        with pytest.raises(errors.ClientError, match="slow down") as limited:
            ask(gemini)
        assert (limited.value.code, limited.value.status) == (429, "RESOURCE_EXHAUSTED")
        with pytest.raises(errors.ServerError) as broken:
            stream(gemini)
        assert (broken.value.code, broken.value.status) == (500, "INTERNAL")

    def test_takes_complete_rounds_in_either_spelling(self, server: Standin, gemini: genai.Client) -> None:
        rounds = [
            HI,
            model({"text": "Look:"}, call(id="a"), call("grep", id="b")),
            user(response("grep", id="b"), response(id="a"), {"text": "and hurry"}),
            model(call()),
            user(response()),
            user({"text": "more", "functionCall": None}),
        ]
        snake = {
            "contents": json.loads(json.dumps(rounds).replace("functionC", "function_c").replace("nR", "n_r")),
            "system_instruction": {"parts": {"text": "be brief"}},
            "tools": [{"function_declarations": [{"name": "shell", "parameters": {"type": "OBJECT"}}]}],
            "generation_config": {"candidate_count": 1},
        }
        assert parts_of(ask(gemini, *rounds))[0].text == f"{MODEL} got 6 messages."
        assert post(server, snake).status_code == 200
        assert server.requests[1].tool_names == ["shell"]


class TestSignatures:
    def rounds(self, server: Standin, gemini: genai.Client, name: str = MODEL) -> list[dict[str, Any]]:
        """A turn of the model's that thinks and calls, and the answer to it."""
        server.say(Reply(Thinking("hm ???"), ToolUse("shell", {"cmd": "ls"}, id="c1")), model=name)
        content = candidate_of(ask(gemini, model=name)).content
        assert content is not None
        return [HI, content.model_dump(mode="json", by_alias=True, exclude_none=True), user(response(id="c1"))]

    def test_the_model_takes_its_turn_back(self, server: Standin, gemini: genai.Client) -> None:
        rounds = self.rounds(server, gemini)
        ask(gemini, *rounds)
        without_the_thought = [rounds[0], model(rounds[1]["parts"][1]), rounds[2]]
        ask(gemini, *without_the_thought)
        url_safe = rounds[1]["parts"][1]["thoughtSignature"]
        assert "_" in url_safe
        rounds[1]["parts"][1]["thoughtSignature"] = url_safe.replace("_", "/")
        assert post(server, {"contents": rounds}).status_code == 200

    def test_a_changed_signature_is_refused(self, server: Standin, gemini: genai.Client) -> None:
        rounds = self.rounds(server, gemini)
        thought, calling = rounds[1]["parts"]
        changed = urlsafe_b64encode(b"c3RhbmRpbg" + b"0" * 64 + b"hm ???").decode()
        for parts in (
            [thought, {**calling, "thoughtSignature": changed}],
            [{**calling, "thoughtSignature": changed}],
            [{**thought, "text": "changed"}, calling],
        ):
            with pytest.raises(errors.ClientError, match="Corrupted thought signature"):
                ask(gemini, HI, model(*parts), rounds[2])

    def test_a_signature_from_elsewhere_is_taken(self, gemini: genai.Client) -> None:
        ask(gemini, HI, model({**call(), "thoughtSignature": "c2lnbmVk"}), user(response()))

    def test_a_streamed_turn_is_taken_back_in_its_pieces(self, server: Standin, gemini: genai.Client) -> None:
        server.say(EVERYTHING, model=MODEL)
        parts = [part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in parts_of(*stream(gemini))]
        ask(gemini, HI, model(*parts), user(response(id="c1"), response()))

    def test_gemini_3_wants_the_signatures_of_the_running_loop(self, server: Standin, gemini: genai.Client) -> None:
        name = "gemini-3-pro"
        rounds = self.rounds(server, gemini, name)
        bare = [HI, model(call()), user(response())]

        def send(*contents: Sequence[dict[str, Any]]) -> None:
            ask(gemini, *(content for turn in contents for content in turn), model=name)

        send(rounds)
        send(bare, rounds)
        with pytest.raises(errors.ClientError, match=r"missing a thought_signature.*default_api:shell.*position 2"):
            send(bare)
        with pytest.raises(errors.ClientError, match=r"missing a thought_signature.*position 4"):
            send(rounds, bare[1:])
