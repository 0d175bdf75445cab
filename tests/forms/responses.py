"""OpenAI's Responses API, with `ResponseStreamState` as the client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from headroom_litellm.wire import Responses, Wire

from .base import Call, Form, History, Part, Seen, cut

__all__ = ["TOOLS", "ResponsesForm", "accumulated", "event_of", "sent", "to_input"]

TOOLS = [{"type": "function", "name": "bash", "parameters": {"type": "object"}, "strict": False}]

_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
_FINAL = ("response.completed", "response.incomplete", "response.failed")
_BEGUN: dict[str, dict[str, Any]] = {
    "message": {"status": "in_progress", "content": []},
    "reasoning": {"summary": []},
    "function_call": {"status": "in_progress", "arguments": ""},
}


class ResponsesForm(Form):
    wire: ClassVar[Wire] = Responses()
    stop: ClassVar[str] = "completed"
    stop_for_calls: ClassVar[str] = "completed"

    def body(self, chat: History) -> dict[str, Any]:
        system = [message["content"] for message in chat if message["role"] == "system"]
        return {
            "model": "m",
            **({"instructions": system[0]} if system else {}),
            "input": to_input(chat),
            "tools": TOOLS,
            "store": False,
        }

    def response(self, parts: Sequence[Part], number: int = 0) -> Response:
        return Response.model_validate(self._response(parts, number))

    def events(self, parts: Sequence[Part], number: int, cuts: Sequence[int]) -> tuple[list[Any], list[Any]]:
        begun = {**self._response([], number), "status": "in_progress", "usage": None}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
        ]
        for at, part in enumerate(parts):
            events += self._streamed_item(self._item(part, number, at), at, cuts)
        events.append({"type": "response.completed", "response": self._response(parts, number)})
        return [event_of({**event, "sequence_number": at}) for at, event in enumerate(events)], []

    def streamed(self, items: Iterable[Any]) -> Seen:
        events = [_EVENT.validate_json(sent(item)) for item in items]
        assert [event.sequence_number for event in events] == list(range(len(events)))
        return _seen(accumulated(events))

    def whole(self, response: Any) -> Seen:
        return _seen(Response.model_validate_json(sent(response)))

    def _response(self, parts: Sequence[Part], number: int) -> dict[str, Any]:
        details = {
            "input_tokens_details": {"cached_tokens": number, "cache_write_tokens": 1},
            "output_tokens_details": {"reasoning_tokens": 3},
        }
        return {
            "id": f"resp_{number}",
            "object": "response",
            "created_at": number,
            "model": "m",
            "status": "completed",
            "output": [self._item(part, number, at) for at, part in enumerate(parts)],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": TOOLS,
            "usage": {"input_tokens": 10 + number, "output_tokens": 5, "total_tokens": 15 + number, **details},
        }

    def _item(self, part: Part, number: int, at: int) -> dict[str, Any]:
        if part.kind == "text":
            content = [{"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}]
            head = {"id": f"msg_{number}_{at}", "type": "message", "role": "assistant", "status": "completed"}
            return {**head, "content": content}
        if part.kind == "thinking":
            summary = [{"type": "summary_text", "text": part.text}]
            sealed = {"encrypted_content": f"sealed {number} {at}"} if number % 2 == 0 else {}
            return {"id": f"rs_{number}_{at}", "type": "reasoning", "summary": summary, **sealed}
        return {
            "id": f"fc_{number}_{at}",
            "type": "function_call",
            "status": "completed",
            "call_id": self.call_id(number, at),
            "name": part.name,
            "arguments": json.dumps(part.arguments),
        }

    @staticmethod
    def _streamed_item(item: dict[str, Any], index: int, cuts: Sequence[int]) -> list[dict[str, Any]]:
        kind, at = item["type"], {"item_id": item["id"], "output_index": index}
        if kind == "message":
            at["content_index"] = 0
            (full,) = item["content"]
            within = [
                {"type": "response.content_part.added", **at, "part": {**full, "text": ""}},
                *(
                    {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
                    for piece in cut(full["text"], cuts[:3])
                ),
                {"type": "response.output_text.done", **at, "text": full["text"], "logprobs": []},
                {"type": "response.content_part.done", **at, "part": full},
            ]
        elif kind == "reasoning":
            at["summary_index"] = 0
            (full,) = item["summary"]
            within = [
                {"type": "response.reasoning_summary_part.added", **at, "part": {**full, "text": ""}},
                *(
                    {"type": "response.reasoning_summary_text.delta", **at, "delta": piece}
                    for piece in cut(full["text"], cuts[:3])
                ),
                {"type": "response.reasoning_summary_text.done", **at, "text": full["text"]},
                {"type": "response.reasoning_summary_part.done", **at, "part": full},
            ]
        else:
            named, arguments = {"name": item["name"]}, item["arguments"]
            within = [
                *(
                    {"type": "response.function_call_arguments.delta", **at, "delta": piece}
                    for piece in cut(arguments, cuts[:4])
                ),
                {"type": "response.function_call_arguments.done", **at, **named, "arguments": arguments},
            ]
        return [
            {"type": "response.output_item.added", "output_index": index, "item": {**item, **_BEGUN[kind]}},
            *within,
            {"type": "response.output_item.done", "output_index": index, "item": item},
        ]


def event_of(data: dict[str, Any]) -> Any:
    return _EVENT.validate_python(data)


def accumulated(events: Sequence[Any]) -> Response:
    """The final response of a stream, which must be one whole stream from its start to its end: what the client has
    put together from the pieces is what that response says."""
    state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert [kinds.count(kind) for kind in kinds[:2]] == [1, 1]
    assert [kind in _FINAL for kind in kinds] == [False] * (len(kinds) - 1) + [True]
    added: list[str] = []
    for event in events:
        if event.type == "response.output_item.added":
            added.append(event.item.id)
        if hasattr(event, "output_index"):
            named = event.item.id if hasattr(event, "item") else event.item_id
            assert added[event.output_index] == named
        state.handle_event(event)
    final: Response = events[-1].response
    told: Any = final.output
    snapshot: Any = state.accumulate_event(events[-1])
    assert [item.id for item in told] == added == [item.id for item in snapshot.output]
    assert "".join(_texts(snapshot)) == final.output_text
    return final


def to_input(chat: History) -> list[dict[str, Any]]:
    """A chat history as input items, without its system message."""
    out: list[dict[str, Any]] = []
    for message in chat:
        if message["role"] == "tool":
            call_id = message["tool_call_id"]
            out.append({"type": "function_call_output", "call_id": call_id, "output": message["content"]})
        elif message["role"] == "assistant":
            if message["content"]:
                content = [{"type": "output_text", "text": message["content"]}]
                out.append({"type": "message", "role": "assistant", "content": content})
            for call in message["tool_calls"]:
                out.append({"type": "function_call", "call_id": call["id"], **call["function"]})
        elif message["role"] == "user":
            out.append({"role": "user", "content": message["content"]})
    return out


def sent(item: Any) -> str:
    """As LiteLLM's proxy writes it."""
    return str(item.model_dump_json(exclude_none=True, exclude_unset=True))


def _texts(response: Any) -> list[str]:
    return [part.text for item in response.output if item.type == "message" for part in item.content]


def _seen(response: Response) -> Seen:
    summaries = [part for item in response.output if item.type == "reasoning" for part in item.summary]
    return Seen(
        text=response.output_text,
        thinking="".join(part.text for part in summaries),
        calls=tuple(
            Call(item.call_id, item.name, json.loads(item.arguments))
            for item in response.output
            if item.type == "function_call"
        ),
        stop=response.status,
        usage=response.usage.to_dict() if response.usage else {},
        content=[item.to_dict() for item in response.output],
    )
