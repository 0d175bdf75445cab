"""Google's Gemini API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zlib import crc32

import httpx
from google import genai
from google.genai import errors
from google.genai.types import Content, HttpOptions

from standin.gemini_fields import camel, opened, sealed
from tests.proxy.clients.base import Delta, Format, Live, Seen, Tokens, signed, tee
from tests.proxy.turns import Call, Heard, Result, Said, Thought, Turn

__all__ = ["Gemini"]


class GeminiFailure(Exception):
    """What went wrong, under whichever of its names the library or the connection raised it."""


class GeminiError(GeminiFailure):
    def __init__(self, error: errors.APIError) -> None:
        super().__init__(str(error))
        self.status_code = error.code
        self.body = error.details


@dataclass(frozen=True)
class _Library:
    """The library's client. It has one method for whole answers and one for streams, with the same arguments."""

    models: Any
    received: bytearray
    client: genai.Client
    http: Any

    def __enter__(self) -> _Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.http.close()


class Gemini(Format):
    name = "gemini"
    model_prefix = "gemini"
    history_field = "contents"
    metadata_field = "metadata"
    preamble = 0
    error = GeminiError
    failure = GeminiFailure

    def model(self, seed: str) -> str:
        """LiteLLM logs streams of such models only as its price list knows: this name it takes for a version."""
        return f"gemini-2.5-flash-{crc32(seed.encode())}"

    def body(self, model: str, turns: Sequence[Turn], tools: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "contents": _contents(turns)}
        if tools:
            schema = {"type": "object", "properties": {"command": {"type": "string"}}}
            declared = [{"name": name, "description": "A tool.", "parametersJsonSchema": schema} for name in tools]
            body["config"] = {"tools": [{"functionDeclarations": declared}]}
        return body

    def library(self, url: str, key: str, received: bytearray) -> _Library:
        http = tee(httpx.Client, received)
        # The library's own default version is one that LiteLLM does not serve.
        options = HttpOptions(base_url=url, api_version="v1beta", timeout=60_000, httpx_client=http)
        client = genai.Client(api_key=key, http_options=options)
        return _Library(client.models, received, client, http)

    def headers(self, library: _Library, body: dict[str, Any]) -> Mapping[str, str]:
        headers: Mapping[str, str] = library.models.generate_content(**_arguments(body)).sdk_http_response.headers
        return headers

    def whole(self, library: _Library, body: dict[str, Any]) -> Seen:
        with _failures(library.received):
            return _seen([library.models.generate_content(**_arguments(body))])

    @contextmanager
    def open(self, library: _Library, body: dict[str, Any]) -> Iterator[Live]:
        chunks = library.models.generate_content_stream(**_arguments(body))
        try:
            yield _Live(chunks, library.received)
        finally:
            chunks.close()

    def check_stream(self, raw: bytes) -> None:
        *events, end = raw.decode().split("\n\n")
        assert end == ""
        assert all(event.startswith("data: ") for event in events)
        chunks = [json.loads(event[6:]) for event in events]
        assert len({(chunk.get("responseId"), chunk.get("modelVersion")) for chunk in chunks}) == 1
        candidates = [candidate for chunk in chunks for candidate in chunk["candidates"]]
        assert len(candidates) == len(chunks)
        assert {candidate["index"] for candidate in candidates} == {0}
        assert [bool(candidate.get("finishReason")) for candidate in candidates] == [False] * (len(chunks) - 1) + [True]
        for part in (part for candidate in candidates for part in candidate["content"].get("parts", [])):
            assert isinstance(part["functionCall"]["args"] if "functionCall" in part else part["text"], dict | str)
            assert not (part.get("thought") and "thoughtSignature" in part)
        totals = [chunk["usageMetadata"]["totalTokenCount"] for chunk in chunks if "usageMetadata" in chunk]
        assert totals == sorted(totals)
        usage = chunks[-1]["usageMetadata"]
        output = usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)
        assert usage["totalTokenCount"] == usage["promptTokenCount"] + output

    def turns(self, body: dict[str, Any]) -> list[Turn | Thought]:
        return [turn for content in camel(body["contents"]) for turn in _turns(content)]

    def results(self, body: dict[str, Any]) -> list[str]:
        parts = [part for content in camel(body["contents"]) for part in content["parts"]]
        responses = [part["functionResponse"]["response"] for part in parts if "functionResponse" in part]
        # LiteLLM has another name for it in what it translates.
        return [response.get("output", response.get("content")) for response in responses]


