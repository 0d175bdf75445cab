"""OpenAI's responses: `POST /v1/responses`, and `GET` and `DELETE /v1/responses/{id}` for those that are kept.

Thinking goes out as a reasoning item with one summary, each text as a message of its own, a call of a `custom` tool as
a custom tool call. The stop reasons `length` and `refusal` make an incomplete response, for `max_output_tokens` and
`content_filter`; `failed` makes a failed one. A response in the background is queued, and finished when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from standin import chat
from standin.cache import Block, Usage
from standin.pace import Event
from standin.responses_check import check
from standin.responses_kept import Kept
from standin.script import Part, Text, Thinking, sign
from standin.wire import Answer, Json, Refused, fragments, new_id, sse

__all__ = ["Responses", "kept_routes"]

_INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter"}
_FAILED = {
    "code": "server_error",
    "message": "An error occurred while processing your request. You can retry your request.",
}
_BEGUN: dict[str, Json] = {
    "message": {"status": "in_progress", "content": []},
    "reasoning": {"summary": []},
    "function_call": {"status": "in_progress", "arguments": ""},
    "custom_tool_call": {"status": "in_progress", "input": ""},
}
_STORED = ("id", "status")


class _Told(NamedTuple):
    """An event of a stream, before it has its number."""

    kind: str
    fields: Json
    token: bool = False


class Responses:
    """The format, with the responses that it keeps."""

    PATH = "/v1/responses"
    TRACE_HEADER = "x-request-id"

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def check(self, body: Json) -> None:
        check(body, self._kept)

    def blocks(self, body: Json) -> list[Block]:
        """One block for each tool, the instructions and each item, those of earlier responses among them."""
        found = [Block(tool, is_tool=True) for tool in body.get("tools") or []]
        if body.get("instructions"):
            found.append(Block(_rendered({"role": "system", "content": body["instructions"]})))
        return [*found, *(Block(_rendered(item)) for item in self._kept.prompt(body))]

    def whole(self, answer: Answer) -> Json:
        response = _finished(answer, _response(answer), [_item(part, answer) for part in answer.parts])
        self._keep(response, answer)
        return {**_response(answer), "id": response["id"], "status": "queued"} if _in_background(answer) else response

    def events(self, answer: Answer) -> Iterator[Event]:
        if _in_background(answer):
            return
        for number, (kind, fields, token) in enumerate(self._told(answer)):
            yield sse({"type": kind, "sequence_number": number, **fields}, name=kind, token=token)

    def error(self, refused: Refused) -> Json:
        return chat.error(refused)

    def error_event(self, refused: Refused) -> Event:
        """As the API sends it, the fields inside `error`. The number is always 0."""
        kind = "server_error" if refused.status >= 500 else "invalid_request_error"
        told = {"type": kind, "code": refused.code or kind, "message": refused.message, "param": refused.param}
        return sse({"type": "error", "sequence_number": 0, "error": told}, name="error")

    def _told(self, answer: Answer) -> Iterator[_Told]:
        response = _response(answer)
        yield _Told("response.created", {"response": response})
        yield _Told("response.in_progress", {"response": response})
        items = [_item(part, answer) for part in answer.parts]
        finished = _finished(answer, response, items)
        for index, (part, item) in enumerate(zip(answer.parts, finished["output"], strict=True)):
            yield from _told_item(part, index, item)
        if answer.body.get("stream") is True:
            self._keep(finished, answer)
        yield _Told(f"response.{finished['status']}", {"response": finished})

    def _keep(self, response: Json, answer: Answer) -> None:
        if response["store"]:
            self._kept.keep(response, self._kept.prompt(answer.body))


def kept_routes(kept: Kept) -> list[Route]:
    """Reading and deleting what is kept."""

    async def respond(request: Request) -> JSONResponse:
        response_id = request.path_params["id"]
        try:
            if request.method != "DELETE":
                return JSONResponse(kept.get(response_id))
            kept.delete(response_id)
        except Refused as refused:
            return JSONResponse(chat.error(refused), refused.status)
        return JSONResponse({"id": response_id, "object": "response", "deleted": True})

    return [Route("/v1/responses/{id}", respond, methods=["GET", "DELETE"])]


def _in_background(answer: Answer) -> bool:
    return answer.body.get("background") is True and answer.body.get("stream") is not True


def _response(answer: Answer) -> Json:
    """The response before the model has said anything."""
    body = answer.body

    def given(name: str, default: Any = None) -> Any:
        return default if body.get(name) is None else body[name]

    return {
        "id": new_id("resp_"),
        "object": "response",
        "created_at": answer.created,
        "status": "in_progress",
        "background": given("background", False),
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": given("instructions"),
        "max_output_tokens": given("max_output_tokens"),
        "max_tool_calls": given("max_tool_calls"),
        "model": body["model"],
        "output": [],
        "parallel_tool_calls": given("parallel_tool_calls", True),
        "previous_response_id": given("previous_response_id"),
        "prompt_cache_key": given("prompt_cache_key"),
        "reasoning": {"effort": None, "summary": None, **given("reasoning", {})},
        "safety_identifier": given("safety_identifier"),
        "service_tier": "default",
        "store": given("store", True),
        "temperature": given("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **given("text", {})},
        "tool_choice": given("tool_choice", "auto"),
        "tools": given("tools", []),
        "top_logprobs": given("top_logprobs", 0),
        "top_p": given("top_p", 1.0),
        "truncation": given("truncation", "disabled"),
        "usage": None,
        "user": given("user"),
        "metadata": given("metadata", {}),
    }


def _finished(answer: Answer, response: Json, output: list[Json]) -> Json:
    reason = answer.stop_reason
    ended: Json = {"status": "completed", "completed_at": answer.created}
    if reason == "failed":
        ended = {"status": "failed", "error": _FAILED}
    elif reason in ("length", "refusal", *_INCOMPLETE.values()):
        ended = {"status": "incomplete", "incomplete_details": {"reason": _INCOMPLETE.get(reason, reason)}}
        if output and "status" in output[-1]:
            output = [*output[:-1], {**output[-1], "status": "incomplete"}]
    return {**response, **ended, "output": output, "usage": _usage(answer.usage)}


def _item(part: Part, answer: Answer) -> Json:
    """The output item of a part, as it is when the model has said all of it."""
    if isinstance(part, Thinking):
        item: Json = {"id": new_id("rs_"), "type": "reasoning", "summary": [_summary(part.text)]}
        if "reasoning.encrypted_content" in (answer.body.get("include") or []):
            item["encrypted_content"] = part.signature
        return item
    if isinstance(part, Text):
        content = [_output_text(part.text)]
        return {
            "id": new_id("msg_"),
            "type": "message",
            "status": "completed",
            "content": content,
            "role": "assistant",
        }
    custom = any(
        tool.get("type") == "custom" and tool.get("name") == part.name for tool in answer.body.get("tools") or []
    )
    kind, prefix, field = ("custom_tool_call", "ctc_", "input") if custom else ("function_call", "fc_", "arguments")
    item = {"id": new_id(prefix), "type": kind, "status": "completed", field: part.arguments_text}
    return {**item, "call_id": part.id or new_id("call_"), "name": part.name}


def _told_item(part: Part, index: int, item: Json) -> Iterator[_Told]:
    kind, at = item["type"], {"item_id": item["id"], "output_index": index}
    begun = {**item, **_BEGUN[kind]}
    if "encrypted_content" in begun:
        begun["encrypted_content"] = sign("")
    yield _Told("response.output_item.added", {"output_index": index, "item": begun}, kind.endswith("_call"))
    if kind == "message":
        at["content_index"] = 0
        (full,) = item["content"]
        yield _Told("response.content_part.added", {**at, "part": _output_text("")})
        for fragment in fragments(part):
            yield _Told("response.output_text.delta", {**at, "delta": fragment, "logprobs": []}, True)
        yield _Told("response.output_text.done", {**at, "text": full["text"], "logprobs": []})
        yield _Told("response.content_part.done", {**at, "part": full})
    elif kind == "reasoning":
        at["summary_index"] = 0
        (full,) = item["summary"]
        yield _Told("response.reasoning_summary_part.added", {**at, "part": _summary("")})
        for fragment in fragments(part):
            yield _Told("response.reasoning_summary_text.delta", {**at, "delta": fragment}, True)
        yield _Told("response.reasoning_summary_text.done", {**at, "text": full["text"]})
        yield _Told("response.reasoning_summary_part.done", {**at, "part": full})
    else:
        field = "arguments" if "arguments" in item else "input"
        name = f"{kind}_{field}"
        for fragment in fragments(part):
            yield _Told(f"response.{name}.delta", {**at, "delta": fragment}, True)
        more = {"name": item["name"]} if field == "arguments" else {}
        yield _Told(f"response.{name}.done", {**at, field: item[field], **more})
    yield _Told("response.output_item.done", {"output_index": index, "item": item})


def _output_text(text: str) -> Json:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _summary(text: str) -> Json:
    return {"type": "summary_text", "text": text}


def _usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.read, "cache_write_tokens": usage.written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.prompt + usage.output,
    }


def _rendered(item: Json) -> Json:
    """An item as the model reads it: the same whether the server kept it or the client sent it, whole or in short."""
    kind = item.get("type") or "message"
    if kind == "message":
        return {"role": item["role"], "content": _parts(item["content"])}
    if kind == "reasoning":
        return {"type": kind, "summary": [part.get("text", "") for part in item["summary"]]}
    kept = {key: value for key, value in item.items() if key not in _STORED}
    return {**kept, "output": _parts(item["output"])} if "output" in item else kept


def _parts(content: Any) -> list[Json]:
    parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
    return [{"type": "text", "text": part["text"]} if "text" in part else part for part in parts]
