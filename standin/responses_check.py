"""What OpenAI's Responses API would not take."""

from __future__ import annotations

from typing import Any

from standin.chat import _named as named
from standin.responses_kept import Kept
from standin.script import forged
from standin.wire import Json, Refused, objects

__all__ = ["check"]

_ROLES = ("assistant", "system", "developer", "user")
_PARTS = ("input_text", "input_image", "output_text", "refusal", "input_file", "computer_screenshot", "summary_text")
_PARTS_OF = {"assistant": ("output_text", "refusal")}
_INPUT_PARTS = ("input_text", "input_image", "input_file")
_REQUIRED = {
    "message": ("role", "content"),
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id", "output"),
    "reasoning": ("summary",),
    "item_reference": ("id",),
}
_OTHERS = (
    *("additional_tools", "apply_patch_call", "apply_patch_call_output", "code_interpreter_call", "compaction"),
    *("compaction_trigger", "computer_call", "computer_call_output", "file_search_call", "image_generation_call"),
    *("local_shell_call", "local_shell_call_output", "mcp_approval_request", "mcp_approval_response", "mcp_call"),
    *("mcp_list_tools", "program", "program_output", "shell_call", "shell_call_output", "tool_search_call"),
    *("tool_search_output", "web_search_call"),
)
_ID_PREFIXES = {"message": "msg", "function_call": "fc", "custom_tool_call": "ctc", "reasoning": "rs"}
_CALLS = {"function_call": "function call", "custom_tool_call": "custom tool call"}


def check(body: Json, kept: Kept) -> None:
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise _missing("model")
    given = body.get("input")
    if given is None and body.get("previous_response_id") is None:
        raise _missing("input")
    if given == [] and body.get("previous_response_id") is None:
        raise _empty("input", "an array")
    if body.get("stream_options") is not None and not body.get("stream"):
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise Refused(text, param="stream_options")
    _check_tools(objects(body.get("tools"), "tools"))
    if not isinstance(given, str):
        for position, item in enumerate(objects(given, "input")):
            _check_item(item, f"input[{position}]")
    prompt = kept.prompt(body)
    _check_ids(prompt)
    _check_calls(prompt)
    _check_reasoning(prompt, kept)


def _check_tools(tools: list[Json]) -> None:
    names: set[str] = set()
    for position, tool in enumerate(tools):
        if tool.get("type") is None:
            raise _missing(f"tools[{position}].type")
        if tool["type"] not in ("function", "custom"):
            continue
        where = f"tools[{position}].name"
        name = named(tool, where)
        if name in names:
            raise Refused(f"Invalid '{where}': duplicate function name '{name}'.", param=where, code="invalid_value")
        names.add(name)


def _check_item(item: Json, where: str) -> None:
    kind = item.get("type") or "message"
    if kind not in _REQUIRED and kind not in _OTHERS:
        raise _unsupported(kind, tuple(sorted((*_REQUIRED, *_OTHERS))), where)
    for field in _REQUIRED.get(kind, ()):
        if item.get(field) is None:
            raise _missing(f"{where}.{field}")
        if field == "call_id" and not item[field]:
            raise _empty(f"{where}.{field}", "a string")
    if "name" in item and kind in _CALLS:
        named(item, f"{where}.name")
    if kind == "message":
        _check_message(item, where)
    elif kind.endswith("_output") and kind in _REQUIRED:
        _check_parts(item["output"], _INPUT_PARTS, f"{where}.output")
    elif kind == "reasoning":
        _check_thought(item, where)
    prefix = _ID_PREFIXES.get(kind)
    if prefix and item.get("id") is not None and not str(item["id"]).startswith(prefix):
        text = f"Invalid '{where}.id': '{item['id']}'. Expected an ID that begins with '{prefix}'."
        raise Refused(text, param=f"{where}.id", code="invalid_value")


def _check_message(item: Json, where: str) -> None:
    if item["role"] not in _ROLES:
        raise _unsupported(item["role"], _ROLES, where)
    _check_parts(item["content"], _PARTS_OF.get(item["role"], _INPUT_PARTS), f"{where}.content")


def _check_parts(content: Any, allowed: tuple[str, ...], where: str) -> None:
    if isinstance(content, str):
        return
    for position, part in enumerate(objects(content, where)):
        kind = part.get("type")
        if kind not in allowed:
            raise _unsupported(kind, allowed if kind in _PARTS else _PARTS, f"{where}[{position}]")
        if kind in ("input_text", "output_text") and not isinstance(part.get("text"), str):
            raise _missing(f"{where}[{position}].text")


def _check_thought(item: Json, where: str) -> None:
    summary = "".join(part.get("text", "") for part in objects(item["summary"], f"{where}.summary"))
    encrypted = item.get("encrypted_content") or ""
    if not encrypted and not item.get("id"):
        raise _missing(f"{where}.id")
    if summary and forged(summary, encrypted):
        text = f"The encrypted content {encrypted[:4]}...{encrypted[-4:]} could not be verified."
        reason = "Reason: Encrypted content could not be decrypted or parsed."
        raise Refused(f"{text} {reason}", code="invalid_encrypted_content")


def _check_ids(prompt: list[Json]) -> None:
    seen: set[str] = set()
    for item in prompt:
        if (item_id := item.get("id")) in seen:
            text = f"Duplicate item found with id {item_id}. Remove duplicate items from your input and try again."
            raise Refused(text, param="input")
        if item_id:
            seen.add(item_id)


def _check_calls(prompt: list[Json]) -> None:
    """Every call has its output somewhere behind it, and nothing else has."""
    asked: dict[tuple[str, str], bool] = {}
    for item in prompt:
        kind = item.get("type") or "message"
        if kind in _CALLS:
            asked.setdefault((kind, item["call_id"]), False)
        elif (called := kind.removesuffix("_output")) in _CALLS:
            if (called, item["call_id"]) not in asked:
                text = f"No tool call found for {_CALLS[called]} output with call_id {item['call_id']}."
                raise Refused(text, param="input")
            asked[called, item["call_id"]] = True
    for (kind, call_id), answered in asked.items():
        if not answered:
            raise Refused(f"No tool output found for {_CALLS[kind]} {call_id}.", param="input")


def _check_reasoning(prompt: list[Json], kept: Kept) -> None:
    """Reasoning and what it led to come back together, as far as their ids say that they belong together."""
    ids = [item.get("id") for item in prompt]
    for position, item in enumerate(prompt):
        known = kept.known(item)
        if known is None:
            continue
        told = f"Item '{item['id']}' of type '{known.item['type']}' was provided without its required"
        if known.follower and known.follower not in ids[position + 1 : position + 2]:
            raise Refused(f"{told} following item.", param="input")
        if known.leader and known.leader not in ids[:position]:
            raise Refused(f"{told} 'reasoning' item: '{known.leader}'.", param="input")


def _missing(where: str) -> Refused:
    return Refused(f"Missing required parameter: '{where}'.", param=where, code="missing_required_parameter")


def _empty(where: str, kind: str) -> Refused:
    noun = kind.split()[-1]
    text = f"empty {noun}. Expected {kind} with minimum length 1, but got an empty {noun} instead."
    return Refused(f"Invalid '{where}': {text}", param=where, code=f"empty_{noun}")


def _unsupported(value: Any, supported: tuple[str, ...], where: str) -> Refused:
    *most, last = (f"'{known}'" for known in supported)
    values = f"{', '.join(most)}{',' if len(most) > 1 else ''} and {last}"
    return Refused(f"Invalid value: '{value}'. Supported values are: {values}.", param=where, code="invalid_value")
