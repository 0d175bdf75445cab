"""Made-up agent conversations for property tests: tool outputs of every kind, with repeats."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from .forms.chat import TOOLS as CHAT_TOOLS
from .forms.messages import TOOLS as MESSAGES_TOOLS
from .forms.messages import to_messages

__all__ = ["CHAT_TOOLS", "MESSAGES_TOOLS", "chats", "conversations", "outputs"]

_WORDS = st.sampled_from(
    ["alpha", "beta", "request", "worker", "timeout", "id=4f3a", "café", "данные", "x", "retry 3", "\ud800", "  pad"]
)
_LINES = st.lists(_WORDS, max_size=6).map(" ".join)
_NAMES = st.sampled_from(["bash", "Read", "Edit", "search_api", "get_logs", "headroom_retrieve", ""])


@st.composite
def _rows(draw: st.DrawFn) -> str:
    row = st.fixed_dictionaries(
        {"id": st.integers(), "name": _LINES, "ok": st.booleans(), "at": st.floats(allow_nan=False)}
    )
    rows = draw(st.lists(row, min_size=1, max_size=4)) * draw(st.integers(1, 40))
    return json.dumps(rows, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])))


@st.composite
def _log(draw: st.DrawFn) -> str:
    levels = draw(st.lists(st.sampled_from(["INFO", "DEBUG", "ERROR", "WARN"]), min_size=1, max_size=6))
    message = draw(_LINES)
    count = draw(st.integers(1, 80))
    return "\n".join(f"2024-05-01 10:00:{i % 60:02d} {levels[i % len(levels)]} {message} {i}" for i in range(count))


@st.composite
def _code(draw: st.DrawFn) -> str:
    lines = draw(st.lists(_LINES, min_size=1, max_size=30)) * draw(st.integers(1, 3))
    if draw(st.booleans()):
        first = draw(st.integers(1, 400))
        lines = [f"{number:6}→{line}" for number, line in enumerate(lines, first)]
    return "\n".join(lines)


outputs = st.one_of(_rows(), _log(), _code(), st.text(max_size=300), st.just(""))
"""The text of one tool output."""


@st.composite
def chats(draw: st.DrawFn) -> list[dict[str, Any]]:
    """An OpenAI chat history in which outputs come back, whole and in part."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You are an agent."}]
    shown: list[str] = []
    for number in range(draw(st.integers(0, 6))):
        if draw(st.booleans()):
            messages.append({"role": "user", "content": draw(_LINES)})
        output = draw(outputs)
        if shown and draw(st.booleans()):
            earlier = draw(st.sampled_from(shown)).split("\n")
            start = draw(st.integers(0, len(earlier) - 1))
            output = "\n".join([*earlier[start:], draw(_LINES)])
        shown.append(output)
        name = draw(_NAMES) or "tool"
        arguments = draw(st.sampled_from(['{"path": "src/app.py"}', '{"command": "make test"}', "{broken", "{}", "[]"]))
        call = {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        messages.append(
            {"role": "assistant", "content": draw(st.sampled_from([None, "Let me look."])), "tool_calls": [call]}
        )
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": output})
    return messages


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A history and its tools, in either of the formats that `compress` takes."""
    chat = draw(chats())
    return (chat, CHAT_TOOLS) if draw(st.booleans()) else (to_messages(chat), MESSAGES_TOOLS)
