"""What only the Gemini format has: results of any shape, calls without ids, fields in two spellings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import types

from headroom_litellm.ccr.tool import NAME, PARAMETERS
from headroom_litellm.wire import Gemini, Retrieval, write

from .forms import GeminiForm, Part
from .forms.gemini import Response

FORM = GeminiForm()
WIRE = Gemini()


def call(name: str = "bash", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {"command": "make"}, **more}}


def result(response: Any, name: str = "bash", **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response, **more}}


def asked(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"contents": [{"role": "model", "parts": [call()]}, {"role": "user", "parts": list(parts)}]}


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ({"output": "text"}, {("output",): "text"}),
        ({"result": "text", "code": 0}, {("result",): "text"}),
        ({"content": [{"type": "text", "text": "one"}]}, {("content", 0, "text"): "one"}),
        ({"image": {"mimeType": "image/png", "data": "aaaa"}}, {("image", "mimeType"): "image/png"}),
        ({"file": {"kind": "csv", "data": "rows"}}, {("file", "kind"): "csv", ("file", "data"): "rows"}),
        ({"rows": [["a"], {"b": "c"}]}, {("rows", 0, 0): "a", ("rows", 1, "b"): "c"}),
        ("text", {(): "text"}),
        (None, {}),
        ({}, {}),
    ],
)
def test_the_texts_of_a_result_are_found_wherever_they_stand(response: Any, found: dict[Any, str]) -> None:
    where = ("contents", 1, "parts", 0, "functionResponse", "response")
    segments = [segment for _, segment in WIRE.read(asked(result(response))).segments() if segment.kind == "result"]
    assert {segment.path: segment.text for segment in segments} == {(*where, *path): found[path] for path in found}


def test_a_result_that_is_only_an_error_is_one() -> None:
    body = asked(result({"error": "no such file"}), result({"error": "warning", "output": "done"}))
    results = [segment for _, segment in WIRE.read(body).segments() if segment.kind == "result"]
    assert [segment.is_error for segment in results] == [True, False, False]


def test_results_are_matched_to_calls_without_ids_in_their_order() -> None:
    def named(name: str, command: str) -> dict[str, Any]:
        return {"functionCall": {"name": name, "args": {"command": command}}}

    first = [named("a", "1"), named("b", "2"), named("a", "3")]
    answers = [result({"output": "x"}, name) for name in ("b", "a", "a", "a", "c")]
    body = {
        "contents": [
            {"role": "model", "parts": [named("a", "0")]},
            {"role": "user", "parts": [{"text": "never mind"}]},
            {"role": "model", "parts": first[:1]},
            {"role": "model", "parts": first[1:]},
            {"role": "user", "parts": answers},
        ]
    }
    results = [segment for _, segment in WIRE.read(body).segments() if segment.kind == "result"]
    commands = [json.loads(segment.call.arguments)["command"] if segment.call else None for segment in results]
    assert commands == ["2", "1", "3", None, None]


def test_ids_go_before_names_and_unknown_ids_after() -> None:
    body = {
        "contents": [
            {"role": "model", "parts": [call(id="c1", args={"n": 1}), call(id="c2", args={"n": 2})]},
            {"role": "function", "parts": [result({"output": "x"}, id="c2"), result({"output": "y"}, id="made up")]},
        ]
    }
    segments = [segment for _, segment in WIRE.read(body).segments() if segment.kind == "result"]
    assert [segment.call.arguments for segment in segments if segment.call] == ['{"n":2}', '{"n":1}']


def test_a_call_without_an_id_reads_alike_wherever_it_stands() -> None:
    once = {"role": "model", "parts": [call()]}
    later = {"role": "model", "parts": [{"text": "so"}, call()]}
    contents = [once, {"role": "user", "parts": [result({"output": "x"}), {"text": "again"}]}, later]
    segments = [segment for _, segment in WIRE.read({"contents": contents}).segments() if segment.kind == "call"]
    assert segments[0].call == segments[1].call


def test_both_spellings_are_read() -> None:
    parts = [{"function_call": {"name": "bash", "args": {}}}, {"text": "hm", "thought": True}, {"text": "so"}]
    response = {"function_response": {"name": "bash", "response": {"output": "done"}}}
    body = {
        "system_instruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"parts": {"text": "Look."}},
            {"role": "model", "parts": parts},
            {"role": "user", "parts": [response]},
        ],
        "tools": [{"function_declarations": [{"name": "bash"}]}],
    }
    conversation = WIRE.read(body)
    assert [(role, segment.kind, segment.text) for role, segment in conversation.segments()] == [
        ("system", "text", "Be brief."),
        ("user", "text", "Look."),
        ("assistant", "call", "{}"),
        ("assistant", "text", "so"),
        ("user", "result", "done"),
    ]
    assert conversation.turns[-1].segments[0].call is not None
    assert conversation.retrievable


GIVEN_ALONE = [
    {"role": "user", "parts": [{"text": "Look."}]},
    {"parts": {"text": "Look."}},
    "Look.",
]


@pytest.mark.parametrize("given", GIVEN_ALONE)
def test_one_content_alone_is_a_history_of_one(given: Any) -> None:
    body = {"contents": given}
    (item,) = WIRE.items(body)
    (turn,) = WIRE.read(body).turns
    (segment,) = turn.segments
    assert (turn.role, turn.span, segment.text) == ("user", (0, 1), "Look.")
    assert write(body, {segment.path: "Look!"}) != body
    asked = WIRE.answer({"candidates": [{"content": {"parts": [call(NAME)], "role": "model"}}]})
    assert asked is not None
    followed_up = WIRE.follow_up(body, asked, [(asked.retrievals[0], "rows")])["contents"]
    assert followed_up[0] == item
    turns = WIRE.read({"contents": followed_up}).turns
    assert [[segment.text for segment in turn.segments] for turn in turns][::2] == [["Look."], ["rows"]]


def test_a_result_in_one_content_alone_is_found() -> None:
    body = {"contents": {"role": "user", "parts": result({"output": "text"})}}
    (segment,) = [segment for _, segment in WIRE.read(body).segments()]
    assert segment.kind == "result"
    written = write(body, {segment.path: "short"})
    assert written["contents"]["parts"]["functionResponse"]["response"] == {"output": "short"}


@pytest.mark.parametrize("outer", ["toolConfig", "tool_config"])
@pytest.mark.parametrize("inner", ["functionCallingConfig", "function_calling_config"])
@pytest.mark.parametrize("field", ["allowedFunctionNames", "allowed_function_names"])
def test_the_retrieve_tool_is_among_the_functions_that_are_allowed(outer: str, inner: str, field: str) -> None:
    calling = {"mode": "ANY", field: ["one", "two"]}
    body = {**FORM.body([]), outer: {inner: calling, "retrievalConfig": {}}}
    declared = WIRE.declare(body)[outer]
    assert declared == {inner: {"mode": "ANY", field: ["one", "two", NAME]}, "retrievalConfig": {}}
    assert calling[field] == ["one", "two"]


@pytest.mark.parametrize(
    ("calling", "names"),
    [
        ({"mode": "ANY", "allowedFunctionNames": ["one"]}, ["one"]),
        ({"mode": "VALIDATED", "allowedFunctionNames": ["one"]}, ["one", NAME]),
        ({"mode": "VALIDATED", "allowedFunctionNames": []}, []),
        ({"mode": "ANY", "allowedFunctionNames": "one"}, "one"),
        ({"mode": "ANY"}, None),
        ({}, None),
    ],
)
def test_a_function_that_must_be_called_stays_the_only_one(calling: Any, names: Any) -> None:
    body = {**FORM.body([]), "toolConfig": {"functionCallingConfig": calling}}
    assert WIRE.declare(body)["toolConfig"]["functionCallingConfig"].get("allowedFunctionNames") == names


@pytest.mark.parametrize("field", ["functionDeclarations", "function_declarations"])
def test_the_tool_goes_to_the_tail_of_the_last_list_of_functions(field: str) -> None:
    tools = [{field: [{"name": "one"}]}, {field: [{"name": "two"}]}, {"googleSearch": {}}, {field: []}]
    declared = WIRE.declare({"contents": [], "tools": tools})["tools"]
    assert [len(entry.get(field, ())) for entry in declared] == [1, 2, 0, 0]
    assert (declared[0], declared[2:]) == (tools[0], tools[2:])
    assert WIRE.tool_names({"tools": declared}) == ["one", "two", NAME]


def test_the_declaration_is_one_that_googles_client_takes() -> None:
    (entry,) = WIRE.declare({"contents": [], "tools": [{"functionDeclarations": [{"name": "one"}]}]})["tools"]
    declaration = types.Tool.model_validate(entry).function_declarations[-1]  # type: ignore[index]
    assert declaration.parameters is not None
    assert declaration.parameters.type == types.Type.OBJECT
    assert set(declaration.parameters.properties or ()) == set(PARAMETERS["properties"])
    assert declaration.parameters.required == PARAMETERS["required"]


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"googleSearch": {}}]},
        {"tools": None},
        {"generationConfig": {"candidateCount": 2}},
        {"config": {"candidate_count": 2}},
        {"toolConfig": {"functionCallingConfig": {"streamFunctionCallArguments": True}}},
    ],
)
def test_without_functions_or_with_several_answers_or_broken_up_calls_there_is_no_retrieval(more: Any) -> None:
    body = {**FORM.body([]), "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}
    assert WIRE.can_retrieve({**body, "generationConfig": {"candidateCount": 1}})
    assert not WIRE.can_retrieve({**body, **more})


def test_calls_without_ids_are_answered_without() -> None:
    (content,) = WIRE.results([(Retrieval("", "{}"), "one"), (Retrieval("r", "{}"), "two")])
    responses = [part["functionResponse"] for part in content["parts"]]
    assert [("id" in response, response["name"], response["response"]) for response in responses] == [
        (False, NAME, {"output": "one"}),
        (True, NAME, {"output": "two"}),
    ]


def test_results_beside_each_other_become_one_turn() -> None:
    ours, theirs = WIRE.results([(Retrieval("r", "{}"), "one")])[0], asked(result({"output": "two"}))["contents"][1]
    merged = WIRE.merge(ours, theirs)
    assert merged == {"role": "user", "parts": [*ours["parts"], *theirs["parts"]]}
    alone = {**theirs, "parts": theirs["parts"][0]}
    assert WIRE.merge(ours, alone) == WIRE.merge({**ours, "parts": ours["parts"][0]}, theirs) == merged
    assert WIRE.merge(ours, {"role": "user", "parts": [{"text": "and?"}]}) is None
    assert WIRE.merge({"role": "model", "parts": [call()]}, theirs) is None


def test_a_turn_that_says_nothing_is_not_sent_back() -> None:
    answer = WIRE.answer({"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}}]})
    assert answer is not None
    assert answer.items == ()


def test_litellms_own_response_stays_one_with_all_that_hangs_on_it() -> None:
    from litellm.types.google_genai.main import GenerateContentResponse

    responses = []
    for number, part in enumerate([Part("retrieve", "a"), Part("text", "done")]):
        responses.append(GenerateContentResponse(**dict(FORM.response([part], number))))
        responses[-1]._hidden_params = {"response_cost": number}
    joined = WIRE.join(responses)
    assert type(joined) is GenerateContentResponse
    assert joined._hidden_params == {"response_cost": 1}
    assert joined.usageMetadata["promptTokenCount"] == 21
    assert FORM.whole(joined).text == "done"


def test_a_mapping_is_joined_to_a_mapping() -> None:
    responses = [dict(FORM.response([Part("text", "hm. "), Part("retrieve", "a")])), dict(FORM.response([], 1))]
    responses[1]["_hidden_params"] = {}
    joined = WIRE.join(responses)
    assert isinstance(joined, dict)
    assert "_hidden_params" in joined
    joined.pop("_hidden_params")
    assert FORM.whole(joined).text == "hm. "


def test_what_was_said_before_a_refusal_is_not_lost() -> None:
    refused = Response.model_validate({"promptFeedback": {"blockReason": "SAFETY"}})
    assert WIRE.answer(refused) is None
    assert WIRE.join([refused]) == refused
    joined = WIRE.join([FORM.response([Part("text", "hm"), Part("retrieve", "a")]), refused])
    (candidate,) = joined.candidates
    assert candidate["content"]["parts"][0] == {"text": "hm"}
    assert "finishReason" not in candidate
    assert joined.promptFeedback
    silent = WIRE.join([{"candidates": [{"content": {"parts": [call(NAME)]}, "finishReason": "STOP"}]}, {"id": "x"}])
    assert silent == {"id": "x"}


SOURCES = {"webSearchQueries": ["x"], "groundingChunks": [{"web": {"uri": "u"}}]}
CITED = {"citationSources": [{"uri": "u"}]}


@pytest.mark.parametrize(
    ("last", "sources"),
    [
        ({}, SOURCES),
        ({"groundingMetadata": None}, SOURCES),
        ({"groundingMetadata": {"groundingChunks": []}}, {"groundingChunks": []}),
    ],
)
def test_sources_of_hidden_answers_are_named_where_the_last_one_names_none(last: Any, sources: Any) -> None:
    of_one_call = {"finishReason": "STOP", "finishMessage": "so", "tokenCount": 3, "avgLogprobs": -1}
    hidden = {"groundingMetadata": SOURCES, "citationMetadata": CITED, "index": 0, "safetyRatings": [], **of_one_call}
    asked = {"candidates": [{"content": {"role": "model", "parts": [call(NAME)]}, **hidden}]}
    done = {"content": {"role": "model", "parts": [{"text": "done"}]}, "finishReason": "MAX_TOKENS", **last}
    (candidate,) = WIRE.join([asked, {"candidates": [done]}])["candidates"]
    assert candidate == {**done, "groundingMetadata": sources, "citationMetadata": CITED, "index": 0}


def test_the_signature_of_a_hidden_call_goes_to_the_next_one_of_the_same_answer() -> None:
    hidden = {**call(NAME), "thoughtSignature": "s"}
    signed, bare = {**call(), "thoughtSignature": "c"}, call()

    def joined(*answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        responses = [{"candidates": [{"content": {"role": "model", "parts": parts}}]} for parts in answers]
        parts: list[dict[str, Any]] = WIRE.join(responses)["candidates"][0]["content"]["parts"]
        return parts

    moved = {**bare, "thoughtSignature": "s"}
    assert joined([hidden, bare, bare]) == [moved, bare]
    assert joined([hidden, call(NAME), {"text": "so"}, bare]) == [{"text": "so"}, moved]
    assert joined([hidden, signed, bare]) == [signed, bare]
    assert joined([bare, hidden]) == [bare]
    assert joined([hidden], [bare]) == [bare]
    answer = WIRE.answer({"candidates": [{"content": {"parts": [hidden, bare]}}]})
    assert answer is not None
    assert answer.items[0]["parts"] == [hidden, bare]


def test_modalities_are_summed_each_for_itself() -> None:
    asked, answered = FORM.response([Part("retrieve", "a")]), FORM.response([Part("text", "b")], 1)
    details = WIRE.join([asked, answered]).usageMetadata["promptTokensDetails"]
    assert details == [{"modality": "TEXT", "tokenCount": 18}, {"modality": "IMAGE", "tokenCount": 3}]


def test_what_is_no_count_of_a_modality_counts_for_nothing() -> None:
    text = {"modality": "TEXT", "tokenCount": 1}
    asked, answered = ({"usageMetadata": {"promptTokensDetails": [None, text, 7]}} for _ in range(2))
    assert WIRE.join([asked, answered])["usageMetadata"] == {"promptTokensDetails": [{**text, "tokenCount": 2}]}
    assert WIRE.join([{"usageMetadata": {"promptTokensDetails": 7}}, answered])["usageMetadata"] == {
        "promptTokensDetails": [text]
    }
    assert WIRE.join([{"usageMetadata": "none"}, {}]) == {}
