"""Google's Gemini API (`generateContent` and `streamGenerateContent`), as LiteLLM takes and gives it.

Clients write fields in camelCase or in snake_case; LiteLLM leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..ccr import tool
from ..conversation import Conversation, Path, Role, Segment, ToolCall, Turn
from .base import NO_CALLS, Answer, Body, Retrieval, Splicer, Wire, below
from .content import json_text
from .either import changed, field
from .gemini_parts import answer_of, candidate_of, joined, parts_of, sum_usage
from .gemini_stream import GeminiSplicer
from .sse import data_in

__all__ = ["Gemini"]

_ROLES: Mapping[str, Role] = {"user": "user", "model": "assistant", "function": "tool", "tool": "tool"}
_SYSTEM = ("systemInstruction", "system_instruction")
_DECLARATIONS = ("functionDeclarations", "function_declarations")
_CALL = ("functionCall", "function_call")
_RESPONSE = ("functionResponse", "function_response")
_CONFIG = ("generationConfig", "generation_config", "config")
_TOOL_CONFIG = ("toolConfig", "tool_config")
_CALLING = ("functionCallingConfig", "function_calling_config")
_ALLOWED = ("allowedFunctionNames", "allowed_function_names")
_CACHED = ("cachedContent", "cached_content")
_MEDIA = ("mimeType", "mime_type", "media_type")


class Gemini(Wire):
    call_types: ClassVar[Mapping[str, str]] = {
        "agenerate_content": "agenerate_content",
        "agenerate_content_stream": "agenerate_content_stream",
    }
    history: ClassVar[str] = "contents"
    schema_fields: ClassVar[Sequence[str]] = ("parameters", "parametersJsonSchema", "parameters_json_schema")
    head: ClassVar[Sequence[str]] = ("tools", *_SYSTEM)

    def read(self, body: Body, calls: Mapping[str, ToolCall] = NO_CALLS) -> Conversation:
        open_calls = _OpenCalls(calls)
        turns = []
        for name in _SYSTEM:
            system = tuple(_texts(body.get(name), (name,)))
            if system:
                turns.append(Turn("system", system))
        contents = body.get("contents")
        if isinstance(contents, str):
            turns.append(Turn("user", (Segment("text", contents, ("contents",)),), (0, 1)))
        for content, path in _listed(contents, ("contents",)):
            role = _ROLES.get(str(content.get("role") or "user"))
            if role is not None:
                open_calls.turn(role)
                at = path[-1] if isinstance(path[-1], int) else 0
                turns.append(Turn(role, tuple(_segments(content, path, open_calls)), (at, at + 1)))
        return Conversation(tuple(turns), retrievable=self.can_retrieve(body))

    def items(self, body: Body) -> list[Any]:
        """What is given alone, or as mere text, is the one content of a list."""
        contents = body.get("contents")
        if isinstance(contents, str):
            return [{"role": "user", "parts": [{"text": contents}]}]
        return [contents] if isinstance(contents, Mapping) else super().items(body)

    def tool_names(self, body: Body) -> list[str]:
        declared = [entry for _, _, functions in _declarations(body) for entry in functions]
        return [str(entry.get("name") or "") if isinstance(entry, Mapping) else "" for entry in declared]

    def can_retrieve(self, body: Body) -> bool:
        """Not with several candidates, each of which could ask for something else, nor where the arguments of calls are
        streamed in pieces."""
        configs = [body[name] for name in _CONFIG if isinstance(body.get(name), Mapping)]
        alone = all(_either(config, "candidateCount", "candidate_count") in (None, 1) for config in configs)
        calling = _either(_either(body, *_TOOL_CONFIG), *_CALLING)
        in_pieces = _either(calling, "streamFunctionCallArguments", "stream_function_call_arguments")
        return alone and not in_pieces and super().can_retrieve(body)

    def declare(self, body: Body) -> dict[str, Any]:
        """At the tail of the last list of functions: not all of Google's APIs take several."""
        ours = {"name": tool.NAME, "description": tool.DESCRIPTION, "parameters": _schema(tool.parameters())}
        at, name, functions = _declarations(body)[-1]
        tools = list(body["tools"])
        tools[at] = {**tools[at], name: [*functions, ours]}
        return {**_allowed(body), "tools": tools}

    def definitions(self, body: Body) -> list[Path]:
        return [
            ("tools", at, name, number)
            for at, name, functions in _declarations(body)
            for number, entry in enumerate(functions)
            if isinstance(entry, Mapping)
        ]

    def instruct(self, body: Body, text: str) -> dict[str, Any]:
        """Not where the provider has the system prompt in a cache of its own, and takes no other."""
        if any(body.get(name) for name in _CACHED):
            return dict(body)
        # Of two names the first is what LiteLLM sends.
        name = next((name for name in _SYSTEM if body.get(name)), _SYSTEM[0])
        system = body.get(name) or {}
        if isinstance(system, str):
            return {**body, name: below(system, text)}
        return {**body, name: {**system, "parts": [*_all(system.get("parts")), {"text": text}]}}

    def user_says(self, text: str) -> dict[str, Any]:
        return {"role": "user", "parts": [{"text": text}]}

    def say_last(self, body: Body, text: str) -> dict[str, Any] | None:
        contents = self.items(body)
        last = contents[-1] if contents else None
        if not isinstance(last, Mapping) or _ROLES.get(str(last.get("role") or "user")) not in ("user", "tool"):
            return None
        return {**body, "contents": [*contents, self.user_says(text)]}

    def answer(self, response: Any) -> Answer | None:
        candidate = candidate_of(response)
        return answer_of(parts_of(candidate)) if candidate is not None else None

    def results(self, results: Sequence[tuple[Retrieval, str]]) -> list[dict[str, Any]]:
        replies = [{"name": call.name, "response": {"output": text}, **_id(call)} for call, text in results]
        return [{"role": "user", "parts": [{"functionResponse": reply} for reply in replies]}]

    def is_error(self, item: Any) -> bool:
        return any("error" in data for data in data_in(item))

    def merge(self, item: Any, following: Any) -> dict[str, Any] | None:
        results, more = _results_in(item), _results_in(following)
        return {**following, "parts": [*results, *more]} if results and more else None

    def join(self, responses: Sequence[Any]) -> Any:
        changes: dict[str, Any] = {}
        if (candidate := joined([candidate_of(response) for response in responses])) is not None:
            changes["candidates"] = [candidate]
        if usage := sum_usage([field(response, "usageMetadata") for response in responses]):
            changes["usageMetadata"] = usage
        return changed(responses[-1], changes)

    def usage(self, response: Any) -> Any:
        return field(response, "usageMetadata")

    def splicer(self) -> Splicer:
        return GeminiSplicer()


