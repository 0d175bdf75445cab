"""OpenAI chat completions, with `ChatCompletionStreamState` as the client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from headroom_litellm.wire import Chat, Wire

from .base import Call, Form, History, Part, Seen, cut

__all__ = ["TOOLS", "ChatForm"]

TOOLS = [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}]


class ChatForm(Form):
    wire: ClassVar[Wire] = Chat()
    stop: ClassVar[str] = "stop"
    stop_for_calls: ClassVar[str] = "tool_calls"

    def body(self, chat: History) -> dict[str, Any]:
        return {"model": "m", "messages": list(chat), "tools": TOOLS, "temperature": 0}

    def response(self, parts: Sequence[Part], number: int = 0) -> ChatCompletion:
        calls = [
            {
                "id": self.call_id(number, at),
                "type": "function",
                "function": {"name": part.name, "arguments": json.dumps(part.arguments)},
            }
            for at, part in enumerate(parts)
            if part.is_call
        ]
        message: dict[str, Any] = {"role": "assistant", "content": _of("text", parts) or None}
        if calls:
            message["tool_calls"] = calls
        if thinking := _of("thinking", parts):
            message["reasoning_content"] = thinking
        choice = {"index": 0, "message": message, "finish_reason": self._stop(parts)}
        head = {**self._head(number), "object": "chat.completion"}
        return ChatCompletion.model_validate({**head, "choices": [choice], "usage": self._usage(number)})

    def events(
        self, parts: Sequence[Part], number: int, cuts: Sequence[int]
    ) -> tuple[list[ChatCompletionChunk], list[ChatCompletionChunk]]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        calls = 0
        for at, part in enumerate(parts):
            if part.is_call:
                deltas += [
                    {"tool_calls": [{"index": calls, **delta}]}
                    for delta in self._call(self.call_id(number, at), part, cuts)
                ]
                calls += 1
            else:
                field = "content" if part.kind == "text" else "reasoning_content"
                deltas += [{field: piece} for piece in cut(part.text, cuts[:3])]
        said = [self.chunk(number, delta) for delta in deltas]
        if sum(cuts) % 2:
            # As providers do that give their last words and why they stop in one.
            said[-1] = self.chunk(number, deltas[-1], self._stop(parts))
        else:
            said.append(self.chunk(number, {}, self._stop(parts)))
        usage = {**self._head(number), "choices": [], "usage": self._usage(number)}
        return said, [ChatCompletionChunk.model_validate(usage)]

    def streamed(self, items: Iterable[ChatCompletionChunk]) -> Seen:
        state = ChatCompletionStreamState()
        chunks = [ChatCompletionChunk.model_validate_json(_sent(item)) for item in items]
        for chunk in chunks:
            state.handle_chunk(chunk)
        assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
        choices = [choice for chunk in chunks for choice in chunk.choices]
        assert [choice.delta.role for choice in choices if choice.delta.role] == ["assistant"]
        assert [bool(choice.finish_reason) for choice in choices].count(True) == 1
        assert choices[-1].finish_reason
        assert [chunk.usage is not None for chunk in chunks].count(True) == 1
        return _seen(state.get_final_completion())

    def whole(self, response: Any) -> Seen:
        return _seen(ChatCompletion.model_validate_json(_sent(response)))

    def chunk(self, number: int, delta: dict[str, Any], finish: str | None = None) -> ChatCompletionChunk:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return ChatCompletionChunk.model_validate({**self._head(number), "choices": [choice]})

    @staticmethod
    def _call(id_: str, part: Part, cuts: Sequence[int]) -> list[dict[str, Any]]:
        names = cut(part.name, cuts[:2])
        first = {"id": id_, "type": "function", "function": {"name": names[0], "arguments": ""}}
        arguments = cut(json.dumps(part.arguments), cuts[:4])
        return [
            first,
            *({"function": {"name": name}} for name in names[1:]),
            *({"function": {"arguments": piece}} for piece in arguments),
        ]

    def _stop(self, parts: Sequence[Part]) -> str:
        return self.stop_for_calls if any(part.is_call for part in parts) else self.stop

    @staticmethod
    def _head(number: int) -> dict[str, Any]:
        return {"id": f"chat_{number}", "created": number, "model": "m", "object": "chat.completion.chunk"}

    @staticmethod
    def _usage(number: int) -> dict[str, Any]:
        details = {"prompt_tokens_details": {"cached_tokens": 4}} if number % 2 else {}
        return {"prompt_tokens": 10, "completion_tokens": 5 + number, "total_tokens": 15 + number, **details}


def _sent(item: Any) -> str:
    """As LiteLLM's proxy writes it."""
    return str(item.model_dump_json(exclude_none=True, exclude_unset=True))


def _seen(completion: ChatCompletion) -> Seen:
    (choice,) = completion.choices
    message = choice.message
    calls = [call for call in message.tool_calls or () if call.type == "function"]
    assert len(calls) == len(message.tool_calls or ())
    return Seen(
        text=message.content or "",
        thinking=getattr(message, "reasoning_content", None) or "",
        calls=tuple(Call(call.id, call.function.name, json.loads(call.function.arguments)) for call in calls),
        stop=choice.finish_reason,
        usage=completion.usage.to_dict() if completion.usage else {},
    )


def _of(kind: str, parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if part.kind == kind)
