"""OpenAI chat completions, as LiteLLM takes and gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..ccr import tool
from ..conversation import Conversation, Path, Role, Segment, ToolCall, Turn
from .base import NO_CALLS, Answer, Body, Retrieval, Splicer, Wire, below
from .chat_stream import ChatSplicer, answer_of, arguments_in, called, sum_usage
from .content import pictures, texts
from .either import field
from .paths import replaced

__all__ = ["Chat"]

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


class Chat(Wire):
    call_types: ClassVar[Mapping[str, str]] = {"acompletion": "acompletion", "completion": "acompletion"}
    history: ClassVar[str] = "messages"
    # LiteLLM takes tools in Anthropic's form here as well.
    schema_fields: ClassVar[Sequence[str]] = ("parameters", "input_schema")
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "reasoning_effort": ("reasoning_effort",),
        "verbosity": ("verbosity",),
    }

    def read(self, body: Body, calls: Mapping[str, ToolCall] = NO_CALLS) -> Conversation:
        calls = dict(calls)
        turns = []
        messages = body.get("messages")
        for at, message in enumerate(messages if isinstance(messages, list) else ()):
            role = _ROLES.get(str(message.get("role"))) if isinstance(message, Mapping) else None
            if role is None:
                continue
            path: Path = ("messages", at)
            segments = list(_content(message, path, role, calls))
            if role == "assistant":
                segments += _calls(message, path, calls)
            # Anthropic's, which LiteLLM hands on.
            thinks = bool(message.get("thinking_blocks"))
            turns.append(Turn(role, tuple(segments), (at, at + 1), thinks=thinks))
        return Conversation(tuple(turns), retrievable=self.can_retrieve(body))

    def tool_names(self, body: Body) -> list[str]:
        tools = body.get("tools")
        return [_tool_name(entry) for entry in tools] if isinstance(tools, list) else []

    def can_retrieve(self, body: Body) -> bool:
        """Not with several choices, each of which could ask for something else."""
        return body.get("n") in (None, 1) and super().can_retrieve(body)

    def declare(self, body: Body) -> dict[str, Any]:
        function = {"name": tool.NAME, "description": tool.DESCRIPTION, "parameters": tool.parameters()}
        return {**_allowed(body), "tools": [*body["tools"], {"type": "function", "function": function}]}

    def definitions(self, body: Body) -> list[Path]:
        tools = body.get("tools")
        found: list[Path] = []
        for at, entry in enumerate(tools if isinstance(tools, list) else ()):
            if isinstance(entry, Mapping) and isinstance(entry.get("function"), Mapping):
                found.append(("tools", at, "function"))
            elif isinstance(entry, Mapping) and any(name in entry for name in self.schema_fields):
                found.append(("tools", at))
        return found

    def instruct(self, body: Body, text: str) -> dict[str, Any]:
        """At the end of the last of the messages that it begins with."""
        messages = self.items(body)
        at = next((at for at, one in enumerate(messages) if _ROLES.get(str(field(one, "role"))) != "system"), None)
        last = len(messages) - 1 if at is None else at - 1
        if last < 0:
            return {**body, "messages": [{"role": "system", "content": text}, *messages]}
        content = messages[last].get("content")
        if isinstance(content, list):
            return replaced(body, {("messages", last, "content"): [*content, {"type": "text", "text": text}]})
        return replaced(body, {("messages", last, "content"): below(content or "", text)})

    def user_says(self, text: str) -> dict[str, Any]:
        return {"role": "user", "content": text}

    def say_last(self, body: Body, text: str) -> dict[str, Any] | None:
        messages = self.items(body)
        if not messages or _ROLES.get(str(field(messages[-1], "role"))) not in ("user", "tool", "system"):
            return None
        return {**body, "messages": [*messages, self.user_says(text)]}

    def answer(self, response: Any) -> Answer | None:
        choices = getattr(response, "choices", None)
        message = getattr(choices[0], "message", None) if choices else None
        if message is None:
            return None
        turn = message.model_dump(exclude_none=True)
        turn.setdefault("content", None)
        return answer_of(turn)

    def results(self, results: Sequence[tuple[Retrieval, str]]) -> list[dict[str, Any]]:
        return [{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results]

    def carry(self, shown: Sequence[Any], items: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """LiteLLM takes Anthropic's breakpoints on a message or on a part of its content."""
        marks = [part["cache_control"] for part in _parts(shown) if part.get("cache_control")]
        return [*items[:-1], {**items[-1], "cache_control": marks[-1]}] if marks else items

    def join(self, responses: Sequence[Any]) -> Any:
        joined = responses[-1].model_copy(deep=True)
        message = joined.choices[0].message
        said = [response.choices[0].message for response in responses]
        message.content = "".join(one.content for one in said if one.content) or message.content
        if reasoning := "".join(getattr(one, "reasoning_content", None) or "" for one in said):
            message.reasoning_content = reasoning
        if thinking := [block for one in said for block in getattr(one, "thinking_blocks", None) or ()]:
            message.thinking_blocks = thinking
        visible = [call for call in message.tool_calls or () if not tool.is_retrieve_tool(called(call.model_dump())[0])]
        if len(visible) != len(message.tool_calls or ()):
            message.tool_calls = visible or None
            if not visible and joined.choices[0].finish_reason == "tool_calls":
                joined.choices[0].finish_reason = "stop"
        if len(responses) > 1 and (tokens := _logprobs(responses)):
            joined.choices[0].logprobs.content = tokens
        usage = [response.usage for response in responses if getattr(response, "usage", None) is not None]
        if len(usage) > 1:
            joined.usage = sum_usage(usage)
        return joined

    def splicer(self) -> Splicer:
        return ChatSplicer()


