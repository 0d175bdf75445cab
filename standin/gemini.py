"""Google's Gemini API: `POST /v1beta/models/MODEL:generateContent` or `:streamGenerateContent`; `/v1` too.

Fields may be written in camelCase or in snake_case. A stream is always one of server-sent events (`alt=sse`). Models
named `gemini-3…` ask for the signatures of the running tool loop, so their scripts think before they call.

A thought's signature goes out on the next part that is not a thought, in base64. One that the script leaves to the
server carries the thought itself, so that it can be checked where the thought does not come back with it.

A call whose arguments are not a JSON object is left out, and the answer finishes as MALFORMED_FUNCTION_CALL unless the
script says how.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from standin.cache import Block
from standin.gemini_check import check
from standin.gemini_fields import camel, declarations, listed, opened, sealed
from standin.pace import Event
from standin.script import Thinking, ToolUse, sign
from standin.wire import Answer, Json, Refused, fragments, new_id, sse

__all__ = ["PATH", "TRACE_HEADER", "blocks", "check", "error", "error_event", "events", "whole"]

PATH = "/{version}/models/{model}:{method}"
TRACE_HEADER = "x-request-id"

_FINISH = {"end": "STOP", "tools": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
_STATUS = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def blocks(body: Json) -> list[Block]:
    """One block for each tool, each part of the system instruction and each part of the contents. Ids stay out."""
    body = camel(body)
    found = [Block(_declared(tool), is_tool=True) for tool in declarations(body)]
    for content in [body.get("systemInstruction") or {}, *listed(body["contents"], "contents")]:
        role = content.get("role") or "user"
        found += [Block([role, _rendered(part)]) for part in listed(content.get("parts"), "parts")]
    return found


def whole(answer: Answer) -> Json:
    return _response(answer, new_id(""), list(_parts(answer, split=False)), last=True)


def events(answer: Answer) -> Iterator[Event]:
    response_id = new_id("")
    pieces = list(_parts(answer, split=True))
    for piece in pieces[:-1]:
        yield sse(_response(answer, response_id, [piece], last=False), token=True)
    yield sse(_response(answer, response_id, pieces[-1:], last=True), token=True)


def error(refused: Refused) -> Json:
    status = _STATUS.get(refused.status, "INTERNAL" if refused.status >= 500 else "INVALID_ARGUMENT")
    return {"error": {"code": refused.status, "message": refused.message, "status": status}}


def error_event(refused: Refused) -> Event:
    # This API has no status of its own for an overload.
    return sse(error(Refused(refused.message, status=503 if refused.status == 529 else refused.status)))


def _response(answer: Answer, response_id: str, parts: list[Json], *, last: bool) -> Json:
    content = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    finished = {"finishReason": _finish(answer)} if last else {}
    return {
        "candidates": [{"content": content, **finished, "index": 0}],
        "usageMetadata": _usage(answer, last),
        "modelVersion": answer.body["model"],
        "responseId": response_id,
    }


def _parts(answer: Answer, *, split: bool) -> Iterator[Json]:
    """The parts of the answer; split, every fragment of a text is one."""
    thoughts: list[Thinking] = []
    for part in answer.parts:
        if isinstance(part, ToolUse):
            arguments = _arguments(part)
            call = {"name": part.name, "args": arguments, **({"id": part.id} if part.id else {})}
            pieces: list[Json] = [] if arguments is None else [{"functionCall": call}]
        else:
            thought = {"thought": True} if isinstance(part, Thinking) else {}
            pieces = [{"text": text, **thought} for text in (fragments(part) if split else [part.text])]
        if isinstance(part, Thinking):
            thoughts.append(part)
        elif pieces and thoughts:
            pieces[0]["thoughtSignature"] = _signature(thoughts)
            thoughts = []
        yield from pieces
    if thoughts:
        yield {"text": "", "thoughtSignature": _signature(thoughts)}


def _signature(thoughts: list[Thinking]) -> str:
    last, text = thoughts[-1], "".join(thought.text for thought in thoughts)
    return sealed(text, "" if last.signature == sign(last.text) else last.signature)


def _arguments(call: ToolUse) -> Json | None:
    try:
        value = json.loads(call.arguments_text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _finish(answer: Answer) -> str:
    malformed = any(isinstance(part, ToolUse) and _arguments(part) is None for part in answer.parts)
    if malformed and answer.stop_reason == "tools":
        return "MALFORMED_FUNCTION_CALL"
    return _FINISH.get(answer.stop_reason, answer.stop_reason)


def _usage(answer: Answer, last: bool) -> Json:
    """Counts of zero are left out, and before the end nothing is known but the prompt."""
    usage = answer.usage
    counts = {
        "promptTokenCount": usage.prompt,
        "cachedContentTokenCount": usage.read,
        "candidatesTokenCount": usage.output - usage.reasoning if last else 0,
        "thoughtsTokenCount": usage.reasoning if last else 0,
        "totalTokenCount": usage.prompt + (usage.output if last else 0),
    }
    return {name: count for name, count in counts.items() if count}


def _declared(tool: Json) -> Json:
    """A declaration as the model reads it, whichever of the two ways its schema was given in."""
    schema = tool.get("parametersJsonSchema", tool.get("parameters"))
    rest = {name: value for name, value in tool.items() if name not in ("parameters", "parametersJsonSchema")}
    return {**rest, "parameters": schema} if schema is not None else rest


def _rendered(part: Json) -> Json:
    """A part in the words that the cache tells apart by what counts and what has to match to the letter."""
    part = {name: value for name, value in part.items() if value is not None}
    rendered: Json = {"type": "thought" if part.pop("thought", False) else "part"}
    if "thoughtSignature" in part:
        rendered["signature"] = "".join(opened(part.pop("thoughtSignature")))
    for kind in ("functionCall", "functionResponse"):
        if kind in part:
            part[kind] = {name: value for name, value in part[kind].items() if name != "id"}
    if "functionCall" in part:
        part["functionCall"]["input"] = part["functionCall"].pop("args", None) or {}
    return {**rendered, **part}
