"""OpenAI's responses, with the whole conversation in every request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import openai

from tests.proxy.clients.base import Delta, Format, Live, Seen, Tokens, signed, tee
from tests.proxy.turns import Call, Heard, Result, Said, Thought, Turn

__all__ = ["Responses"]

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_DELTAS = {"response.output_text.delta": "text", "response.reasoning_summary_text.delta": "thinking"}


class Responses(Format):
    name = "responses"
    model_prefix = "ft:gpt-4o-2024-08-06:org:tests:id"
    history_field = "input"
    metadata_field = "litellm_metadata"
    preamble = 4
    error = openai.APIStatusError
    failure = openai.APIError

    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "input": [item for turn in turns for item in _items(turn)]}
        if tools:
            parameters = {"type": "object", "properties": {"command": {"type": "string"}}}
            fields = {"description": "A tool.", "parameters": parameters, "strict": False}
            body["tools"] = [{"type": "function", "name": name, **fields} for name in tools]
        return body

    def library(self, url: str, key: str, received: bytearray) -> openai.OpenAI:
        http = tee(openai.DefaultHttpxClient, received)
        return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=60, http_client=http)

    def headers(self, library: openai.OpenAI, body: dict[str, Any]) -> Mapping[str, str]:
        return library.responses.with_raw_response.create(**body).headers

    def whole(self, library: openai.OpenAI, body: dict[str, Any]) -> Seen:
        return _seen(library.responses.create(**body))

    @contextmanager
    def open(self, library: openai.OpenAI, body: dict[str, Any]) -> Iterator[Live]:
        with library.responses.stream(**body) as stream:
            yield _Live(stream)

    def check_stream(self, raw: bytes) -> None:
        data = [line[6:] for line in raw.decode().split("\n") if line.startswith("data: ")]
        events = [json.loads(item) for item in data if item != "[DONE]"]
        kinds = [event["type"] for event in events]
        assert [kind for kind in kinds if kind in ("response.created", *_ENDS)] == [kinds[0], kinds[-1]]
        assert kinds[0] == "response.created"
        assert len({event["response"]["id"] for event in events if "response" in event}) == 1
        if not _is_the_providers(events[0]):
            return
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        within = [event for event in events if "output_index" in event]
        output = events[-1]["response"]["output"]
        assert [event["output_index"] for event in within] == sorted(event["output_index"] for event in within)
        assert {event["output_index"] for event in within} == set(range(len(output)))
        for index, item in enumerate(output):
            _check_item([event for event in within if event["output_index"] == index], item)

    def turns(self, body: dict[str, Any]) -> list[Turn | Thought]:
        return [_turn(item) for item in body["input"]]

    def results(self, body: dict[str, Any]) -> list[str]:
        outputs = [item for item in self.history(body) if item.get("type") == "function_call_output"]
        return [_as_text(item["output"]) for item in outputs]


class _Live(Live):
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._told: dict[int, str] = {}
        self._final: Any = None
        self._checked = False

    def __iter__(self) -> Iterator[Delta]:
        for event in self._stream:
            if event.type in _ENDS:
                self._final = event.response
            if event.type in ("error", "response.failed"):
                # The library has no exception for these.
                raise openai.APIError(f"the stream ended in {event!r}", self._stream._response.request, body=None)
            if event.type == "response.created":
                self._checked = _is_the_providers(event.to_dict())
            if event.type.endswith(("output_text.delta", "arguments.delta")) and self._checked:
                self._told[event.output_index] = event.snapshot
            if event.type in _DELTAS:
                yield Delta(_DELTAS[event.type], event.delta)
            elif event.type == "response.output_item.added" and event.item.type == "function_call":
                yield Delta("call", event.item.name)

    def seen(self) -> Seen:
        for index, told in self._told.items():
            item = self._final.output[index]
            assert told == (item.arguments if item.type == "function_call" else item.content[0].text)
        return _seen(self._final)


def _is_the_providers(created: dict[str, Any]) -> bool:
    """Whether this first event came from the provider. Where LiteLLM makes up the stream, from another format or from a
    whole answer, it numbers few events, and does not let items grow one after the other."""
    return "sequence_number" in created


def _check_item(events: list[dict[str, Any]], item: dict[str, Any]) -> None:
    """Fail unless these events, all about this item, let it grow from nothing to what it is in the end."""
    first, *within, last = events
    assert (first["type"], last["type"]) == ("response.output_item.added", "response.output_item.done")
    assert {event["item_id"] for event in within} == {first["item"]["id"]} == {last["item"]["id"]} == {item["id"]}
    assert {first["item"]["type"], last["item"]["type"]} == {item["type"]}
    kinds = [event["type"] for event in within]
    assert [kind for kind in kinds if kind.endswith("_part.added")] == [
        kind.replace("done", "added") for kind in kinds if kind.endswith("_part.done")
    ]
    told = "".join(event["delta"] for event in within if event["type"].endswith(".delta"))
    assert told == _text_of(last["item"]) == _text_of(item)
    assert told == "".join(
        event.get("text", event.get("arguments", "")) for event in within if event["type"].endswith(".done")
    )


def _text_of(item: dict[str, Any]) -> str:
    if item["type"] == "function_call":
        return str(item["arguments"])
    return "".join(part["text"] for part in item["summary" if item["type"] == "reasoning" else "content"])


def _items(turn: Turn) -> Sequence[dict[str, Any]]:
    if isinstance(turn, Heard):
        return turn.items
    if isinstance(turn, Said):
        return [{"role": turn.role, "content": turn.text}]
    if isinstance(turn, Result):
        return [{"type": "function_call_output", "call_id": turn.id, "output": turn.text}]
    items: list[dict[str, Any]] = []
    if turn.thought is not None:
        summary = [{"type": "summary_text", "text": turn.thought.text}]
        thought = {"type": "reasoning", "id": f"rs_{turn.id}", "summary": summary}
        items.append({**thought, "encrypted_content": turn.thought.signature})
    arguments = json.dumps(turn.arguments)
    return [*items, {"type": "function_call", "call_id": turn.id, "name": turn.name, "arguments": arguments}]


def _turn(item: dict[str, Any]) -> Turn | Thought:
    kind = item.get("type", "message")
    if kind == "function_call":
        return Call(item["name"], json.loads(item["arguments"]), item["call_id"])
    if kind == "function_call_output":
        return Result(item["call_id"], _as_text(item["output"]))
    if kind == "reasoning":
        # Without it, the provider knows the thought by its id.
        return (
            signed(_text_of(item), item["encrypted_content"])
            if "encrypted_content" in item
            else Thought(_text_of(item))
        )
    return Said(_as_text(item["content"]), item["role"])


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _seen(response: Any) -> Seen:
    texts = [part.text for item in response.output if item.type == "message" for part in item.content]
    calls = tuple(
        Call(item.name, json.loads(item.arguments), item.call_id)
        for item in response.output
        if item.type == "function_call"
    )
    thoughts = [
        # LiteLLM has the thinking of other formats in the wrong place.
        "".join(part.text for part in item.summary or item.content)
        for item in response.output
        if item.type == "reasoning"
    ]
    stop = "tools" if calls else "end"
    if response.status != "completed":
        stop = response.incomplete_details.reason if response.incomplete_details else response.status
    usage = None
    if response.usage is not None:
        cached = response.usage.input_tokens_details.cached_tokens
        usage = Tokens(response.usage.input_tokens, cached, response.usage.output_tokens)
    return Seen(
        "".join(texts), calls, tuple(filter(None, thoughts)), stop, usage, tuple(map(_sent_back, response.output))
    )


def _sent_back(item: Any) -> dict[str, Any]:
    """An item of an answer as an item of the next request: without what the library has added."""
    data: dict[str, Any] = item.to_dict()
    data.pop("parsed_arguments", None)
    if isinstance(data.get("content"), list):
        data["content"] = [
            {name: value for name, value in part.items() if name != "parsed"} for part in data["content"]
        ]
    return data