class _OpenCalls:
    """The calls that a result may answer: by id, or the first of its name in the model's turn before."""

    def __init__(self, calls: Mapping[str, ToolCall]) -> None:
        self._by_id = dict(calls)
        self._open: list[ToolCall] = []
        self._role: Role | None = None

    def turn(self, role: Role) -> None:
        """A turn begins."""
        if role == "assistant" and self._role != "assistant":
            self._open.clear()
        self._role = role

    def add(self, call: ToolCall) -> None:
        if call.id:
            self._by_id[call.id] = call
        self._open.append(call)

    def answered(self, id_: str, name: str) -> ToolCall | None:
        call = self._by_id.get(id_) or next((call for call in self._open if call.name == name), None)
        if call in self._open:
            self._open.remove(call)
        return call


def _segments(content: Mapping[str, Any], path: Path, calls: _OpenCalls) -> Iterator[Segment]:
    for part, where in _listed(content.get("parts"), (*path, "parts")):
        call_name, call = _named(part, _CALL)
        response_name, response = _named(part, _RESPONSE)
        if call is not None:
            made = ToolCall(str(call.get("id") or ""), str(call.get("name") or ""), json_text(call.get("args") or {}))
            calls.add(made)
            yield Segment("call", made.arguments, (*where, call_name, "args"), made)
        elif response is not None:
            answered = calls.answered(str(response.get("id") or ""), str(response.get("name") or ""))
            value = response.get("response")
            is_error = isinstance(value, Mapping) and set(value) == {"error"}
            for text, inner in _strings(value, (*where, response_name, "response")):
                yield Segment("result", text, inner, answered, is_error=is_error)
        elif isinstance(part.get("text"), str) and not part.get("thought"):
            yield Segment("text", part["text"], (*where, "text"))


