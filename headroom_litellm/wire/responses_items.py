"""What the model says in the Responses API: output items, what of them a client may see, and how they are sent back.

Responses and items come as objects or, where LiteLLM's own validation gave up on them, as dicts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

from ..ccr import tool
from .base import Answer, Retrieval, add_usage
from .either import changed, field

__all__ = [
    "answer_of",
    "as_dict",
    "is_retrieval",
    "joined",
    "may_be_retrieval",
    "output_of",
    "shown",
]

_CLIENT_CALLS: Final = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "shell_call",
        "apply_patch_call",
        "computer_call",
        "mcp_approval_request",
    }
)
_REFUSED_AS_INPUT: Final = ("created_by",)
_BROKEN_OFF: Final = ("failed", "cancelled")


def as_dict(value: Any) -> dict[str, Any]:
    """Without nulls: the API refuses some that it sends itself."""
    if isinstance(value, Mapping):
        return {name: part for name, part in value.items() if part is not None}
    return dict(value.model_dump(mode="json", exclude_none=True, warnings=False))


def output_of(response: Any) -> list[Any] | None:
    output = field(response, "output")
    return output if isinstance(output, list) else None


def is_retrieval(item: Any) -> bool:
    return _is_function_call(item) and tool.is_retrieve_tool(str(field(item, "name") or ""))


def may_be_retrieval(item: Any) -> bool:
    """Whether the call becomes one when more of its name is known: bridged providers may send it in pieces."""
    return _is_function_call(item) and tool.NAME.startswith(str(field(item, "name") or ""))


def answer_of(output: Iterable[Any], response: Any) -> Answer:
    """The output of a response, taken apart into what is ours to answer and what is the client's."""
    said = [as_dict(item) for item in output]
    # What the provider runs itself it answers in the same output.
    answered = {item["call_id"] for item in said if str(item.get("type")).endswith("_output") and "call_id" in item}
    theirs = [item for item in said if _is_client_call(item) and item.get("call_id") not in answered]
    retrievals = (
        Retrieval(str(item.get("call_id") or ""), str(item.get("arguments") or ""))
        for item in said
        if is_retrieval(item)
    )
    broke_off = field(response, "status") in _BROKEN_OFF
    return Answer(
        items=tuple(map(_as_input, said)),
        retrievals=() if broke_off else tuple(retrievals),
        client_calls=bool(theirs),
        id=str(field(response, "id") or ""),
    )


def joined(response: Any, outputs: Sequence[Sequence[Any]], usages: Sequence[Any]) -> Any:
    """The response with what is visible of all outputs, the last of which is its own. `usages` are those of all
    responses, as far as they report one."""
    changes: dict[str, Any] = {}
    if len(outputs) > 1 or any(map(is_retrieval, outputs[-1])):
        changes["output"] = [item for output in outputs for item in output if not is_retrieval(item)]
    if usages and (len(usages) > 1 or field(response, "usage") is None):
        total = reduce(add_usage, map(as_dict, usages))
        changes["usage"] = total if isinstance(usages[-1], Mapping) else type(usages[-1])(**total)
    return changed(shown(response), changes)


def shown(response: Any) -> Any:
    """The response without the retrieve tool in what it repeats of the request; the same object where that is all."""
    changes: dict[str, Any] = {}
    tools = field(response, "tools")
    if isinstance(tools, list) and any(map(_is_retrieve_tool, tools)):
        changes["tools"] = [entry for entry in tools if not _is_retrieve_tool(entry)]
    choice = field(response, "tool_choice")
    if field(choice, "type") == "allowed_tools":
        # LiteLLM's type has here what can be iterated over only once.
        allowed = [entry for entry in field(choice, "tools") or () if not _is_retrieve_tool(entry)]
        changes["tool_choice"] = changed(choice, {"tools": allowed})
    return changed(response, changes)


def _as_input(item: dict[str, Any]) -> dict[str, Any]:
    refused = (*_REFUSED_AS_INPUT, "status") if item.get("type") == "reasoning" else _REFUSED_AS_INPUT
    accepted = {name: part for name, part in item.items() if name not in refused}
    if is_retrieval(item) and item.get("arguments") and not _is_json(item["arguments"]):
        # Providers of other formats take no call without: sent back as text, so that it still has its answer.
        accepted["arguments"] = json.dumps({"malformed_arguments": item["arguments"]}, ensure_ascii=False)
    return accepted


def _is_json(text: Any) -> bool:
    try:
        json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _is_function_call(item: Any) -> bool:
    """Of a function by itself: those in a namespace are the client's, whatever they are called."""
    return field(item, "type") == "function_call" and not field(item, "namespace")


def _is_client_call(item: Mapping[str, Any]) -> bool:
    if item.get("type") == "tool_search_call":
        return item.get("execution") == "client"
    return item.get("type") in _CLIENT_CALLS and not is_retrieval(item)


def _is_retrieve_tool(entry: Any) -> bool:
    return tool.is_retrieve_tool(str(field(entry, "name") or ""))