def _allowed(body: Body) -> Body:
    """The body with the retrieve tool among the tools to which the model is restricted, if it is. One that must be
    called stays the only one."""
    choice: Any = body.get("tool_choice")
    allowed = field(choice, "allowed_tools")
    tools = field(allowed, "tools")
    if not isinstance(tools, list) or len(tools) < (1 if allowed.get("mode") == "auto" else 2):
        return body
    ours = {"type": "function", "function": {"name": tool.NAME}}
    return {**body, "tool_choice": {**choice, "allowed_tools": {**allowed, "tools": [*tools, ours]}}}


def _logprobs(responses: Sequence[Any]) -> list[Any]:
    """Of all responses, where the last one has any."""
    all_ = [getattr(getattr(response.choices[0], "logprobs", None), "content", None) for response in responses]
    return [token for content in all_ for token in content or ()] if all_[-1] else []


def _parts(messages: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """The messages and the parts of their contents."""
    for message in messages:
        if isinstance(message, Mapping):
            yield message
            content = message.get("content")
            yield from (part for part in content if isinstance(part, Mapping)) if isinstance(content, list) else ()


def _content(message: Mapping[str, Any], path: Path, role: Role, calls: Mapping[str, ToolCall]) -> Iterator[Segment]:
    call = calls.get(str(message.get("tool_call_id") or message.get("name") or "")) if role == "tool" else None
    content = message.get("content")
    for text, where in texts(content, (*path, "content")):
        yield Segment("result" if role == "tool" else "text", text, where, call)
    if role in ("tool", "user"):
        for data, where in pictures(content, (*path, "content")):
            yield Segment("picture", data, where, call)


def _calls(message: Mapping[str, Any], path: Path, calls: dict[str, ToolCall]) -> Iterable[Segment]:
    tool_calls = message.get("tool_calls")
    for at, entry in enumerate(tool_calls if isinstance(tool_calls, list) else ()):
        if isinstance(entry, Mapping):
            yield _call(entry, entry.get("id"), (*path, "tool_calls", at, *arguments_in(entry)), calls)
    legacy = message.get("function_call")
    if isinstance(legacy, Mapping):
        yield _call({"function": legacy}, legacy.get("name"), (*path, "function_call", "arguments"), calls)


def _call(entry: Mapping[str, Any], id_: Any, path: Path, calls: dict[str, ToolCall]) -> Segment:
    call = ToolCall(str(id_ or ""), *called(entry))
    calls[call.id] = call
    return Segment("call", call.arguments, path, call)


def _tool_name(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return ""
    return called(entry)[0] or str(entry.get("name") or "")
