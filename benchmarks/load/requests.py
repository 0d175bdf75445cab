"""The requests that are sent: small chats, and agents' conversations that grow turn by turn."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import orjson

from examples.demo.sessions import Json, Session, chat_tools, load, messages_request, messages_tools

__all__ = ["MODELS", "PATHS", "Agent", "Format", "big_request", "output_of", "recorded_outputs", "small_chat"]

Format = Literal["chat", "messages"]
PATHS: Final[dict[Format, str]] = {"chat": "/v1/chat/completions", "messages": "/v1/messages"}
MODELS: Final[dict[Format, str]] = {"chat": "gpt-load", "messages": "claude-load"}

_HISTORY: Final = 50_000
_AGENT: Final = "mini-swe-django"
_numbers = itertools.count()


def small_chat(form: Format, tag: str, *, stream: bool, variant: str = "") -> bytes:
    """A question of a few words, without tools."""
    messages = [{"role": "user", "content": f"[tag:{tag}] Why is the sky blue? Answer in one sentence, please."}]
    return _body(form, messages, [], stream=stream, variant=variant)


@dataclass
class Agent:
    """An agent at work: each request is the one before, with what the model did next and what came of it.

    The history is `history` bytes long at first; turns are those of a recording, over and over. `tag` stands in the
    first message, so no two agents share a history.
    """

    form: Format
    tag: str
    stream: bool
    history: int = _HISTORY
    variant: str = ""

    def __post_init__(self) -> None:
        session = _session()
        size = 0
        for at, message in enumerate(session.messages):
            if message["role"] == "assistant" and size >= self.history and at > 2:
                break
            size += len(orjson.dumps(message))
        first = session.messages[1]
        self.messages = [session.messages[0], {**first, "content": f"[tag:{self.tag}]\n{first['content']}"}]
        self.messages += session.messages[2:at]
        self._coming = _turns(session, at)
        self.size = size

    def body(self) -> bytes:
        return _body(self.form, self.messages, _tools(self.form), stream=self.stream, variant=self.variant)

    def go_on(self) -> None:
        """The model has made its next call, and the output is there."""
        self._add(next(self._coming))

    def see(self, output: str) -> None:
        """The model has called its tool, and this came of it."""
        self._add(_call(f"call_{next(_numbers)}", output))

    def _add(self, messages: list[Json]) -> None:
        self.messages += messages
        self.size += sum(len(orjson.dumps(message)) for message in messages)


def big_request(form: Format, output: str, *, stream: bool = False) -> bytes:
    """An agent's second request: it ran one command, which printed much."""
    number = next(_numbers)
    messages = [
        {"role": "system", "content": "You are a coding agent."},
        {"role": "user", "content": f"[tag:big-{number}] Find out what is wrong."},
        *_call(f"call_{number}", output),
    ]
    return _body(form, messages, _tools(form), stream=stream, variant="")


def _call(id_: str, output: str) -> list[Json]:
    function = {"name": "bash", "arguments": '{"command": "make report"}'}
    call = {"id": id_, "type": "function", "function": function}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": id_, "content": output},
    ]


def _turns(session: Session, at: int) -> Iterator[list[Json]]:
    """What the recording brought from there on, call by call: calls with small outputs, each under an id of its own."""
    pairs = [session.messages[here : here + 2] for here in range(at, len(session.messages) - 1, 2)]
    small = [pair for pair in pairs if pair[1]["role"] == "tool" and len(orjson.dumps(pair)) < 1500]
    for number, (said, output) in enumerate(itertools.cycle(small)):
        id_ = f"call_later_{number}"
        call = {**said["tool_calls"][0], "id": id_}
        yield [{**said, "tool_calls": [call]}, {**output, "tool_call_id": id_}]


def _body(form: Format, messages: list[Json], tools: list[Json], *, stream: bool, variant: str) -> bytes:
    body: dict[str, Any] = {"model": MODELS[form] + variant, "messages": messages, "stream": stream}
    if form == "messages":
        body["max_tokens"] = 1000
        if any(message["role"] == "system" for message in messages):
            body["system"], body["messages"] = messages_request(messages)
    elif stream:
        body["stream_options"] = {"include_usage": True}
    if tools:
        body["tools"] = tools
    return orjson.dumps(body)


@cache
def _session() -> Session:
    return load(_AGENT)


@cache
def _tools(form: Format) -> list[Json]:
    return chat_tools(_session()) if form == "chat" else messages_tools(_session())


def recorded_outputs() -> list[str]:
    """Tool outputs of the recordings."""
    sessions = map(load, ("claude-code", "mini-swe-django", "mini-swe-sphinx", "tau-airline"))
    return [message["content"] for session in sessions for message in session.messages if message["role"] == "tool"]


def output_of(generator: random.Random, size: int) -> str:
    """A log of about so many characters, like no other."""
    lines: list[str] = []
    length = 0
    while length < size:
        level = generator.choice(("INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"))
        what = f"request {generator.randrange(10**6)} took {generator.randrange(900)} ms"
        lines.append(
            f"2026-03-01 10:{len(lines) // 60 % 60:02}:{len(lines) % 60:02} {level} api.{len(lines) % 7} {what}"
        )
        length += len(lines[-1])
    return "\n".join(lines)
