"""Anthropic Messages, as LiteLLM takes and gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..ccr import tool
from ..conversation import Conversation, Path, Role, Segment, ToolCall, Turn
from .base import NO_CALLS, Answer, Body, Retrieval, Splicer, Wire, add_usage, below
from .content import json_text, pictures, texts
from .messages_breakpoints import breakpoints
from .messages_stream import MessagesSplicer, answer_of, is_retrieval
from .sse import data_in

__all__ = ["Messages"]

_THINKING = ("thinking", "redacted_thinking")
_ROLES: Mapping[str, Role] = {"system": "system", "user": "user", "assistant": "assistant"}


class Messages(Wire):
    call_types: ClassVar[Mapping[str, str]] = {"anthropic_messages": "anthropic_messages"}
    history: ClassVar[str] = "messages"
    schema_fields: ClassVar[Sequence[str]] = ("input_schema",)
    head: ClassVar[Sequence[str]] = ("tools", "system")

    def read(self, body: Body, calls: Mapping[str, ToolCall] = NO_CALLS) -> Conversation:
        calls = dict(calls)
        turns = []
        system = tuple(Segment("text", text, path) for text, path in texts(body.get("system"), ("system",)))
        if system:
            turns.append(Turn("system", system))
        messages = body.get("messages")
        for at, message in enumerate(messages if isinstance(messages, list) else ()):
            role = _ROLES.get(str(message.get("role"))) if isinstance(message, Mapping) else None
            if role is not None:
                segments = tuple(_segments(message.get("content"), ("messages", at, "content"), calls))
                turns.append(Turn(role, segments, (at, at + 1), thinks=_thinks(message)))
        return Conversation(tuple(turns), retrievable=self.can_retrieve(body))

    def tool_names(self, body: Body) -> list[str]:
        tools = body.get("tools")
        declared = tools if isinstance(tools, list) else []
        return [str(entry.get("name") or "") if isinstance(entry, Mapping) else "" for entry in declared]

    def declare(self, body: Body) -> dict[str, Any]:
        ours = {"name": tool.NAME, "description": tool.DESCRIPTION, "input_schema": tool.parameters()}
        return {**body, "tools": [*body["tools"], ours]}

    def definitions(self, body: Body) -> list[Path]:
        tools = body.get("tools")
        return [
            ("tools", at)
            for at, entry in enumerate(tools if isinstance(tools, list) else ())
            # A tool that the provider defines has a type of its own, and no schema.
            if isinstance(entry, Mapping) and ("input_schema" in entry or entry.get("type") == "custom")
        ]

    def instruct(self, body: Body, text: str) -> dict[str, Any]:
        system = body.get("system") or ""
        return {**body, "system": below(system, text) if isinstance(system, str) else [*system, _text(text)]}

    def user_says(self, text: str) -> dict[str, Any]:
        return {"role": "user", "content": [_text(text)]}

    def say_last(self, body: Body, text: str) -> dict[str, Any] | None:
        messages = self.items(body)
        last = messages[-1] if messages else None
        content = last.get("content") if isinstance(last, Mapping) and last.get("role") == "user" else None
        if not content or not isinstance(content, str | list):
            return None
        said = [_text(content)] if isinstance(content, str) else list(content)
        automatic = body.get("cache_control")
        if automatic and isinstance(said[-1], Mapping):
            # The provider would set it on the last block.
            said[-1] = {"cache_control": automatic, **said[-1]}
            body = {**body, "cache_control": None}
        return {**body, "messages": [*messages[:-1], {**messages[-1], "content": [*said, _text(text)]}]}

    def with_breakpoints(self, body: dict[str, Any]) -> dict[str, Any]:
        return breakpoints(body)

    def answer(self, response: Any) -> Answer | None:
        content = _as_dict(response).get("content")
        return answer_of([_as_dict(block) for block in content]) if isinstance(content, list) else None

    def results(self, results: Sequence[tuple[Retrieval, str]]) -> list[dict[str, Any]]:
        replies = [{"type": "tool_result", "tool_use_id": call.id, "content": text} for call, text in results]
        return [{"role": "user", "content": replies}]

    def is_error(self, item: Any) -> bool:
        return any(data.get("type") == "error" for data in data_in(item))

    def carry(self, shown: Sequence[Any], items: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        marks = [block["cache_control"] for block in _blocks(shown) if block.get("cache_control")]
        if not marks or not isinstance(items[-1].get("content"), list):
            return items
        content = list(items[-1]["content"])
        for at in reversed(range(len(content))):
            # Not on thinking, where the API does not allow one.
            if content[at].get("type") not in _THINKING:
                content[at] = {**content[at], "cache_control": marks[-1]}
                return [*items[:-1], {**items[-1], "content": content}]
        return items

    def merge(self, item: Any, following: Any) -> dict[str, Any] | None:
        if _is_results(item) and _is_results(following):
            return {**following, "content": [*item["content"], *following["content"]]}
        return None

    def join(self, responses: Sequence[Any]) -> Any:
        dicts = [_as_dict(response) for response in responses]
        joined = dict(dicts[-1])
        blocks = [_as_dict(block) for response in dicts for block in response.get("content") or ()]
        joined["content"] = [block for block in blocks if not is_retrieval(block)]
        if joined.get("stop_reason") == "tool_use" and all(b.get("type") != "tool_use" for b in joined["content"]):
            joined["stop_reason"] = "end_turn"
        usage: Any = {}
        for response in dicts:
            usage = add_usage(usage, response.get("usage") or {})
        if usage:
            joined["usage"] = usage
        return joined if isinstance(responses[-1], dict) else type(responses[-1])(**joined)

    def splicer(self) -> Splicer:
        return MessagesSplicer()


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _blocks(items: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for item in items:
        content = item.get("content") if isinstance(item, Mapping) else None
        yield from (block for block in content if isinstance(block, Mapping)) if isinstance(content, list) else ()


def _thinks(message: Mapping[str, Any]) -> bool:
    return next((block.get("type") in _THINKING for block in _blocks([message])), False)


def _is_results(item: Any) -> bool:
    """Whether a message holds results of tools, and so leads a turn of the user's."""
    return item.get("role") == "user" and any(block.get("type") == "tool_result" for block in _blocks([item]))


def _as_dict(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return dict(value.model_dump(exclude_none=True)) if hasattr(value, "model_dump") else {}


def _segments(content: Any, path: Path, calls: dict[str, ToolCall]) -> Iterator[Segment]:
    if isinstance(content, str):
        yield Segment("text", content, path)
        return
    yield from (Segment("picture", data, where) for data, where in pictures(content, path))
    for at, block in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(block, Mapping):
            continue
        where = (*path, at)
        kind = block.get("type")
        if kind == "text" and isinstance(block.get("text"), str):
            yield Segment("text", block["text"], (*where, "text"))
        elif kind == "tool_use":
            arguments = json_text(block.get("input"))
            call = ToolCall(str(block.get("id") or ""), str(block.get("name") or ""), arguments)
            calls[call.id] = call
            yield Segment("call", arguments, (*where, "input"), call)
        elif kind == "tool_result":
            call_answered = calls.get(str(block.get("tool_use_id") or ""))
            for text, inner in texts(block.get("content"), (*where, "content")):
                yield Segment("result", text, inner, call_answered, is_error=block.get("is_error") is True)
            for data, inner in pictures(block.get("content"), (*where, "content")):
                yield Segment("picture", data, inner, call_answered)