def _texts(system: Any, path: Path) -> Iterator[Segment]:
    if isinstance(system, str):
        yield Segment("text", system, path)
    elif isinstance(system, Mapping):
        for part, where in _listed(system.get("parts"), (*path, "parts")):
            if isinstance(part.get("text"), str):
                yield Segment("text", part["text"], (*where, "text"))


def _strings(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """The texts in a result, wherever in it they stand."""
    if isinstance(value, str):
        yield value, path
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _strings(item, (*path, at))
    elif isinstance(value, Mapping):
        # Content blocks, as MCP servers give them: their kind is no text, nor is an encoded image.
        block = value.get("type") == "text" and isinstance(value.get("text"), str)
        media = any(name in value for name in _MEDIA)
        for name, item in value.items():
            if not (block and name != "text") and not (media and name in ("data", "blob")):
                yield from _strings(item, (*path, name))


def _listed(value: Any, path: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The mappings of a list, each with its path. The API takes one alone for a list of one."""
    if isinstance(value, Mapping):
        yield value, path
    for at, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield item, (*path, at)


def _all(parts: Any) -> list[Any]:
    return [parts] if isinstance(parts, Mapping) else list(parts or ())


def _named(part: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Mapping[str, Any] | None]:
    for name in names:
        if isinstance(value := part.get(name), Mapping):
            return name, value
    return "", None


def _either(value: Any, *names: str) -> Any:
    return next((value[name] for name in names if name in value), None) if isinstance(value, Mapping) else None


def _declarations(body: Body) -> list[tuple[int, str, list[Any]]]:
    """The lists of declared functions: which of the tools it is, by which name it has them, the functions."""
    tools = body.get("tools")
    return [
        (at, name, entry[name])
        for at, entry in enumerate(tools if isinstance(tools, list) else ())
        for name in _DECLARATIONS
        if isinstance(entry, Mapping) and isinstance(entry.get(name), list) and entry[name]
    ]


def _allowed(body: Body) -> Body:
    """The body with the retrieve tool among the functions to which the model is restricted, if it is. One that must be
    called stays the only one."""
    in_body, config = _named(body, _TOOL_CONFIG)
    in_config, calling = _named(config or {}, _CALLING)
    names = _either(calling, *_ALLOWED)
    if not config or not calling or not isinstance(names, list):
        return body
    if len(names) < (1 if calling.get("mode") == "VALIDATED" else 2):
        return body
    ours = {name: [*names, tool.NAME] for name in _ALLOWED if name in calling}
    return {**body, in_body: {**config, in_config: {**calling, **ours}}}


def _id(call: Retrieval) -> dict[str, str]:
    return {"id": call.id} if call.id else {}


def _results_in(content: Any) -> list[Mapping[str, Any]]:
    """The parts of a content in which there are results; none of any other."""
    parts = [part for part, _ in _listed(field(content, "parts"), ())]
    return parts if any(_named(part, _RESPONSE)[1] is not None for part in parts) else []


def _schema(schema: Any) -> Any:
    """A JSON schema as the API writes it: with its types in capitals."""
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: value.upper() if name == "type" and isinstance(value, str) else _schema(value)
        for name, value in schema.items()
    }
