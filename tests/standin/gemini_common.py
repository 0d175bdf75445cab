"""What the tests of the Gemini API share."""

from __future__ import annotations

from typing import Any

import httpx
from google import genai
from google.genai import types

from standin import Reply, Standin, Text, Thinking, ToolUse

from .common import MODEL

DECLARED = {"name": "shell", "description": "Runs.", "parametersJsonSchema": {"type": "object"}}
TOOLS = [{"functionDeclarations": [DECLARED]}]
HI = {"role": "user", "parts": [{"text": "hi"}]}
EVERYTHING = Reply(Thinking("hm so"), Text("Look: 世界"), ToolUse("shell", {"cmd": "é"}, id="c1"), ToolUse("shell", {}))


def ask(client: genai.Client, *contents: Any, model: str = MODEL, **config: Any) -> types.GenerateContentResponse:
    given: Any = {"tools": TOOLS, "automatic_function_calling": {"disable": True}, **config}
    return client.models.generate_content(model=model, contents=list(contents or [HI]), config=given)


def stream(client: genai.Client, *contents: Any, model: str = MODEL) -> list[types.GenerateContentResponse]:
    config: Any = {"tools": TOOLS, "automatic_function_calling": {"disable": True}}
    return list(client.models.generate_content_stream(model=model, contents=list(contents or [HI]), config=config))


def post(server: Standin, body: dict[str, Any], method: str = "generateContent", **at: str) -> httpx.Response:
    path = f"/{at.get('version', 'v1beta')}/models/{at.get('model', MODEL)}:{method}"
    return httpx.post(f"{server.url}{path}", json=body)


def parts_of(*answers: types.GenerateContentResponse) -> list[types.Part]:
    return [
        part
        for answer in answers
        for candidate in answer.candidates or []
        if candidate.content is not None
        for part in candidate.content.parts or []
    ]


def candidate_of(answer: types.GenerateContentResponse) -> types.Candidate:
    assert answer.candidates is not None
    return answer.candidates[0]


def usage_of(answer: types.GenerateContentResponse) -> types.GenerateContentResponseUsageMetadata:
    assert answer.usage_metadata is not None
    return answer.usage_metadata


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def model(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def call(name: str = "shell", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {}, **more}}


def response(name: str = "shell", **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": {"output": "ok"}, **more}}
