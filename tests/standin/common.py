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
