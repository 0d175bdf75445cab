"""What only the Responses stream has: numbered events with ids, several kinds of end, and LiteLLM's own event types."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from openai._models import construct_type
from openai.types.responses import ResponseStreamEvent
from pydantic import BaseModel, ConfigDict

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Responses, Splicer
from standin import Reply, Standin, Text, Thinking, ToolUse, running

from .forms import Part, ResponsesForm
from .forms.responses import TOOLS, accumulated, event_of, sent

WIRE, FORM = Responses(), ResponsesForm()
ASKED = [Part("text", "hm"), Part("retrieve", "a")]
DONE = [Part("text", "done")]
THINKING_MODELS = {"openai": "gpt-5", "anthropic": "claude-sonnet-4-5"}


def fed(splicer: Splicer, events: Sequence[Any]) -> list[Any]:
    return [out for event in events for out in splicer.feed(event)]


def stream(parts: Sequence[Part], number: int = 0, **final: Any) -> list[Any]:
    """A stream whose last event is of another kind and says other things of the response."""
    *events, last = FORM.items(parts, number)
    if not final:
        return [*events, last]
    data = json.loads(sent(last))
    kind = f"response.{final.get('status', 'completed')}"
    return [*events, event_of({**data, "type": kind, "response": {**data["response"], **final}})]


def follow(second: Sequence[Any]) -> list[Any]:
    """What the client gets of a stream that asks for a retrieval and of the one that follows it."""
    splicer = WIRE.splicer()
    out = fed(splicer, FORM.items(ASKED))
    splicer.next_stream()
    return [*out, *fed(splicer, second), *splicer.finish()]


def numbers(events: Sequence[Any]) -> list[int]:
    return [event.sequence_number for event in events]


def test_all_of_a_stream_has_the_id_of_the_first_response() -> None:
    out = follow(FORM.items(DONE, 1))
    assert [out[at].response.id for at in (0, 1, -1)] == ["resp_0", "resp_0", "resp_0"]
    assert [item.id for item in out[-1].response.output] == ["msg_0_0", "msg_1_0"]


def test_calls_of_the_clients_go_out_without_the_retrieval_beside_them() -> None:
    splicer = WIRE.splicer()
    out = fed(splicer, FORM.items([Part("retrieve", "a"), Part("client", "ls"), Part("retrieve", "b")]))
    assert splicer.ended
    assert splicer.answer().client_calls
    assert [event.type for event in out[-4:]][-1] == "response.output_item.done"
    seen = FORM.streamed([*out, *splicer.finish()])
    assert [call.id for call in seen.calls] == [FORM.call_id(0, 1)]


@pytest.mark.parametrize("status", ["incomplete", "failed"])
def test_a_follow_up_may_end_in_another_way(status: str) -> None:
    more = {"incomplete_details": {"reason": "max_output_tokens"}, "error": {"code": "server_error", "message": "oh"}}
    out = follow(stream(DONE, 1, status=status, **more))
    assert numbers(out) == list(range(len(out)))
    assert (out[-1].type, out[-1].response.status) == (f"response.{status}", status)
    assert out[-1].response.incomplete_details.reason == "max_output_tokens"
    assert [item.id for item in out[-1].response.output] == ["msg_0_0", "msg_1_0"]
    assert out[-1].response.usage.input_tokens == 21


def test_a_response_that_failed_has_not_asked_for_anything() -> None:
    splicer = WIRE.splicer()
    out = fed(splicer, stream(ASKED, status="failed", error={"code": "server_error", "message": "oh"}))
    assert splicer.ended
    assert not splicer.answer().retrievals
    assert out[-1].type == "response.failed"
    assert NAME not in "".join(map(str, out))


def test_an_error_in_a_follow_up_is_an_event_of_the_one_stream() -> None:
    error = {"type": "error", "sequence_number": 2, "code": "server_error", "message": "oh", "param": None}
    out = follow([*FORM.items(DONE, 1)[:2], event_of(error)])
    assert numbers(out) == list(range(len(out)))
    assert out[-1].type == "error"


def test_a_response_that_was_cut_short_may_still_be_followed_up() -> None:
    splicer = WIRE.splicer()
    fed(splicer, stream(ASKED, status="incomplete", incomplete_details={"reason": "max_output_tokens"}))
    assert len(splicer.answer().retrievals) == 1
    (final,) = splicer.finish()
    assert (final.type, len(final.response.output)) == ("response.incomplete", 1)


def test_the_events_of_the_provider_stay_as_they_are() -> None:
    first, second = FORM.items(ASKED), FORM.items(DONE, 1)
    before = copy.deepcopy((first, second))
    splicer = WIRE.splicer()
    fed(splicer, first)
    splicer.next_stream()
    fed(splicer, second)
    assert (first, second) == before


def test_the_retrieve_tool_is_not_among_the_tools_that_the_stream_repeats() -> None:
    tools = WIRE.declare({"tools": TOOLS})["tools"]
    begun, *_ = FORM.items(DONE)
    echo = begun.model_copy(
        update={"response": type(begun.response).model_validate({**begun.response.to_dict(), "tools": tools})}
    )
    (out,) = WIRE.splicer().feed(echo)
    assert [entry.name for entry in out.response.tools] == ["bash"]
    assert [entry.name for entry in echo.response.tools] == ["bash", NAME]


@pytest.mark.filterwarnings("ignore:Pydantic serializer")
def test_a_final_event_that_does_not_repeat_the_output_gets_it() -> None:
    splicer = WIRE.splicer()
    fed(splicer, stream(ASKED, output=[]))
    assert [item["type"] for item in splicer.answer().items] == ["message", "function_call"]
    splicer.next_stream()
    *_, final = fed(splicer, stream(DONE, 1, output=[]))
    assert [item["id"] for item in json.loads(sent(final))["response"]["output"]] == ["msg_0_0", "msg_1_0"]


@pytest.mark.parametrize("name", ["", "headroom_"])
def test_a_call_whose_name_comes_late_waits_for_it(name: str) -> None:
    said = [Part("client", "a"), Part("retrieve", "b"), *DONE]
    events = [
        event.model_copy(update={"item": event.item.model_copy(update={"name": name})})
        if event.type == "response.output_item.added" and event.item.type == "function_call"
        else event
        for event in FORM.items(said)
    ]
    splicer = WIRE.splicer()
    out = [*fed(splicer, events), *splicer.finish()]
    assert numbers(out) == list(range(len(out)))
    assert NAME not in "".join(map(str, out))
    seen = accumulated(out)
    assert [item.type for item in seen.output] == ["function_call", "message"]


def test_what_comes_while_a_call_waits_for_its_name_is_numbered_without_it() -> None:
    begin, progress, *said, final = FORM.items([Part("client", "a", tool="headroom"), *DONE])
    call, words = ([event for event in said if event.output_index == at] for at in (0, 1))
    splicer = WIRE.splicer()
    out = [*fed(splicer, [begin, progress, *call[:-1], *words[:-1], call[-1], words[-1], final]), *splicer.finish()]
    assert numbers(out) == list(range(len(out)))
    assert [event.type for event in out[2:4]] == ["response.output_item.added", "response.content_part.added"]
    added = [event.item.type for event in out if event.type == "response.output_item.added"]
    assert added == ["message", "function_call"]


def test_a_retrieval_of_which_only_the_final_event_tells_is_one() -> None:
    splicer = WIRE.splicer()
    *events, _ = FORM.items(ASKED[:1])
    out = fed(splicer, [*events, FORM.items(ASKED)[-1].model_copy(update={"sequence_number": len(events)})])
    assert len(splicer.answer().retrievals) == 1
    splicer.next_stream()
    out += fed(splicer, FORM.items(DONE, 1))
    assert FORM.streamed(out).text == "hmdone"


class Bridged(BaseModel):
    """An event of a stream that LiteLLM makes of another format: its number is not sent."""

    model_config = ConfigDict(extra="allow")

    @classmethod
    def of(cls, event: Any) -> Bridged:
        bridged = cls.model_validate({name: value for name, value in event if name != "sequence_number"})
        bridged.__dict__["sequence_number"] = 7
        return bridged


def test_a_stream_without_numbers_gets_none() -> None:
    splicer = WIRE.splicer()
    out = fed(splicer, list(map(Bridged.of, FORM.items(ASKED))))
    splicer.next_stream()
    out += fed(splicer, list(map(Bridged.of, FORM.items(DONE, 1))))
    assert [event.type for event in out][-1] == "response.completed"
    assert "sequence_number" not in "".join(map(sent, out))


def test_a_stream_with_numbers_has_them_to_its_end_whoever_goes_on() -> None:
    out = follow(list(map(Bridged.of, FORM.items(DONE, 1))))
    assert [json.loads(sent(event)).get("sequence_number") for event in out] == list(range(len(out)))


def test_what_is_held_back_is_given_up_in_its_order() -> None:
    splicer = WIRE.splicer()
    events = FORM.items([Part("client", "a", tool="headroom")])
    out, odd = fed(splicer, events[:5]), object()
    assert [*out, *splicer.surrender(), odd] == [*events[:5], odd]
    assert len(out) < 5


def test_a_custom_tool_passes_as_it_comes_and_is_the_clients() -> None:
    item = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": NAME, "input": ""}
    events = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ctc_1", "delta": "x"},
        {"type": "response.output_item.done", "output_index": 0, "item": {**item, "input": "x"}},
    ]
    typed = [event_of({**event, "sequence_number": at}) for at, event in enumerate(events)]
    splicer = WIRE.splicer()
    assert [out is event for out, event in zip(fed(splicer, typed), typed, strict=True)] == [True] * 3
    assert splicer.answer().client_calls


def test_what_is_no_event_passes_as_it_is() -> None:
    told = 'data: {"error": "oh"}'
    assert follow([told])[-1] is told


def test_what_the_stream_said_is_known_before_others_change_it() -> None:
    splicer = WIRE.splicer()
    out = fed(splicer, FORM.items(DONE))
    out[-1].response.id = "resp_encrypted"
    out[-1].response.output[0].content[0].text = "masked"
    assert splicer.answer() == WIRE.answer(FORM.response(DONE))


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with running() as server:
        yield server


@pytest.mark.filterwarnings("ignore:Pydantic serializer")
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_streams_of_litellm_are_spliced_and_can_be_followed_up(standin: Standin, provider: str) -> None:
    """A provider's own Responses stream, and one that LiteLLM makes of another format."""
    import litellm

    model = THINKING_MODELS[provider]
    retrieve = ToolUse(NAME, {"hash": "a" * 24})
    standin.say(Reply(Thinking("which?"), Text("Let me look. "), retrieve), Reply(Text("Done.")), model=model)
    body = WIRE.declare(
        {
            "input": "Look.",
            "tools": TOOLS,
            "reasoning": {"effort": "high"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
        }
    )

    async def events(body: dict[str, Any]) -> list[Any]:
        base = standin.url if provider == "anthropic" else f"{standin.url}/v1"
        options = {"api_base": base, "api_key": "any", "max_output_tokens": 9000, "stream": True}
        return [event async for event in await litellm.aresponses(model=f"{provider}/{model}", **body, **options)]

    splicer = WIRE.splicer()
    out = fed(splicer, await events(body))
    answer = splicer.answer()
    assert not answer.client_calls
    followed = WIRE.follow_up(body, answer, [(call, "found") for call in answer.retrievals])
    splicer.next_stream()
    out += [*fed(splicer, await events(followed)), *splicer.finish()]

    assert NAME not in "".join(map(sent, out))
    final = accumulated([construct_type(type_=ResponseStreamEvent, value=json.loads(sent(event))) for event in out])
    assert final.output_text == "Let me look. Done."
    assert [item.type for item in final.output] == ["reasoning", "message", "message"]
    first, second = standin.wait_for(2, model)
    assert final.usage is not None
    charged = [request.usage.prompt for request in (first, second) if request.usage is not None]
    assert final.usage.input_tokens == sum(charged)
    assert "found" in json.dumps(second.body)
    assert not standin.problems
