"""OpenAI's chat completions: `POST /v1/chat/completions`.

Thinking goes out as `reasoning_content`, as the providers that show it in this format do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from standin.cache import Block, Usage
from standin.pace import Event
from standin.script import Text, Thinking, ToolUse
from standin.wire import Answer, Json, Refused, fragments, new_id, objects, sse

__all__ = ["PATH", "TRACE_HEADER", "blocks", "check", "error", "error_event", "events", "whole"]

PATH = "/v1/chat/completions"
TRACE_HEADER = "x-request-id"

_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_FINISH = {"end": "stop", "tools": "tool_calls", "length": "length", "refusal": "content_filter"}
_ERROR_TYPES = {401: "invalid_request_error", 429: "requests", 500: "server_error", 503: "server_error"}
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def check(body: Json) -> None:
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refused("you must provide a model parameter")
    if body.get("messages") is None:
        raise Refused("Missing required parameter: 'messages'.", param="messages", code="missing_required_parameter")
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise Refused(message, param="stream_options")
    _check_tools(body)
    _check_messages(objects(body["messages"], "messages"))


def blocks(body: Json) -> list[Block]:
    """One block for each tool and each message. Breakpoints do not exist in this format."""
    found = [Block(tool, is_tool=True) for tool in body.get("tools") or []]
    for message in body["messages"]:
        content = message.get("content")
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        found.append(Block({**message, "content": parts}))
    return found


def whole(answer: Answer) -> Json:
    texts = [part.text for part in answer.parts if isinstance(part, Text)]
    calls = [part for part in answer.parts if isinstance(part, ToolUse)]
    content = "".join(texts) if texts or not calls else None
    message: Json = {"role": "assistant", "content": content, "refusal": None, "annotations": []}
    if calls:
        message["tool_calls"] = [_call(call, call.arguments_text) for call in calls]
    if thoughts := [part.text for part in answer.parts if isinstance(part, Thinking)]:
        message["reasoning_content"] = "".join(thoughts)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(answer)}
    return {**_frame(answer, "chat.completion"), "choices": [choice], "usage": _usage(answer.usage)}


def events(answer: Answer) -> Iterator[Event]:
    frame = _frame(answer, "chat.completion.chunk")
    with_usage = (answer.body.get("stream_options") or {}).get("include_usage") is True
    if with_usage:
        frame["usage"] = None

    def chunk(delta: Json, finish: str | None = None, token: bool = False) -> Event:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return sse({**frame, "choices": [choice]}, token=token)

    has_text = any(isinstance(part, Text) for part in answer.parts)
    yield chunk({"role": "assistant", "content": "" if has_text else None, "refusal": None})
    position = 0
    for part in answer.parts:
        if isinstance(part, ToolUse):
            yield chunk({"tool_calls": [{"index": position, **_call(part, "")}]}, token=True)
            for fragment in fragments(part):
                call = {"index": position, "function": {"arguments": fragment}}
                yield chunk({"tool_calls": [call]}, token=True)
            position += 1
        else:
            key = "content" if isinstance(part, Text) else "reasoning_content"
            for fragment in fragments(part):
                yield chunk({key: fragment}, token=True)
    yield chunk({}, _finish(answer))
    if with_usage:
        yield sse({**frame, "choices": [], "usage": _usage(answer.usage)})
    yield sse("[DONE]")


def error(refused: Refused) -> Json:
    kind = _ERROR_TYPES.get(refused.status, "invalid_request_error")
    code = refused.code or ("rate_limit_exceeded" if refused.status == 429 else None)
    return {"error": {"message": refused.message, "type": kind, "param": refused.param, "code": code}}


def error_event(refused: Refused) -> Event:
    return sse(error(refused))


def _frame(answer: Answer, kind: str) -> Json:
    return {
        "id": new_id("chatcmpl-"),
        "object": kind,
        "created": answer.created,
        "model": answer.body["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_standin",
    }


def _call(part: ToolUse, arguments: str) -> Json:
    function = {"name": part.name, "arguments": arguments}
    return {"id": part.id or new_id("call_"), "type": "function", "function": function}


def _finish(answer: Answer) -> str:
    return _FINISH.get(answer.stop_reason, answer.stop_reason)


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _check_tools(body: Json) -> None:
    tools = body.get("tools")
    if tools == []:
        raise _empty_array("tools")
    if tools is None:
        for param in ("tool_choice", "parallel_tool_calls"):
            if body.get(param) is not None:
                message = f"Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified."
                raise Refused(message, param=param)
    names: set[str] = set()
    for position, tool in enumerate(objects(tools, "tools")):
        kind = tool.get("type") or "function"
        where = f"tools[{position}].{kind}.name"
        name = _named(tool.get(kind), where)
        if name in names:
            raise Refused(f"Invalid '{where}': duplicate function name '{name}'.", param=where, code="invalid_value")
        names.add(name)


def _check_messages(messages: list[Json]) -> None:
    """Every call is answered by the tool messages right behind it, and those answer nothing else."""
    if not messages:
        raise _empty_array("messages")
    asked: list[str] = []
    answered: set[str] = set()
    for position, message in enumerate(messages):
        where = f"messages.[{position}]"
        role = message.get("role")
        if role not in _ROLES:
            values = ", ".join(f"'{known}'" for known in _ROLES[:-1])
            text = f"Invalid value: '{role}'. Supported values are: {values}, and '{_ROLES[-1]}'."
            raise Refused(text, param=f"messages[{position}].role", code="invalid_value")
        if role == "tool":
            _check_result(message, where, asked, answered)
            continue
        _check_answered(asked, answered, where)
        asked, answered = _call_ids(message, position), set()
        if role == "assistant" and message.get("content") is None and not asked and not message.get("function_call"):
            raise Refused("Invalid value for 'content': expected a string, got null.", param=f"{where}.content")
    _check_answered(asked, answered, f"messages.[{len(messages)}]")


def _check_result(message: Json, where: str, asked: list[str], answered: set[str]) -> None:
    if not asked:
        text = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        raise Refused(f"Invalid parameter: {text}", param=f"{where}.role")
    call_id = message.get("tool_call_id")
    if not isinstance(call_id, str):
        param = f"{where}.tool_call_id"
        raise Refused(f"Missing parameter 'tool_call_id': {where}", param=param, code="missing_required_parameter")
    if call_id not in asked:
        text = f"Invalid parameter: 'tool_call_id' of '{call_id}' not found in 'tool_calls' of previous message."
        raise Refused(text, param=f"{where}.tool_call_id")
    if call_id in answered:
        raise Refused(f"Duplicate value for 'tool_call_id' of '{call_id}'.", param=f"{where}.tool_call_id")
    answered.add(call_id)


def _check_answered(asked: list[str], answered: set[str], where: str) -> None:
    if missing := [call_id for call_id in asked if call_id not in answered]:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(missing)}"
        )
        raise Refused(text, param=f"{where}.role")


def _call_ids(message: Json, position: int) -> list[str]:
    calls = message.get("tool_calls")
    if calls is None or message["role"] != "assistant":
        return []
    where = f"messages[{position}].tool_calls"
    if not calls:
        raise _empty_array(where)
    ids = []
    for index, call in enumerate(objects(calls, where)):
        kind = call.get("type") or "function"
        _named(call.get(kind), f"{where}[{index}].{kind}.name")
        if kind == "function" and not isinstance(call[kind].get("arguments"), str):
            param = f"{where}[{index}].function.arguments"
            raise Refused(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")
        if not isinstance(call.get("id"), str) or not call["id"]:
            param = f"{where}[{index}].id"
            raise Refused(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")
        ids.append(call["id"])
    return ids


def _named(function: Any, where: str) -> str:
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str):
        raise Refused(f"Missing required parameter: '{where}'.", param=where, code="missing_required_parameter")
    if not name:
        text = "empty string. Expected a string with minimum length 1, but got an empty string instead."
        raise Refused(f"Invalid '{where}': {text}", param=where, code="empty_string")
    if not _NAME.fullmatch(name):
        text = "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        raise Refused(f"Invalid '{where}': {text}", param=where, code="invalid_value")
    if len(name) > 64:
        text = f"string too long. Expected a string with maximum length 64, but got a string with length {len(name)}"
        raise Refused(f"Invalid '{where}': {text} instead.", param=where, code="string_above_max_length")
    return name


def _empty_array(where: str) -> Refused:
    text = "empty array. Expected an array with minimum length 1, but got an empty array instead."
    return Refused(f"Invalid '{where}': {text}", param=where, code="empty_array")
