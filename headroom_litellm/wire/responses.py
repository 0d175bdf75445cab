"""OpenAI's Responses API, as LiteLLM takes and gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from ..ccr import tool
from ..conversation import Conversation, Path, Role, Segment, ToolCall, Turn
from .base import NO_CALLS, Answer, Body, Retrieval, Splicer, Wire, below
from .content import json_text, pictures, texts
from .either import field
from .responses_items import answer_of, is_retrieval, joined, output_of, shown
from .responses_stream import ResponsesSplicer

__all__ = ["Responses"]

_ROLES: Final[Mapping[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_REFERENCE: Final = "item_reference"
_SAID_BY_MODEL: Final = (_REFERENCE, "reasoning", "compaction", "mcp_list_tools", "mcp_approval_request", "program")
_NAMELESS_CLIENT_TOOLS: Final = ("local_shell", "shell", "apply_patch", "computer", "computer_use_preview")
_CALLED: Final = {
    "function_call": ("", "arguments"),
    "custom_tool_call": ("", "input"),
    "mcp_call": ("", "arguments"),
    "local_shell_call": ("local_shell", "action"),
    "shell_call": ("shell", "action"),
    "apply_patch_call": ("apply_patch", "operation"),
}
_OUTPUT_TEXTS: Final = ("text", "stdout", "stderr")
_ID_IS_OPTIONAL: Final = ("message", "function_call", "custom_tool_call")


class Responses(Wire):
    call_types: ClassVar[Mapping[str, str]] = {"aresponses": "aresponses", "responses": "aresponses"}
    history: ClassVar[str] = "input"
    bound: ClassVar[bool] = True
    head: ClassVar[Sequence[str]] = ("tools", "instructions")
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "reasoning_effort": ("reasoning", "effort"),
        "verbosity": ("text", "verbosity"),
    }

    def read(self, body: Body, calls: Mapping[str, ToolCall] = NO_CALLS) -> Conversation:
        calls = dict(calls)
        turns: list[Turn] = []
        instructions, given = body.get("instructions"), body.get("input")
        if isinstance(instructions, str):
            turns.append(Turn("system", (Segment("text", instructions, ("instructions",)),)))
        if isinstance(given, str):
            turns.append(Turn("user", (Segment("text", given, ("input",)),), (0, 1)))
        for at, item in enumerate(given if isinstance(given, list) else ()):
            role = _role(item) if isinstance(item, Mapping) else None
            if role is not None:
                reference = str(item.get("id") or "") if item.get("type") == _REFERENCE else ""
                turn = Turn(role, tuple(_segments(item, ("input", at), calls)), (at, at + 1), reference)
                joint = _joint(turns[-1], turn) if turns else None
                turns[-1:] = [joint] if joint is not None else [*turns[-1:], turn]
        return Conversation(tuple(turns), retrievable=self.can_retrieve(body))

    def items(self, body: Body) -> list[Any]:
        given = body.get("input")
        return (
            [{"type": "message", "role": "user", "content": given}] if isinstance(given, str) else super().items(body)
        )

    def handles(self, body: Body) -> bool:
        return not body.get("background")

    def tool_names(self, body: Body) -> list[str]:
        """Of tools that the client runs: those that the provider runs have none."""
        return list(_names(body.get("tools")))

    def can_retrieve(self, body: Body) -> bool:
        """Not in a conversation that the provider keeps by itself, where hidden calls would stay in view."""
        return not body.get("conversation") and super().can_retrieve(body)

    def may_hold_calls(self, body: Body) -> bool:
        return not body.get("conversation") and not self.declares_retrieve(body)

    def declare(self, body: Body) -> dict[str, Any]:
        ours = {
            "type": "function",
            "name": tool.NAME,
            "description": tool.DESCRIPTION,
            "parameters": tool.parameters(),
            # The API's default would make the optional parameters required.
            "strict": False,
        }
        declared = {**body, "tools": [*body["tools"], ours]}
        choice = body.get("tool_choice")
        if isinstance(choice, Mapping) and choice.get("type") == "allowed_tools":
            allowed = list(choice.get("tools") or ())
            # One that must be called stays the only one.
            if len(allowed) > 1 or choice.get("mode") == "auto":
                declared["tool_choice"] = {**choice, "tools": [*allowed, {"type": "function", "name": tool.NAME}]}
        return declared

    def definitions(self, body: Body) -> list[Path]:
        return list(_definitions(body.get("tools"), ("tools",)))

    def instruct(self, body: Body, text: str) -> dict[str, Any]:
        return {**body, "instructions": below(body.get("instructions") or "", text)}

    def user_says(self, text: str) -> dict[str, Any]:
        return {"type": "message", "role": "user", "content": text}

    def say_last(self, body: Body, text: str) -> dict[str, Any] | None:
        """Not in a conversation that the provider keeps by itself, where the client would find it."""
        items = self.items(body)
        role = _role(items[-1]) if items and isinstance(items[-1], Mapping) else None
        if body.get("conversation") or role in (None, "assistant"):
            return None
        return {**body, "input": [*items, self.user_says(text)]}

    def answer(self, response: Any) -> Answer | None:
        output = output_of(response)
        return None if output is None else answer_of(output, response)

    def results(self, results: Sequence[tuple[Retrieval, str]]) -> list[dict[str, Any]]:
        return [{"type": "function_call_output", "call_id": call.id, "output": text} for call, text in results]

    def follow_up(self, body: Body, answer: Answer, results: Sequence[tuple[Retrieval, str]]) -> dict[str, Any]:
        kept = answer.items if self.is_kept(body) else tuple(_without_lost_reasoning(answer.items))
        return super().follow_up(body, replace(answer, items=kept), results)

    def join(self, responses: Sequence[Any]) -> Any:
        outputs = [output_of(response) or [] for response in responses]
        usages = [usage for usage in (field(response, "usage") for response in responses) if usage is not None]
        return joined(responses[-1], outputs, usages)

    def plain(self, response: Any) -> Any:
        return shown(response)

    def splicer(self) -> Splicer:
        return ResponsesSplicer()

    def id_of_last(self, items: Sequence[Any]) -> str:
        visible = [item for item in items if _role(item) == "assistant" and not is_retrieval(item)]
        return str(visible[-1].get("id") or "") if visible else ""

    def goes_on_from(self, body: Body) -> str:
        return str(body.get("previous_response_id") or "")

    def go_on_from(self, body: Body, id_: str, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {**body, "previous_response_id": id_, "input": [*results, *self.items(body)]}

    def is_kept(self, body: Body) -> bool:
        return body.get("store") is not False


def _role(item: Mapping[str, Any]) -> Role | None:
    kind = str(item.get("type") or "message")
    if kind == "message":
        return _ROLES.get(str(item.get("role")))
    if kind in _SAID_BY_MODEL or kind.endswith("_call"):
        return "assistant"
    return "tool" if kind.endswith("_call_output") else None


def _joint(turn: Turn, following: Turn) -> Turn | None:
    """Two turns as one, where both are of one answer: its reasoning, words and calls are items of their own."""
    if not turn.role == following.role == "assistant" or turn.span is None or following.span is None:
        return None
    if turn.span[1] != following.span[0]:
        return None
    return replace(following, segments=turn.segments + following.segments, span=(turn.span[0], following.span[1]))


def _segments(item: Mapping[str, Any], path: Path, calls: dict[str, ToolCall]) -> Iterator[Segment]:
    kind = str(item.get("type") or "message")
    if kind == "message":
        for text, where in texts(item.get("content"), (*path, "content"), ("text", "refusal")):
            yield Segment("text", text, where)
        for data, where in pictures(item.get("content"), (*path, "content")):
            yield Segment("picture", data, where)
    elif kind in _CALLED:
        name, given = _CALLED[kind]
        ids = [str(item[key]) for key in ("call_id", "id") if item.get(key)]
        call = ToolCall(ids[0] if ids else "", name or str(item.get("name") or ""), _arguments(item.get(given)))
        # The output of a local shell has the id of the call where others have its call id.
        calls.update(dict.fromkeys(ids, call))
        # The arguments of a shell call are told in another form than they are written.
        yield Segment("call", call.arguments, (*path, given), call, untouched=_is_told_anew(item.get(given)))
        if kind == "mcp_call" and isinstance(item.get("output"), str):
            yield Segment("result", item["output"], (*path, "output"), call)
    elif kind.endswith("_call_output"):
        answered = calls.get(str(item.get("call_id") or item.get("id") or ""))
        failed = item.get("status") == "failed"
        for text, where in texts(item.get("output"), (*path, "output"), _OUTPUT_TEXTS):
            yield Segment("result", text, where, answered, is_error=failed)
        for data, where in pictures(item.get("output"), (*path, "output")):
            yield Segment("picture", data, where, answered)


def _arguments(given: Any) -> str:
    if isinstance(given, str):
        return given
    return json_text({"command": "\n".join(map(str, given["commands"]))} if _is_told_anew(given) else given)


def _is_told_anew(given: Any) -> bool:
    return isinstance(given, Mapping) and isinstance(given.get("commands"), list)


def _names(tools: Any) -> Iterator[str]:
    for entry in tools if isinstance(tools, list) else ():
        if not isinstance(entry, Mapping):
            continue
        kind = entry.get("type")
        if kind == "namespace":
            yield from _names(entry.get("tools"))
        elif kind in _NAMELESS_CLIENT_TOOLS:
            yield str(kind)
        elif entry.get("name"):
            yield str(entry["name"])


def _definitions(tools: Any, path: Path) -> Iterator[Path]:
    for at, entry in enumerate(tools if isinstance(tools, list) else ()):
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if kind == "namespace":
            yield from _definitions(entry.get("tools"), (*path, at, "tools"))
        elif kind in ("function", "custom"):
            yield (*path, at)


def _without_lost_reasoning(items: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The items for a provider that has kept none: reasoning that is only named is unknown to it, and an item whose id
    tells of such reasoning is refused without."""
    lost = any(_is_only_named(item) for item in items)
    for item in items:
        if lost and item.get("type") in _ID_IS_OPTIONAL:
            yield {name: value for name, value in item.items() if name != "id"}
        elif not _is_only_named(item):
            yield item


def _is_only_named(item: Mapping[str, Any]) -> bool:
    return item.get("type") == "reasoning" and not item.get("encrypted_content") and not item.get("content")
