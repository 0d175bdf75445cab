"""Recorded sessions, and the requests that the recorded agent made."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["Json", "Session", "chat_tools", "load", "messages_request", "messages_tools"]

Json: TypeAlias = "dict[str, Any]"

_FOLDER = Path(__file__).resolve().parent.parent / "sessions"
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
_BREAKPOINT = {"type": "ephemeral"}


@dataclass(frozen=True)
class Session:
    """A recorded session: OpenAI chat messages, every tool call with an id of its own.

    tools: for each tool that was called, its name and a JSON schema of the arguments it was called with; recordings
    do not hold the declarations themselves
    """

    messages: list[Json]
    tools: dict[str, Json]

    @property
    def turns(self) -> list[int]:
        """Where the assistant speaks: at each, the agent had sent all messages before."""
        return [at for at, message in enumerate(self.messages) if at and message["role"] == "assistant"]


def load(name: str) -> Session:
    """The session in `examples/sessions/NAME.jsonl.gz`."""
    with gzip.open(_FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        messages: list[Json] = json.loads(file.readline())["messages"]
    tools: dict[str, Json] = {}
    ids: dict[str, str] = {}
    count = 0
    for message in messages:
        for call in message.get("tool_calls") or ():
            # A recording may use one id for two calls, which providers refuse; results stand right behind their call.
            count += 1
            fresh = f"call_{count:04}"
            ids[call["id"]], call["id"] = fresh, fresh
            _declare(tools, call["function"])
        if message["role"] == "tool":
            message["tool_call_id"] = ids[message["tool_call_id"]]
    return Session(messages, tools)


def chat_tools(session: Session) -> list[Json]:
    return [
        {"type": "function", "function": {"name": name, "description": name, "parameters": schema}}
        for name, schema in session.tools.items()
    ]


def messages_tools(session: Session) -> list[Json]:
    return [{"name": name, "description": name, "input_schema": schema} for name, schema in session.tools.items()]


def messages_request(messages: Sequence[Json]) -> tuple[list[Json], list[Json]]:
    """The system blocks and the messages of Anthropic's format, with cache breakpoints where coding agents put them:
    behind the system text and behind each of the last two user messages."""
    system = [_text(message["content"]) for message in messages if message["role"] == "system"]
    turns: list[Json] = []
    for message in messages:
        if message["role"] == "system":
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        if not turns or turns[-1]["role"] != role:
            turns.append({"role": role, "content": []})
        turns[-1]["content"] += _blocks(message)
    for turn in [turn for turn in turns if turn["role"] == "user"][-2:]:
        turn["content"][-1]["cache_control"] = _BREAKPOINT
    system[-1]["cache_control"] = _BREAKPOINT
    return system, turns


def _blocks(message: Json) -> list[Json]:
    if message["role"] == "tool":
        return [{"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}]
    text = message.get("content") or ""
    calls = [
        {
            "type": "tool_use",
            "id": call["id"],
            "name": call["function"]["name"],
            "input": json.loads(call["function"]["arguments"]),
        }
        for call in message.get("tool_calls") or ()
    ]
    return [_text(text), *calls] if text.strip() else calls


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _declare(tools: dict[str, Json], function: Json) -> None:
    schema = tools.setdefault(function["name"], {"type": "object", "properties": {}})
    for name, value in json.loads(function["arguments"]).items():
        kind = _JSON_TYPES.get(type(value))
        schema["properties"].setdefault(name, {"type": kind} if kind else {})
