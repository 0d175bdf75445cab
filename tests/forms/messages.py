"""Anthropic Messages, with the accumulator of anthropic's own client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from anthropic._streaming import SSEDecoder
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from headroom_litellm.wire import Messages, Wire
from headroom_litellm.wire.sse import write_event

from .base import Call, Form, History, Part, Seen, cut

__all__ = ["TOOLS", "MessagesForm", "to_messages"]

TOOLS = [{"name": "bash", "input_schema": {"type": "object"}}]

_EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
_OF_THE_START = {
    "service_tier": "standard",
    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 2},
}


class MessagesForm(Form):
    wire: ClassVar[Wire] = Messages()
    stop: ClassVar[str] = "end_turn"
    stop_for_calls: ClassVar[str] = "tool_use"

    def body(self, chat: History) -> dict[str, Any]:
        system = [message["content"] for message in chat if message["role"] == "system"]
        return {
            "model": "m",
            **({"system": system[0]} if system else {}),
            "messages": to_messages(chat),
            "tools": TOOLS,
            "max_tokens": 9,
        }

    def response(self, parts: Sequence[Part], number: int = 0) -> dict[str, Any]:
        blocks = [self._block(part, number, at) for at, part in enumerate(parts)]
        return {**self._head(number), "content": blocks, "stop_reason": self._stop(parts), "usage": self._usage(number)}

    def events(self, parts: Sequence[Part], number: int, cuts: Sequence[int]) -> tuple[list[bytes], list[bytes]]:
        usage, asked = self._usage(number), {**self._usage(number), **_OF_THE_START, "output_tokens": 1}
        # Providers behind LiteLLM give at the end all figures, or that of the output alone.
        last = usage if number % 2 else {"output_tokens": usage["output_tokens"]}
        start = {**self._head(number), "content": [], "stop_reason": None, "usage": asked}
        events: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
        for at, part in enumerate(parts):
            events += self._streamed_block(self._block(part, number, at), at, cuts)
        delta = {"stop_reason": self._stop(parts), "stop_sequence": None}
        events.append({"type": "message_delta", "delta": delta, "usage": last})
        return [write_event(event) for event in events], [write_event({"type": "message_stop"})]

    def arrive(self, events: Iterable[bytes], cuts: Sequence[int]) -> list[bytes]:
        return cut(b"".join(events), cuts)

    def streamed(self, items: Iterable[bytes]) -> Seen:
        events = [
            _EVENT.validate_json(event.data) for event in SSEDecoder().iter_bytes(iter(items)) if event.event != "ping"
        ]
        kinds = [event.type for event in events]
        assert [kinds.count(kind) for kind in ("message_start", "message_delta", "message_stop")] == [1, 1, 1]
        assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
        message, buffers, blocks = None, dict[int, bytes](), 0
        for event in events:
            if event.type.startswith("content_block"):
                blocks += event.type == "content_block_start"
                assert event.index == blocks - 1
            message = accumulate_event(event=event, current_snapshot=message, json_bufs=buffers)
        assert message is not None
        assert kinds.count("content_block_stop") == blocks
        return _seen(message)

    def whole(self, response: Any) -> Seen:
        return _seen(Message.model_validate(response))

    def _block(self, part: Part, number: int, at: int) -> dict[str, Any]:
        if part.kind == "text":
            return {"type": "text", "text": part.text}
        if part.kind == "thinking":
            return {"type": "thinking", "thinking": part.text, "signature": f"signed {number} {at}"}
        return {"type": "tool_use", "id": self.call_id(number, at), "name": part.name, "input": part.arguments}

    @staticmethod
    def _streamed_block(block: dict[str, Any], index: int, cuts: Sequence[int]) -> list[dict[str, Any]]:
        start, deltas = dict(block), list[dict[str, Any]]()
        for field, kind in (("text", "text_delta"), ("thinking", "thinking_delta"), ("signature", "signature_delta")):
            if field in block:
                start[field] = ""
                pieces = cut(block[field], cuts[:3]) if field != "signature" else [block[field]]
                deltas += [{"type": kind, field: piece} for piece in pieces]
        if "input" in block:
            start["input"] = {}
            pieces = cut(json.dumps(block["input"]), cuts[:3])
            deltas += [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        return [
            {"type": "content_block_start", "index": index, "content_block": start},
            *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": index},
        ]

    def _stop(self, parts: Sequence[Part]) -> str:
        return self.stop_for_calls if any(part.is_call for part in parts) else self.stop

    @staticmethod
    def _head(number: int) -> dict[str, Any]:
        return {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}

    @staticmethod
    def _usage(number: int) -> dict[str, Any]:
        details = {"output_tokens_details": {"thinking_tokens": 2}} if number % 2 else {}
        return {
            "input_tokens": 10 + number,
            "cache_creation_input_tokens": 2,
            "cache_read_input_tokens": 3,
            "output_tokens": 5,
            **details,
        }


def to_messages(chat: History) -> list[dict[str, Any]]:
    """A chat history in Anthropic's form, without its system message."""
    out: list[dict[str, Any]] = []
    for message in chat:
        if message["role"] == "tool":
            block = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}
            out.append({"role": "user", "content": [block]})
        elif message["role"] == "assistant":
            call = message["tool_calls"][0]
            blocks: list[dict[str, Any]] = [{"type": "text", "text": message["content"]}] if message["content"] else []
            given = call["function"]["arguments"]
            values = json.loads(given) if given.startswith("{") and given.endswith("}") else {"raw": given}
            blocks.append({"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": values})
            out.append({"role": "assistant", "content": blocks})
        elif message["role"] == "user":
            out.append({"role": "user", "content": message["content"]})
    return out


def _seen(message: Message) -> Seen:
    usage = message.usage.to_dict()
    return Seen(
        text="".join(block.text for block in message.content if block.type == "text"),
        thinking="".join(block.thinking for block in message.content if block.type == "thinking"),
        calls=tuple(Call(block.id, block.name, block.input) for block in message.content if block.type == "tool_use"),
        stop=message.stop_reason,
        # What only the first event of a stream can tell is of the first call alone.
        usage={name: value for name, value in usage.items() if name not in _OF_THE_START},
        content=[block.to_dict() for block in message.content],
    )
