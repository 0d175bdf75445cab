"""What only the Gemini stream has: signatures, errors as chunks, ends that say more, chunks of other providers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Failsafe, Gemini, Splicer

from .forms import GeminiForm, Part
from .forms.gemini import write_chunk

FORM = GeminiForm()
WIRE = Gemini()


def call(name: str = "bash", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {"command": "make"}, **more}}


def chunk(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    candidate = {"content": {"role": "model", "parts": list(parts)}, **({"finishReason": finish} if finish else {})}
    return write_chunk({"candidates": [{**candidate, **more.pop("candidate", {})}], **more})


def fed(splicer: Splicer, *items: bytes) -> bytes:
    return b"".join(out for item in items for out in splicer.feed(item))


def chunks(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(event.removeprefix(b"data: ")) for event in data.split(b"\n\n") if event]


RETRIEVE = call(NAME, id="r", args={"hash": "a"})


def test_signatures_stay_on_their_parts() -> None:
    parts = [
        {"text": "so ", "thought": True},
        {"text": "what", "thought": True},
        {"text": "look "},
        {"text": "here", "thoughtSignature": "s1"},
        {**RETRIEVE, "thoughtSignature": "s2"},
        call(id="c"),
        {"text": "", "thoughtSignature": "s3"},
    ]
    splicer = WIRE.splicer()
    out = chunks(fed(splicer, *(chunk(part) for part in parts), chunk({"text": ""}, finish="STOP")))
    visible = [part for one in out for part in one["candidates"][0]["content"]["parts"]]
    # That of the hidden call is on the call beside it.
    assert visible == [*parts[:4], {**parts[5], "thoughtSignature": "s2"}, parts[6]]
    (item,) = splicer.answer().items
    assert item["parts"] == [{"text": "so what", "thought": True}, *parts[2:]]


def test_an_error_in_the_stream_reaches_the_client_and_is_not_followed_up() -> None:
    splicer = WIRE.splicer()
    error = write_chunk({"error": {"code": 503, "message": "x", "status": "UNAVAILABLE"}})
    out = fed(splicer, chunk({"text": "hm"}), chunk(RETRIEVE), error)
    assert out == chunk({"text": "hm"}) + error
    assert not splicer.answer().retrievals
    splicer.next_stream()
    assert fed(splicer, error) == error
    assert WIRE.is_error(error)
    assert not WIRE.is_error(chunk({"text": "error"}))


def test_a_stream_of_another_provider_is_spliced_too() -> None:
    def translated(parts: list[Any], finish: str | None = None, **more: Any) -> bytes:
        content = {"parts": parts, "role": "model"}
        candidate = {"content": content, "finishReason": finish, "index": 0, "safetyRatings": []}
        return b"data: " + json.dumps({"candidates": [candidate], **more}).encode() + b"\n\n"

    usage = {"usageMetadata": {"promptTokenCount": 0, "candidatesTokenCount": 0, "totalTokenCount": 0}}
    plain = [translated([{"text": "a"}]), translated([call()]), translated([], "STOP", **usage)]
    assert fed(WIRE.splicer(), *plain) == b"".join(plain)
    splicer = WIRE.splicer()
    out = fed(splicer, translated([call(NAME)]), translated([], "STOP", **usage))
    assert out == b""
    assert [retrieval.id for retrieval in splicer.answer().retrievals] == [""]
    splicer.next_stream()
    assert fed(splicer, plain[0], plain[2]) == fed(WIRE.splicer(), plain[0], plain[2])


def test_what_the_end_says_besides_is_not_held_back() -> None:
    splicer = WIRE.splicer()
    sources = {"groundingMetadata": {"webSearchQueries": ["x"]}}
    end = chunk({"text": "bye"}, RETRIEVE, finish="STOP", candidate=sources, usageMetadata={"promptTokenCount": 1})
    (said,) = chunks(fed(splicer, end))
    assert said["candidates"] == [{"content": {"role": "model", "parts": [{"text": "bye"}]}, **sources}]
    (held,) = chunks(b"".join(splicer.finish()))
    assert held["candidates"] == [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP"}]
    assert held["usageMetadata"] == {"promptTokenCount": 1}


def test_each_answer_keeps_its_own_signatures() -> None:
    splicer = WIRE.splicer()
    fed(splicer, chunk({**RETRIEVE, "thoughtSignature": "s"}, finish="STOP"))
    splicer.next_stream()
    end = chunk(call(id="c"), finish="STOP")
    assert fed(splicer, end) == end


def test_an_end_on_every_piece_ends_nothing() -> None:
    splicer = WIRE.splicer()
    said = [{"text": "let "}, {"text": "me see"}, RETRIEVE]
    answers = []
    for part in said:
        fed(splicer, chunk(part, finish="STOP"))
        assert splicer.ended
        answers.append(splicer.answer())
    assert [answer.items[0]["parts"] for answer in answers] == [
        [{"text": "let "}],
        [{"text": "let me see"}],
        [{"text": "let me see"}, RETRIEVE],
    ]
    assert [len(answer.retrievals) for answer in answers] == [0, 0, 1]


def test_no_usage_is_made_up() -> None:
    splicer = WIRE.splicer()
    fed(splicer, chunk(RETRIEVE, finish="STOP"))
    splicer.next_stream()
    end = chunk({"text": "done"}, finish="STOP")
    assert fed(splicer, end) == end


def test_a_follow_up_that_is_refused_reads_alike_streamed_and_whole() -> None:
    first = [chunk({"text": "hm"}), chunk(RETRIEVE, finish="STOP", usageMetadata={"promptTokenCount": 1})]
    refused = write_chunk({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 2}})
    splicer = WIRE.splicer()
    out = fed(splicer, *first)
    splicer.next_stream()
    said, end = chunks(out + fed(splicer, refused) + b"".join(splicer.finish()))
    asked = json.loads(chunk({"text": "hm"}, RETRIEVE, finish="STOP", usageMetadata={"promptTokenCount": 1})[6:])
    assert WIRE.join([asked, json.loads(refused[6:])]) == {**said, **end}


def test_usage_that_comes_behind_the_end_counts() -> None:
    splicer = WIRE.splicer()
    fed(splicer, chunk(RETRIEVE, finish="STOP"), write_chunk({"usageMetadata": {"promptTokenCount": 1}}))
    splicer.next_stream()
    end = chunk({"text": "done"}, finish="STOP")
    out = chunks(fed(splicer, end, write_chunk({"usageMetadata": {"promptTokenCount": 2}})))
    assert [one["usageMetadata"] for one in out] == [{"promptTokenCount": 1}, {"promptTokenCount": 3}]


def test_numbers_in_a_call_stay_exact_beside_a_retrieval() -> None:
    splicer = WIRE.splicer()
    theirs = call(id="c", args={"n": 12345678901234567890123, "x": 1.10, "text": "é\ud83d"})
    out = fed(splicer, chunk(RETRIEVE, theirs))
    fed(splicer, chunk({"text": ""}, finish="STOP"))
    assert chunks(out)[0]["candidates"][0]["content"]["parts"] == [theirs]
    assert splicer.answer().items[0]["parts"][1] == theirs


def test_a_stream_of_text_is_answered_with_text() -> None:
    splicer = WIRE.splicer()
    out: list[str] = []
    for number, said in enumerate([[Part("text", "hm"), Part("retrieve", "a")], [Part("text", "é")]]):
        for item in FORM.items(said, number):
            out += splicer.feed(item.decode())
        if number == 0:
            splicer.next_stream()
    assert FORM.streamed([part.encode() for part in out]).text == "hmé"


@pytest.mark.parametrize("breaks", range(4))
def test_when_splicing_is_given_up_within_an_item_nothing_comes_twice_and_no_retrieval(breaks: int) -> None:
    inner = Gemini().splicer()
    safe = Failsafe(inner)
    whole_pass, passed = inner._pass, 0  # type: ignore[attr-defined]

    def breaking(event: Any) -> bytes:
        nonlocal passed
        passed += 1
        if passed > breaks:
            raise RuntimeError
        return bytes(whole_pass(event))

    inner._pass = breaking  # type: ignore[attr-defined]
    items = [chunk(part) for part in ({"text": "a"}, {"text": "b"}, {"text": "c"})]
    items.append(chunk({"text": ""}, finish="STOP", responseId="r"))
    cut = [items[0] + items[1][:9], items[1][9:] + items[2], items[3]]
    assert b"".join(part for item in cut for part in safe.feed(item)) == b"".join(items)
