"""Pictures that tools show: the same one again is a word that says where it stands."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from headroom_litellm.pipeline import rewrite
from headroom_litellm.settings import Settings
from headroom_litellm.wire import FORMATS, Chat, Messages, Responses, Wire, write

CALLS = [
    ("screenshot", '{"page": "home"}'),
    ("screenshot", '{"page": "cart"}'),
    ("screenshot", '{"page": "home", "n": 2}'),
]


def picture(seed: int) -> str:
    return base64.b64encode(random.Random(seed).randbytes(900)).decode()


def chat(shown: list[str], user: str) -> dict[str, Any]:
    def part(data: str) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}

    messages: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": "Look."}, part(user)]}]
    for number, ((name, arguments), data) in enumerate(zip(CALLS, shown, strict=False)):
        call = {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": [part(data)]},
        ]
    return {"messages": messages, "tools": [{"type": "function", "function": {"name": "screenshot"}}]}


def messages(shown: list[str], user: str) -> dict[str, Any]:
    def part(data: str) -> dict[str, Any]:
        return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}

    history: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": "Look."}, part(user)]}]
    for number, ((name, _), data) in enumerate(zip(CALLS, shown, strict=False)):
        use = {"type": "tool_use", "id": f"t{number}", "name": name, "input": {"n": number}}
        result = {
            "type": "tool_result",
            "tool_use_id": f"t{number}",
            "content": [{**part(data), "cache_control": {"type": "ephemeral"}}],
        }
        history += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    return {"messages": history, "tools": [{"name": "screenshot", "input_schema": {"type": "object"}}]}


def responses(shown: list[str], user: str) -> dict[str, Any]:
    def part(data: str) -> dict[str, Any]:
        return {"type": "input_image", "image_url": f"data:image/png;base64,{data}"}

    items: list[dict[str, Any]] = [{"type": "message", "role": "user", "content": [part(user)]}]
    for number, ((name, arguments), data) in enumerate(zip(CALLS, shown, strict=False)):
        items += [
            {"type": "function_call", "call_id": f"c{number}", "name": name, "arguments": arguments},
            {"type": "function_call_output", "call_id": f"c{number}", "output": [part(data)]},
        ]
    return {"input": items, "tools": [{"type": "function", "name": "screenshot"}]}


BODIES = {Chat: chat, Messages: messages, Responses: responses}
WIRES = [wire for wire in FORMATS if type(wire) in BODIES]


def sent(wire: Wire, body: dict[str, Any], **settings: Any) -> list[Any]:
    """The items of the history as they are sent."""
    result = rewrite(wire.read(body), Settings(**settings))
    return list(write(body, result.texts)[wire.history])


@pytest.mark.parametrize("wire", WIRES)
class TestPictures:
    def body(self, wire: Wire, shown: list[int], user: int = 0) -> dict[str, Any]:
        return BODIES[type(wire)]([picture(seed) for seed in shown], picture(user))  # type: ignore[index]

    def test_the_same_picture_again_is_a_reference_and_the_first_stays(self, wire: Wire) -> None:
        body = self.body(wire, [1, 2, 1])
        items = sent(wire, body)
        assert items[:-1] == body[wire.history][:-1]
        assert picture(1) not in repr(items[-1])
        assert "[same as the screenshot" in repr(items[-1])
        assert "picture above]" in repr(items[-1])

    def test_a_picture_of_the_users_counts_as_shown_and_stays(self, wire: Wire) -> None:
        items = sent(wire, self.body(wire, [5], user=5))
        assert picture(5) in repr(items[0])
        assert "[same as the user's picture above]" in repr(items[-1])

    def test_different_pictures_stay(self, wire: Wire) -> None:
        body = self.body(wire, [1, 2, 3])
        assert sent(wire, body) == body[wire.history]

    def test_without_repeats_all_stay(self, wire: Wire) -> None:
        body = self.body(wire, [1, 1])
        assert sent(wire, body, kinds=("json",)) == body[wire.history]


def test_the_part_keeps_its_breakpoint() -> None:
    items = sent(Messages(), messages([picture(1), picture(1)], picture(0)))
    part = items[-1]["content"][0]["content"][0]
    assert part["type"] == "text"
    assert part["cache_control"] == {"type": "ephemeral"}


def test_what_stands_behind_a_url_may_have_changed() -> None:
    body = chat(["x", "x"], "x")
    for message in body["messages"]:
        if message["role"] == "tool":
            message["content"] = [{"type": "image_url", "image_url": {"url": "https://example.org/" + "a" * 400}}]
    assert sent(Chat(), body) == body["messages"]
