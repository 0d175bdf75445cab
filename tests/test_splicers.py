"""The stream splice, format by format, under any order of parts and any cut of the bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Chat, Failsafe, Messages, Splicer, Wire
from headroom_litellm.wire.sse import EventReader, write_event


class CustomDelta(BaseModel):
    """A call of a custom tool, as LiteLLM streams it."""

    index: int
    id: str
    type: str
    custom: dict[str, Any]


Part = tuple[str, str]
"""(kind, content); kinds are text, thinking, client (a call of the client's) and retrieve."""

parts = st.lists(
    st.tuples(st.sampled_from(["text", "thinking", "client", "retrieve"]), st.text("ab é\n", min_size=1, max_size=8)),
    min_size=1,
    max_size=5,
)


@dataclass
class Seen:
    """What a client makes of a stream."""

    text: str = ""
    calls: list[str] = field(default_factory=list)
    stop: str | None = None
    starts: int = 0
    output_tokens: int = 0


class MessagesForm:
    wire: Wire = Messages()

    def items(self, stream: Sequence[Part], number: int, cuts: Sequence[int]) -> list[bytes]:
        usage = {"input_tokens": 10, "output_tokens": 1}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": {"id": f"msg_{number}", "role": "assistant", "usage": usage}},
            {"type": "ping"},
        ]
        for index, (kind, content) in enumerate(stream):
            events += self._block(index, kind, content)
        calls = any(kind in ("client", "retrieve") for kind, _ in stream)
        delta = {"stop_reason": "tool_use" if calls else "end_turn"}
        events += [{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}, {"type": "message_stop"}]
        data = b"".join(write_event(event) for event in events)
        at, out = 0, []
        for cut in sorted({cut % (len(data) + 1) for cut in cuts}):
            out.append(data[at:cut])
            at = cut
        return [*out, data[at:]]

    @staticmethod
    def _block(index: int, kind: str, content: str) -> list[dict[str, Any]]:
        start: dict[str, Any]
        if kind == "text":
            start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": content}
        elif kind == "thinking":
            start, delta = {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": content}
        else:
            name = NAME if kind == "retrieve" else f"client_{content}"
            start = {"type": "tool_use", "id": f"t{index}", "name": name, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps({"hash": content})}
        return [
            {"type": "content_block_start", "index": index, "content_block": start},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]

    def client(self, items: Iterable[bytes]) -> Seen:
        reader, seen, indexes = EventReader(), Seen(), []
        for item in items:
            for event in reader.feed(item):
                data = event.data or {}
                if data["type"] == "message_start":
                    seen.starts += 1
                elif data["type"] == "content_block_start":
                    indexes.append(data["index"])
                    if data["content_block"]["type"] == "tool_use":
                        seen.calls.append(data["content_block"]["name"])
                elif data["type"] == "content_block_delta":
                    assert data["index"] == indexes[-1]
                    seen.text += data["delta"].get("text", "")
                elif data["type"] == "message_delta":
                    assert seen.stop is None
                    seen.stop, seen.output_tokens = data["delta"]["stop_reason"], data["usage"]["output_tokens"]
        assert indexes == list(range(len(indexes)))
        assert not reader.pending
        return seen

    stop_without_calls, stop_with_calls = "end_turn", "tool_use"


class ChatForm:
    wire: Wire = Chat()

    def items(self, stream: Sequence[Part], number: int, cuts: Sequence[int]) -> list[ChatCompletionChunk]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        calls = 0
        for kind, content in stream:
            if kind == "text":
                deltas.append({"content": content})
            elif kind == "thinking":
                deltas.append({"reasoning_content": content})
            else:
                name = NAME if kind == "retrieve" else f"client_{content}"
                at = cuts[0] % len(name) if cuts else 0
                arguments = json.dumps({"hash": content})
                for function in ({"name": name[:at], "arguments": ""}, {"name": name[at:]}, {"arguments": arguments}):
                    call = {"index": calls, "function": function}
                    if function is not None and "arguments" in function and function["arguments"] == "":
                        call = {"id": f"t{calls}", "type": "function", **call}
                    deltas.append({"tool_calls": [call]})
                calls += 1
        chunks = [self._chunk(number, delta) for delta in deltas]
        chunks.append(self._chunk(number, {}, "tool_calls" if calls else "stop"))
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        chunks.append(ChatCompletionChunk.model_validate({**self._base(number), "choices": [], "usage": usage}))
        return chunks

    @staticmethod
    def _base(number: int) -> dict[str, Any]:
        return {"id": f"chat_{number}", "created": number, "model": "m", "object": "chat.completion.chunk"}

    def _chunk(self, number: int, delta: dict[str, Any], finish: str | None = None) -> ChatCompletionChunk:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return ChatCompletionChunk.model_validate({**self._base(number), "choices": [choice]})

    def client(self, items: Iterable[ChatCompletionChunk]) -> Seen:
        seen, names, ids = Seen(), dict[int, str](), set()
        for item in items:
            ids.add(item.id)
            if item.usage is not None:
                seen.output_tokens = item.usage.completion_tokens
            for choice in item.choices:
                seen.starts += choice.delta.role is not None
                seen.text += choice.delta.content or ""
                for call in choice.delta.tool_calls or ():
                    names[call.index] = names.get(call.index, "") + ((call.function and call.function.name) or "")
                if choice.finish_reason:
                    assert seen.stop is None
                    seen.stop = choice.finish_reason
        assert list(names) == list(range(len(names)))
        assert len(ids) == 1
        seen.calls = list(names.values())
        return seen

    stop_without_calls, stop_with_calls = "stop", "tool_calls"


FORMS = [pytest.param(MessagesForm(), id="messages"), pytest.param(ChatForm(), id="chat")]


def spliced(splicer: Splicer, streams: Sequence[Sequence[Any]]) -> tuple[list[Any], int]:
    """What the client gets, and how many streams it took: a stream is followed up when it only asks for retrievals."""
    out: list[Any] = []
    for number, stream in enumerate(streams, 1):
        for item in stream:
            out += splicer.feed(item)
        answer = splicer.answer()
        if not answer.retrievals or answer.client_calls or number == len(streams):
            break
        splicer.next_stream()
    out += splicer.finish()
    return out, number


@pytest.mark.parametrize("form", FORMS)
@given(streams=st.lists(parts, min_size=1, max_size=3), cuts=st.lists(st.integers(0, 5000), max_size=40))
@settings(max_examples=150, deadline=None)
def test_the_client_sees_one_whole_stream_and_no_retrieval(
    form: Any, streams: list[list[Part]], cuts: list[int]
) -> None:
    splicer = form.wire.splicer()
    out, used = spliced(splicer, [form.items(stream, number, cuts) for number, stream in enumerate(streams)])
    seen = form.client(out)
    shown = [part for stream in streams[:used] for part in stream]
    assert seen.starts == 1
    assert seen.text == "".join(content for kind, content in shown if kind == "text")
    assert seen.calls == [f"client_{content}" for kind, content in shown if kind == "client"]
    assert seen.stop == (form.stop_with_calls if seen.calls else form.stop_without_calls)
    assert seen.output_tokens == 5 * used
    assert NAME not in "".join(map(str, out))


@pytest.mark.parametrize("form", FORMS)
@given(stream=parts.filter(lambda stream: all(kind != "retrieve" for kind, _ in stream)))
@settings(max_examples=60, deadline=None)
def test_a_stream_without_retrievals_passes_as_the_same_objects(form: Any, stream: list[Part]) -> None:
    items = form.items(stream, 0, [])
    splicer = form.wire.splicer()
    for item in items:
        if not any(getattr(choice.delta, "tool_calls", None) for choice in getattr(item, "choices", ())):
            assert [out is item for out in splicer.feed(item)] == [True]
        else:
            list(splicer.feed(item))
    assert list(splicer.finish()) == []


@pytest.mark.parametrize("form", FORMS)
@given(stream=parts, cuts=st.lists(st.integers(0, 5000), max_size=10))
@settings(max_examples=60, deadline=None)
def test_the_turn_that_is_sent_back_holds_all_that_the_model_said(
    form: Any, stream: list[Part], cuts: list[int]
) -> None:
    splicer = form.wire.splicer()
    for item in form.items(stream, 0, cuts):
        list(splicer.feed(item))
    answer = splicer.answer()
    asked = [json.dumps({"hash": content}) for kind, content in stream if kind == "retrieve"]
    assert [json.loads(call.arguments) for call in answer.retrievals] == [json.loads(text) for text in asked]
    assert answer.client_calls == any(kind == "client" for kind, _ in stream)
    said = json.dumps(answer.items, ensure_ascii=False)
    for kind, content in stream:
        if kind == "client":
            assert json.dumps(f"client_{content}", ensure_ascii=False) in said
    assert len({call.id for call in answer.retrievals}) == len(answer.retrievals)


@pytest.mark.parametrize("name", [NAME[:length] for length in range(1, len(NAME))])
@pytest.mark.parametrize("arguments", ["", "{}"])
def test_a_client_tool_whose_name_begins_like_ours_is_the_clients(name: str, arguments: str) -> None:
    form, splicer = ChatForm(), Chat().splicer()
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": name, "arguments": arguments}}
    chunks = [form._chunk(0, {"role": "assistant"}), form._chunk(0, {"tool_calls": [call]})]
    chunks.append(form._chunk(0, {}, "tool_calls"))
    out = [item for chunk in chunks for item in splicer.feed(chunk)]
    out += splicer.finish()
    seen = form.client(out)
    assert seen.calls == [name]
    assert seen.stop == "tool_calls"
    assert splicer.answer().client_calls


def test_the_role_arrives_when_it_comes_with_a_retrieve_call() -> None:
    form, splicer = ChatForm(), Chat().splicer()
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": NAME, "arguments": "{}"}}
    first = [form._chunk(0, {"role": "assistant", "tool_calls": [call]}), form._chunk(0, {}, "tool_calls")]
    out, used = spliced(splicer, [first, form.items([("text", "done")], 1, [])])
    seen = form.client(out)
    assert (used, seen.starts, seen.text, seen.stop) == (2, 1, "done", "stop")


def test_a_custom_tool_is_the_clients() -> None:
    form, splicer = ChatForm(), Chat().splicer()
    custom = {"index": 0, "id": "t", "type": "custom", "custom": {"name": "patch", "input": "x"}}
    chunk = form._chunk(0, {"role": "assistant"})
    chunk.choices[0].delta.tool_calls = [CustomDelta.model_validate(custom)]  # type: ignore[list-item]
    assert list(splicer.feed(chunk)) == [chunk]
    list(splicer.feed(form._chunk(0, {}, "tool_calls")))
    assert splicer.answer().client_calls


@pytest.mark.parametrize("ending", [[], [write_event({"type": "error", "error": {"type": "overloaded_error"}})]])
def test_a_stream_that_breaks_off_is_not_followed_up(ending: list[bytes]) -> None:
    form, splicer = MessagesForm(), Messages().splicer()
    whole = form.items([("text", "hm"), ("retrieve", "a")], 0, [])[0]
    broken_off = whole[: whole.index(b"event: message_delta")]
    out = [item for chunk in (broken_off, *ending) for item in splicer.feed(chunk)]
    assert not splicer.answer().retrievals
    assert NAME.encode() not in b"".join(out)
    assert ending == [] or ending[0] in b"".join(out)


@given(stream=parts, cuts=st.lists(st.integers(0, 5000), max_size=10), breaks=st.integers(0, 12))
@settings(max_examples=80, deadline=None)
def test_when_splicing_is_given_up_nothing_of_the_clients_is_lost(
    stream: list[Part], cuts: list[int], breaks: int
) -> None:
    ours = [part for part in stream if part[0] != "retrieve"]
    items = MessagesForm().items(ours, 0, cuts)
    inner = Messages().splicer()
    safe = Failsafe(inner)
    fed = 0
    whole_feed = inner._pass

    def breaking(event: Any) -> bytes:
        nonlocal fed
        fed += 1
        if fed > breaks:
            raise RuntimeError
        return whole_feed(event)

    inner._pass = breaking  # type: ignore[method-assign]
    out = b"".join(part for item in items for part in safe.feed(item)) + b"".join(safe.finish())
    assert out == b"".join(items)
