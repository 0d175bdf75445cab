"""What the tests of the stand-in provider share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openai

ROOT = Path(__file__).parents[2]
MODEL = "stand-in"
HASH, HASH2 = "0123456789abcdef01234567", "fedcba987654321001234567"
CHAT_TOOL: Any = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object"}}}
TOOL: Any = {"name": "shell", "input_schema": {"type": "object"}}
RESPONSES_TOOL: Any = {"type": "function", "name": "shell", "parameters": {"type": "object"}, "strict": False}
CUSTOM_TOOL: Any = {"type": "custom", "name": "patch", "description": "Applies a patch."}
ENCRYPTED: Any = ["reasoning.encrypted_content"]
HI: list[Any] = [{"role": "user", "content": "hi"}]
MARK = {"cache_control": {"type": "ephemeral"}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}


def stream_chat(client: openai.OpenAI, **options: Any) -> list[Any]:
    return list(client.chat.completions.create(model=MODEL, messages=HI, stream=True, **options))


def joined(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def call(*ids: str) -> dict[str, Any]:
    calls = [{"id": name, "type": "function", "function": {"name": "shell", "arguments": "{}"}} for name in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(name: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": name, "content": "ok"}


def use(*ids: str) -> dict[str, Any]:
    blocks = [{"type": "tool_use", "id": name, "name": "shell", "input": {}} for name in ids]
    return {"role": "assistant", "content": blocks}


def used(*ids: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": name, "content": "ok"} for name in ids]}


def response_call(call_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "shell", "arguments": arguments}


def output_of(call_id: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": "ok"}


def respond(client: openai.OpenAI, given: Any = "hi", **options: Any) -> Any:
    return client.responses.create(model=MODEL, input=given, **options)


def without(value: Any, *names: str) -> Any:
    """The value, without these keys wherever they stand."""
    if isinstance(value, dict):
        return {key: without(item, *names) for key, item in value.items() if key not in names}
    return [without(item, *names) for item in value] if isinstance(value, list) else value
