"""Anthropic's messages: `POST /v1/messages`.

A call whose arguments are not a JSON object goes out unchanged in a stream, and as `{"INVALID_JSON": text}` without
streaming, where only an object can stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from standin.cache import Block, Usage
from standin.pace import Event
from standin.script import Part, Text, Thinking, ToolUse, forged
from standin.wire import Answer, Json, Refused, fragments, new_id, objects, sse

__all__ = ["PATH", "TRACE_HEADER", "blocks", "check", "error", "error_event", "events", "whole"]

PATH = "/v1/messages"
TRACE_HEADER = "request-id"

_STOP = {"end": "end_turn", "tools": "tool_use", "length": "max_tokens"}
_ERROR_TYPES = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_THINKING = ("thinking", "redacted_thinking")


class _Turn(NamedTuple):
    """A run of messages of one role, which the API reads as one; each block with its place in the request."""

    where: str
    role: str
    blocks: list[tuple[str, Json]]

    def of(self, kind: str) -> list[tuple[str, Json]]:
        return [(where, block) for where, block in self.blocks if block.get("type") == kind]


def check(body: Json) -> None:
    for field in ("model", "max_tokens", "messages"):
        if body.get(field) is None:
            raise Refused(f"{field}: Field required")
    _check_tools(body)
    objects(_content(body.get("system")), "system")
    turns = _turns(objects(body["messages"], "messages"))
    _check_blocks(turns)
    _check_calls(turns)
    if (body.get("thinking") or {}).get("type") == "enabled":
        _check_thinking(turns)
    _check_breakpoints([ttl for block in blocks(body) for ttl in block.breakpoints])


def blocks(body: Json) -> list[Block]:
    """One block for each tool, each system block and each content block. A string counts as one text block."""
    found = [_block(tool, is_tool=True) for tool in body.get("tools") or []]
    found += [_block(part) for part in _content(body.get("system"))]
    for message in body["messages"]:
        found += [_block(part, message["role"]) for part in _content(message.get("content"))]
    if found and body.get("cache_control") and not found[-1].breakpoints:
        found[-1] = found[-1]._replace(breakpoints=(_ttl(body["cache_control"]),))
    return found


def whole(answer: Answer) -> Json:
    content = [_finished(part) for part in answer.parts]
    return {**_frame(answer), "content": content, "stop_reason": _stop(answer), "usage": _usage(answer.usage)}


def events(answer: Answer) -> Iterator[Event]:
    started = {
        **_frame(answer),
        "content": [],
        "stop_reason": None,
        "usage": {**_usage(answer.usage), "output_tokens": 1},
    }
    yield _event({"type": "message_start", "message": started})
    yield _event({"type": "ping"})
    for index, part in enumerate(answer.parts):
        yield _event({"type": "content_block_start", "index": index, "content_block": _begun(part)})
        for delta in _deltas(part):
            yield _event({"type": "content_block_delta", "index": index, "delta": delta}, token=True)
        yield _event({"type": "content_block_stop", "index": index})
    usage = _usage(answer.usage)
    del usage["cache_creation"], usage["service_tier"]
    delta = {"stop_reason": _stop(answer), "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": delta, "usage": usage})
    yield _event({"type": "message_stop"})


def error(refused: Refused) -> Json:
    kind = _ERROR_TYPES.get(refused.status, "api_error" if refused.status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": refused.message}, "request_id": new_id("req_")}


def error_event(refused: Refused) -> Event:
    return _event(error(refused))


def _event(data: Json, token: bool = False) -> Event:
    return sse(data, name=data["type"], token=token)


def _frame(answer: Answer) -> Json:
    model = answer.body["model"]
    return {"id": new_id("msg_"), "type": "message", "role": "assistant", "model": model, "stop_sequence": None}


def _stop(answer: Answer) -> str:
    return _STOP.get(answer.stop_reason, answer.stop_reason)


def _usage(usage: Usage) -> Json:
    written = {"ephemeral_5m_input_tokens": usage.written_5m, "ephemeral_1h_input_tokens": usage.written_1h}
    return {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.read,
        "cache_creation": written,
        "output_tokens": usage.output,
        "service_tier": "standard",
    }


def _begun(part: Part) -> Json:
    if isinstance(part, Text):
        return {"type": "text", "text": ""}
    if isinstance(part, Thinking):
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {"type": "tool_use", "id": part.id or new_id("toolu_"), "name": part.name, "input": {}}


def _deltas(part: Part) -> Iterator[Json]:
    if isinstance(part, ToolUse):
        yield {"type": "input_json_delta", "partial_json": ""}
        yield from ({"type": "input_json_delta", "partial_json": fragment} for fragment in fragments(part))
    elif isinstance(part, Text):
        yield from ({"type": "text_delta", "text": fragment} for fragment in fragments(part))
    else:
        yield from ({"type": "thinking_delta", "thinking": fragment} for fragment in fragments(part))
        yield {"type": "signature_delta", "signature": part.signature}


def _finished(part: Part) -> Json:
    block = _begun(part)
    if isinstance(part, Text):
        return {**block, "text": part.text}
    if isinstance(part, Thinking):
        return {**block, "thinking": part.text, "signature": part.signature}
    try:
        value = json.loads(part.arguments_text)
    except ValueError:
        value = None
    return {**block, "input": value if isinstance(value, dict) else {"INVALID_JSON": part.arguments_text}}


def _content(value: Any) -> list[Any]:
    return [{"type": "text", "text": value}] if isinstance(value, str) else value or []


def _block(part: Json, role: str | None = None, is_tool: bool = False) -> Block:
    nested = part.get("content") if part.get("type") == "tool_result" else None
    if isinstance(nested, str):
        part = {**part, "content": _content(nested)}
    marked = [*(nested if isinstance(nested, list) else []), part]
    breakpoints = tuple(_ttl(item["cache_control"]) for item in marked if item.get("cache_control"))
    return Block([role, part] if role else part, breakpoints, is_tool)


def _ttl(cache_control: Json) -> str:
    return "1h" if cache_control.get("ttl") == "1h" else "5m"


def _turns(messages: list[Json]) -> list[_Turn]:
    if not messages:
        raise Refused("messages: at least one message is required")
    turns: list[_Turn] = []
    for position, message in enumerate(messages):
        where, role = f"messages.{position}", message.get("role")
        if role == "system":
            text = 'The Messages API accepts a top-level `system` parameter, not "system" as an input message role.'
            raise Refused(f'messages: Unexpected role "system". {text}')
        if role not in ("user", "assistant"):
            raise Refused(f"{where}.role: Input should be 'user' or 'assistant'")
        content = objects(_content(message.get("content")), f"{where}.content")
        if not content and (role == "user" or position < len(messages) - 1):
            text = "all messages must have non-empty content except for the optional final assistant message"
            raise Refused(f"{where}: {text}")
        if not turns or turns[-1].role != role:
            turns.append(_Turn(where, role, []))
        turns[-1].blocks.extend((f"{where}.content.{index}", block) for index, block in enumerate(content))
    if turns[0].role != "user":
        raise Refused('messages: first message must use the "user" role')
    return turns


def _check_tools(body: Json) -> None:
    names = []
    for position, tool in enumerate(objects(body.get("tools"), "tools")):
        if tool.get("type", "custom") == "custom":
            _check_name(tool.get("name"), f"tools.{position}.custom.name")
        names.append(tool.get("name"))
    if len(set(names)) < len(names):
        raise Refused("tools: Tool names must be unique.")
    if body.get("tool_choice") and not names:
        raise Refused("tool_choice: tool_choice may only be specified while providing tools.")


def _check_name(name: Any, where: str) -> None:
    if not isinstance(name, str):
        raise Refused(f"{where}: Field required")
    if not name:
        raise Refused(f"{where}: String should have at least 1 character")
    if not _NAME.fullmatch(name):
        raise Refused(f"{where}: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")


def _check_blocks(turns: list[_Turn]) -> None:
    for turn in turns:
        for where, block in turn.blocks:
            kind = block.get("type")
            if kind == "text" and not block.get("text"):
                raise Refused("messages: text content blocks must be non-empty")
            if kind == "tool_result" and turn.role == "assistant":
                raise Refused(f"{where}: `tool_result` blocks can only be in `user` messages")
            if kind in ("tool_use", *_THINKING) and turn.role == "user":
                raise Refused(f"{where}: `{kind}` blocks can only be in `assistant` messages")
            if kind == "tool_use":
                _check_name(block.get("name"), f"{where}.tool_use.name")
                if not isinstance(block.get("id"), str):
                    raise Refused(f"{where}.tool_use.id: Field required")
                if not isinstance(block.get("input"), dict):
                    raise Refused(f"{where}.tool_use.input: Input should be a valid dictionary")
            if kind == "thinking" and not isinstance(block.get("signature"), str):
                raise Refused(f"{where}.thinking.signature: Field required")
            if kind == "thinking" and forged(block.get("thinking", ""), block["signature"]):
                raise Refused(f"{where}: Invalid `signature` in `thinking` block")


def _check_calls(turns: list[_Turn]) -> None:
    """Every call is answered at the head of the next turn, and nothing else is answered there."""
    asked: list[str] = []
    seen: set[str] = set()
    for position, turn in enumerate(turns):
        leading = takewhile(lambda item: item[1].get("type") == "tool_result", turn.blocks)
        answered = [block.get("tool_use_id") for _, block in leading]
        if missing := [call_id for call_id in asked if call_id not in answered]:
            _refuse_unanswered(turns[position - 1], missing)
        for where, result in turn.of("tool_result"):
            call_id = result.get("tool_use_id")
            if call_id not in asked:
                text = f"unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. Each `tool_result` block"
                raise Refused(f"{where}: {text} must have a corresponding `tool_use` block in the previous message.")
            if answered.count(call_id) > 1:
                text = (
                    f"each tool_use must have a single result. Found multiple `tool_result` blocks with id: {call_id}"
                )
                raise Refused(f"{where}: {text}")
        asked = []
        for where, call in turn.of("tool_use"):
            if call.get("id") in seen:
                raise Refused(f"{where}: `tool_use` ids must be unique")
            seen.add(call["id"])
            asked.append(call["id"])
    if asked:
        _refuse_unanswered(turns[-1], asked)


def _refuse_unanswered(turn: _Turn, missing: list[str]) -> None:
    text = f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(missing)}."
    need = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    raise Refused(f"{turn.where}: {text} {need}")


def _check_thinking(turns: list[_Turn]) -> None:
    """With thinking on, the assistant turn that began the running tool loop starts with its thinking."""
    start = len(turns)
    while start >= 2 and _is_results(turns[start - 1]):
        start -= 2
    if start < len(turns):
        where, first = turns[start].blocks[0]
        if first.get("type") not in _THINKING:
            text = f"Expected `thinking` or `redacted_thinking`, but found `{first.get('type')}`. When `thinking` is"
            rest = "enabled, a final `assistant` message must start with a thinking block"
            raise Refused(f"{where}.type: {text} {rest}")


def _is_results(turn: _Turn) -> bool:
    return turn.role == "user" and len(turn.of("tool_result")) == len(turn.blocks)


def _check_breakpoints(lifetimes: list[str]) -> None:
    if len(lifetimes) > 4:
        raise Refused(f"A maximum of 4 blocks with cache_control may be provided. Found {len(lifetimes)}.")
    if "1h" in lifetimes[lifetimes.index("5m") if "5m" in lifetimes else len(lifetimes) :]:
        text = "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
        raise Refused(f"cache_control.ttl: {text}")
