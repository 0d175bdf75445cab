"""Long conversations in no particular format, and as requests of each of them."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from headroom_litellm.budget import UNKNOWN, ModelFacts
from headroom_litellm.conversation import Conversation
from headroom_litellm.fold import Rewrite
from headroom_litellm.pipeline import rewrite
from headroom_litellm.rewritten import rewritten
from headroom_litellm.settings import Settings, load_settings
from headroom_litellm.wire import Chat, Gemini, Messages, Responses, Wire
from headroom_litellm.wire.content import json_text
from standin import chat, gemini_check, messages, responses_check
from standin.responses_kept import Kept
from standin.script import sign

__all__ = [
    "STYLES",
    "WINDOW",
    "Call",
    "Round",
    "Said",
    "Sent",
    "Story",
    "Style",
    "asked_at",
    "budget",
    "prose",
    "read",
    "reads",
    "send",
    "stories",
]

WINDOW = 12_000
_WORDS = ("alpha", "beta", "request", "worker", "timeout", "valley", "copper", "lantern", "ordinary", "window")


@lru_cache(maxsize=4096)
def prose(seed: object, tokens: int) -> str:
    """So many tokens, roughly, in lines of their own."""
    chance = random.Random(str(seed))
    line = [" ".join([*chance.sample(_WORDS, 6), f"{chance.randrange(10**6):x}"]) for _ in range(max(1, tokens // 11))]
    return "\n".join(line)


@dataclass(frozen=True)
class Said:
    text: str
    role: str = "user"


@dataclass(frozen=True)
class Call:
    """output: None where nothing answers it; picture: the output shows one as well"""

    name: str
    arguments: Mapping[str, Any]
    output: str | None = ""
    picture: bool = False


@dataclass(frozen=True)
class Round:
    """What the model says and calls, and what it gets for that. `orphan`: a result for a call that nobody made."""

    text: str = ""
    calls: Sequence[Call] = ()
    thinking: str = ""
    orphan: str = ""


Story = Sequence["Said | Round"]


@lru_cache(maxsize=1024)
def _picture(at: int) -> str:
    return base64.b64encode(random.Random(at).randbytes(3_000)).decode()


def _id(at: int, number: int) -> str:
    return f"call_{at}_{number}"


def to_chat(story: Story) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for at, one in enumerate(story):
        if isinstance(one, Said):
            out.append({"role": one.role, "content": one.text})
            continue
        calls = [
            {
                "id": _id(at, number),
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for number, call in enumerate(one.calls)
        ]
        thinking = [{"type": "thinking", "thinking": one.thinking, "signature": "s"}] if one.thinking else []
        out.append(
            {
                "role": "assistant",
                "content": one.text or (None if calls else "Well."),
                **({"tool_calls": calls} if calls else {}),
                **({"thinking_blocks": thinking} if thinking else {}),
            }
        )
        for number, call in enumerate(one.calls):
            if call.output is not None:
                url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_picture(at)}"}}
                content = [{"type": "text", "text": call.output}, url] if call.picture else call.output
                out.append({"role": "tool", "tool_call_id": _id(at, number), "content": content})
        if one.orphan:
            out.append({"role": "tool", "tool_call_id": f"lost_{at}", "content": one.orphan})
    return out


def _chat(story: Story) -> dict[str, Any]:
    function = {"name": "bash", "parameters": {"type": "object"}}
    return {"model": "m", "messages": to_chat(story), "tools": [{"type": "function", "function": function}]}


def _messages(story: Story) -> dict[str, Any]:
    out: list[dict[str, Any]] = []
    for at, one in enumerate(story):
        if isinstance(one, Said):
            out.append({"role": "user", "content": one.text} if one.role == "user" else {})
            continue
        blocks: list[dict[str, Any]] = []
        if one.thinking:
            blocks.append({"type": "thinking", "thinking": one.thinking, "signature": sign(one.thinking)})
        if one.text or not one.calls:
            blocks.append({"type": "text", "text": one.text or "Well."})
        results: list[dict[str, Any]] = []
        for number, call in enumerate(one.calls):
            id_ = _id(at, number)
            blocks.append({"type": "tool_use", "id": id_, "name": call.name, "input": dict(call.arguments)})
            if call.output is not None:
                source = {"type": "base64", "media_type": "image/png", "data": _picture(at)}
                image = [{"type": "image", "source": source}] if call.picture else []
                content = [{"type": "text", "text": call.output}, *image] if call.picture else call.output
                results.append({"type": "tool_result", "tool_use_id": id_, "content": content})
        if one.orphan:
            results.append({"type": "tool_result", "tool_use_id": f"lost_{at}", "content": one.orphan})
        out.append({"role": "assistant", "content": blocks})
        if results:
            out.append({"role": "user", "content": results})
    system = [{"type": "text", "text": one.text} for one in story if isinstance(one, Said) and one.role == "system"]
    body = {"model": "m", "max_tokens": 9, "messages": [one for one in out if one]}
    return {
        **body,
        "tools": [{"name": "bash", "input_schema": {"type": "object"}}],
        **({"system": system} if system else {}),
    }


def _responses(story: Story) -> dict[str, Any]:
    out: list[dict[str, Any]] = []
    for at, one in enumerate(story):
        if isinstance(one, Said):
            out.append({"role": "developer" if one.role == "system" else one.role, "content": one.text})
            continue
        if one.thinking:
            out.append({"type": "reasoning", "id": f"rs_{at}", "summary": [], "encrypted_content": "e"})
        if one.text or not one.calls:
            text = {"type": "output_text", "text": one.text or "Well.", "annotations": []}
            out.append({"type": "message", "role": "assistant", "content": [text]})
        for number, call in enumerate(one.calls):
            arguments = json.dumps(call.arguments)
            out.append({"type": "function_call", "call_id": _id(at, number), "name": call.name, "arguments": arguments})
        for number, call in enumerate(one.calls):
            if call.output is not None:
                image = {"type": "input_image", "image_url": f"data:image/png;base64,{_picture(at)}"}
                output = [{"type": "input_text", "text": call.output}, image] if call.picture else call.output
                out.append({"type": "function_call_output", "call_id": _id(at, number), "output": output})
        if one.orphan:
            out.append({"type": "function_call_output", "call_id": f"lost_{at}", "output": one.orphan})
    tool = {"type": "function", "name": "bash", "parameters": {"type": "object"}, "strict": False}
    return {"model": "m", "input": out, "tools": [tool], "store": False}


def _gemini(story: Story) -> dict[str, Any]:
    """Without ids, as most of its clients."""
    out: list[dict[str, Any]] = []
    for at, one in enumerate(story):
        if isinstance(one, Said):
            out += [{"role": "user", "parts": [{"text": one.text}]}] if one.role == "user" else []
            continue
        parts: list[dict[str, Any]] = [{"text": one.text or "Well."}] if one.text or not one.calls else []
        results = []
        for call in one.calls:
            parts.append({"functionCall": {"name": call.name, "args": dict(call.arguments)}})
            if call.output is not None:
                results.append({"functionResponse": {"name": call.name, "response": {"output": call.output}}})
        if one.orphan:
            results.append({"functionResponse": {"name": f"lost_{at}", "response": {"output": one.orphan}}})
        out.append({"role": "model", "parts": parts})
        if results:
            out.append({"role": "user", "parts": results})
    system = [one.text for one in story if isinstance(one, Said) and one.role == "system"]
    return {
        **({"systemInstruction": {"parts": [{"text": text} for text in system]}} if system else {}),
        "contents": out,
        "tools": [{"functionDeclarations": [{"name": "bash", "parameters": {"type": "OBJECT"}}]}],
    }


@dataclass(frozen=True)
class Style:
    """One request format. `check` raises for what its provider would refuse."""

    wire: Wire
    body: Callable[[Story], dict[str, Any]]
    check: Callable[[dict[str, Any]], None]

    def items(self, body: Mapping[str, Any]) -> list[Any]:
        return self.wire.items(body)


def _check_responses(body: dict[str, Any]) -> None:
    responses_check.check(body, Kept())


def _check_gemini(body: dict[str, Any]) -> None:
    gemini_check.check({**body, "model": "gemini-2.5-pro", "version": "v1beta", "method": "generateContent"})


STYLES = {
    "chat": Style(Chat(), _chat, chat.check),
    "messages": Style(Messages(), _messages, messages.check),
    "responses": Style(Responses(), _responses, _check_responses),
    "gemini": Style(Gemini(), _gemini, _check_gemini),
}


def budget(**options: Any) -> Settings:
    return load_settings({"budget": {"context_window": WINDOW, **options}})


@dataclass(frozen=True)
class Sent:
    body: dict[str, Any]
    conversation: Conversation
    rewrite: Rewrite = field(repr=False)


def read(style: Style, body: Mapping[str, Any], *, retrievable: bool = True) -> Conversation:
    return replace(style.wire.read(body), retrievable=retrievable, declared=json_text(body.get("tools")))


def send(style: Style, body: Mapping[str, Any], settings: Settings, facts: ModelFacts = UNKNOWN, **how: bool) -> Sent:
    conversation = read(style, body, **how)
    result = rewrite(conversation, settings, facts)
    return Sent(rewritten(style.wire, body, conversation, result), conversation, result)


def reads(rounds: int, tokens: int = 600, *, seed: object = "", **more: Any) -> list[Said | Round]:
    """An agent that reads a file in each round and writes another."""
    story: list[Said | Round] = [Said("You are an agent.", "system"), Said("Find out why the worker hangs.")]
    for number in range(rounds):
        path = f"/src/{seed}{number}.txt"
        write = Call("Write", {"file_path": f"{path}.new", "content": prose(("w", path), 200), "mode": 7}, "written")
        calls = [Call("Read", {"file_path": path}, prose(path, tokens)), write]
        story.append(Round(f"Let me see, number {number}.", calls, **more))
    return story


@st.composite
def stories(draw: st.DrawFn, *, valid: bool = True) -> list[Said | Round]:
    """About three times the window. `valid`: as a provider takes it."""
    seed, left = draw(st.integers(0, 10**6)), 3 * WINDOW
    sizes = st.sampled_from([1, 15, 40, 200, 700, 3_000])
    story: list[Said | Round] = [Said(f"You are an agent.\n{prose((seed, 's'), draw(sizes) // 4)}", "system")]
    story += [Said(prose((seed, "u", number), draw(sizes) // 4)) for number in range(draw(st.integers(1, 2)))]
    while left > 0:
        at = len(story)
        before = story[-1]
        called = isinstance(before, Round) and bool(before.calls)
        if not draw(st.integers(0, 7)) or (isinstance(before, Round) and not called):
            # Where calls were answered, a provider takes a word of the system's as well.
            role = "system" if called and not draw(st.integers(0, 3)) else "user"
            size = draw(sizes) // (10 if role == "system" else 1)
            story.append(Said(prose((seed, at), size), role))
            left -= size
        calls = []
        # What is small fills no window: that has tests of its own.
        late = at > 30
        for number in range(draw(st.integers(int(late), 4))):
            size, given = 3_000 if late else draw(sizes), draw(sizes)
            path = f"/src/{draw(st.integers(0, 9))}.txt"
            arguments: dict[str, Any] = {"file_path": path, "limit": 2**70, "edits": [{"old": "é", "ok": True}]}
            arguments = {**arguments, "content": prose((seed, at, number, "a"), given)} if given > 40 else arguments
            again = isinstance(story[-1], Round) and draw(st.booleans())
            output: str | None = prose(path if again else (seed, at, number), size)
            output = None if not valid and not draw(st.integers(0, 5)) else output
            calls.append(Call(draw(st.sampled_from(["Read", "bash"])), arguments, output, not draw(st.integers(0, 30))))
            left -= size + (given if given > 40 else 0) + 80
        orphan = prose((seed, at, "o"), draw(sizes)) if not valid and not draw(st.integers(0, 5)) else ""
        story.append(Round(prose((seed, at, "t"), draw(sizes) // 10), calls, orphan=orphan))
        left -= 40
    return story


def asked_at(story: Story) -> list[int]:
    """How much of the story there is each time that the model is asked."""
    return [*(at for at, one in enumerate(story) if isinstance(one, Round) and at), len(story)]