class _Live(Live):
    def __init__(self, chunks: Any, received: bytearray) -> None:
        self._chunks = chunks
        self._received = received
        self._read: list[Any] = []

    def __iter__(self) -> Iterator[Delta]:
        with _failures(self._received):
            for chunk in self._chunks:
                self._read.append(chunk)
                for part in _parts(chunk):
                    if part.function_call is not None:
                        yield Delta("call", part.function_call.name)
                    elif part.text:
                        yield Delta("thinking" if part.thought else "text", part.text)

    def seen(self) -> Seen:
        return _seen(self._read)


@contextmanager
def _failures(received: bytearray) -> Iterator[None]:
    try:
        yield
    except errors.APIError as error:
        raise GeminiError(error) from error
    except (httpx.HTTPError, TypeError) as error:
        # The library stumbles over the errors that LiteLLM writes into a stream: their code is a string.
        raise GeminiFailure(f"{error}; received: …{received[-500:].decode(errors='replace')}") from error


def _arguments(body: dict[str, Any]) -> dict[str, Any]:
    """As the library takes it: everything but the model and the contents is configuration."""
    given = {name: value for name, value in body.items() if name not in ("model", "contents", "config")}
    http = {
        name: given.pop(extra) for name, extra in (("extra_body",) * 2, ("headers", "extra_headers")) if extra in given
    }
    config = {**body.get("config", {}), **given, "automatic_function_calling": {"disable": True}, "http_options": http}
    return {"model": body["model"], "contents": body["contents"], "config": config}


def _contents(turns: Sequence[Turn]) -> list[Any]:
    """The model's turns in a row are one content, and so are the results in a row."""
    names: dict[str, str] = {}
    contents: list[Any] = []
    for (role, _, is_heard), run in groupby(
        turns, lambda turn: (_role(turn), *(isinstance(turn, kind) for kind in (Result, Heard)))
    ):
        if is_heard:
            heard = [item for turn in run for item in turn.items]
            names |= {call.id: call.name for call in _calls(part for item in heard for part in item.parts)}
            contents += heard
        else:
            contents.append({"role": role, "parts": [part for turn in run for part in _written(turn, names)]})
    return contents


def _role(turn: Turn) -> str:
    by_the_model = isinstance(turn, Call | Heard) or (isinstance(turn, Said) and turn.role == "assistant")
    return "model" if by_the_model else "user"


def _written(turn: Turn, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The parts of a turn; results are given the names of their calls."""
    if isinstance(turn, Said):
        yield {"text": turn.text}
    elif isinstance(turn, Result):
        yield {"functionResponse": {"id": turn.id, "name": names[turn.id], "response": {"output": turn.text}}}
    else:
        names[turn.id] = turn.name
        called: dict[str, Any] = {"functionCall": {"id": turn.id, "name": turn.name, "args": turn.arguments}}
        if turn.thought is not None:
            yield {"text": turn.thought.text, "thought": True}
            called["thoughtSignature"] = sealed(turn.thought.text)
        yield called


def _turns(content: dict[str, Any]) -> Iterator[Turn | Thought]:
    thought = ""
    for part in content["parts"]:
        if part.get("thought"):
            thought += part["text"]
            continue
        if "thoughtSignature" in part:
            signature, carried = opened(part["thoughtSignature"])
            assert thought in ("", carried)
            yield signed(carried, signature)
            thought = ""
        if "functionCall" in part:
            called = part["functionCall"]
            yield Call(called["name"], called.get("args", {}), called.get("id", ""))
        elif "functionResponse" in part:
            yield Result(part["functionResponse"].get("id", ""), part["functionResponse"]["response"]["output"])
        elif part["text"]:
            yield Said(part["text"], "assistant" if content["role"] == "model" else "user")
    assert not thought


def _parts(response: Any) -> list[Any]:
    candidates = response.candidates or []
    return [part for found in candidates if found.content is not None for part in found.content.parts or []]


def _calls(parts: Iterable[Any]) -> Iterator[Call]:
    for part in parts:
        if (called := part.function_call) is not None:
            yield Call(called.name, called.args or {}, called.id or "")


def _seen(responses: Sequence[Any]) -> Seen:
    parts = [part for response in responses for part in _parts(response)]
    calls = tuple(_calls(parts))
    runs = groupby(parts, lambda part: bool(part.thought))
    thinking = tuple("".join(part.text for part in run) for is_thought, run in runs if is_thought)
    finish = responses[-1].candidates[0].finish_reason.value
    usage = responses[-1].usage_metadata
    output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return Seen(
        "".join(part.text or "" for part in parts if not part.thought),
        calls,
        thinking,
        ("tools" if calls else "end") if finish == "STOP" else finish,
        Tokens(usage.prompt_token_count, usage.cached_content_token_count or 0, output),
        (Content(role="model", parts=parts),),
    )
