"""The promises that hold for any conversation: on made-up ones, and on every recorded session in `examples/`.

`HEADROOM_CORPUS` names a folder with more sessions (`*.jsonl.gz`) to check the same on.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm import CompressResult, compress, display, pipeline, tokens
from headroom_litellm.budget import epochs
from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.settings import load_settings
from headroom_litellm.wire import FORMATS, write

from .conversations import CHAT_TOOLS, conversations
from .long_stories import STYLES, send

SESSIONS = Path(__file__).parents[1] / "examples" / "sessions"


FOLDERS = [
    SESSIONS,
    *(Path(folder) for folder in os.environ.get("HEADROOM_CORPUS", "").split(os.pathsep) if folder),
]


def recorded() -> Iterator[Any]:
    for path in sorted(path for folder in FOLDERS for path in folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                yield pytest.param(json.loads(line)["messages"], id=f"{path.name.split('.')[0]}-{number}")


def joined(path: Path, tokens_: int) -> list[dict[str, Any]]:
    """Recorded sessions one behind the other, up to so many tokens."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        sessions = [json.loads(line)["messages"] for line in lines]
    whole: list[dict[str, Any]] = []
    size = number = 0
    while size < tokens_:
        text = json.dumps(sessions[number % len(sessions)])
        for name in ("call_", "toolu_"):
            text = text.replace(f'"{name}', f'"{name}{number}_')
        for message in json.loads(text):
            if (message["role"] != "system" or not number) and size < tokens_:
                whole.append(message)
                size += weight(message)
        number += 1
    return whole


def weight(message: dict[str, Any]) -> int:
    """Its tokens, as a model reads it."""
    content, calls = message.get("content") or "", message.get("tool_calls")
    texts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    return 4 + sum(map(tokens.count, texts)) + (tokens.count(json.dumps(calls, ensure_ascii=False)) if calls else 0)


def assert_markers_redeemable(result: CompressResult) -> None:
    for item in result.items:
        for key in marker.scan(item.text):
            assert key in result.markers
    for key, original in result.markers.items():
        assert key == key_of(original)
        assert result.retrieve({"hash": key}) == original


@given(conversations())
@settings(max_examples=150, deadline=None)
def test_a_message_becomes_the_same_whatever_follows_it(given: Any) -> None:
    messages, tools = given
    whole = compress(messages, tools=tools).messages
    for end in range(len(messages) + 1):
        assert compress(messages[:end], tools=tools).messages == whole[:end]


@given(conversations(), st.integers(0, 12))
@settings(max_examples=100, deadline=None)
def test_a_replica_that_sees_the_conversation_for_the_first_time_sends_the_same(given: Any, known: int) -> None:
    messages, tools = given
    compress(messages[:known], tools=tools)
    warm = compress(messages, tools=tools).messages
    pipeline._folds.clear()
    display._renditions.clear()
    assert compress(messages, tools=tools).messages == warm


@pytest.mark.parametrize("messages", list(recorded()))
def test_every_call_of_a_recorded_session_extends_the_one_before(messages: list[dict[str, Any]]) -> None:
    whole = compress(messages, tools=CHAT_TOOLS)
    assert_markers_redeemable(whole)
    for end, message in enumerate(messages):
        if message["role"] == "assistant":
            assert compress(messages[:end], tools=CHAT_TOOLS).messages == whole.messages[:end]


@pytest.mark.skipif("HEADROOM_CORPUS" not in os.environ, reason="takes minutes")
@pytest.mark.parametrize("options", [{}, {"stale": True, "expected_turns": 40}], ids=["window", "and stale"])
def test_recorded_sessions_of_three_windows_never_exceed_one_and_stay_stable(options: dict[str, Any]) -> None:
    window, style, chance = 64_000, STYLES["chat"], random.Random(7)
    limits = load_settings({"budget": {"context_window": window, **options}})
    requests = stable = 0
    for path in sorted(path for folder in FOLDERS[1:] for path in folder.glob("*.jsonl.gz")):
        messages = joined(path, 3 * window)
        former: list[Any] = []
        was: Any = None
        for end in [end for end, message in enumerate(messages) if message["role"] == "assistant" and end]:
            body = {"messages": messages[:end], "tools": CHAT_TOOLS}
            sent = send(style, body, limits)
            items = sent.body["messages"]
            assert sum(map(weight, items)) < window
            now = (sum(item.kind == "cleared" for item in sent.rewrite.compressed), sent.rewrite.left_out)
            extends = items[: len(former)] == former
            assert extends or now != was
            requests, stable, former, was = requests + 1, stable + extends, items, now
            if chance.random() < 0.02:
                pipeline._folds.clear()
                epochs._states.clear()
                assert send(style, body, limits) == sent
    assert requests
    if not options:
        assert stable / requests >= 0.97


@given(conversations())
@settings(max_examples=150, deadline=None)
def test_originals_come_back_exactly_for_every_marker(given: Any) -> None:
    messages, tools = given
    result = compress(messages, tools=tools)
    originals = {item.key: item.original for item in result.items}
    for key, original in result.markers.items():
        assert original == originals.get(key, original)
    assert_markers_redeemable(result)


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_no_output_gets_more_tokens(given: Any) -> None:
    messages, tools = given
    for item in compress(messages, tools=tools).items:
        assert tokens.count(item.text) < tokens.count(item.original)
        assert 0 <= item.kept <= item.total


WORDS = st.lists(
    st.sampled_from([" même", " años", "größe", " 日本", "a²b", "1²3", " it's", "x_y", "7", ""]), max_size=60
)


@given(WORDS.map("".join) | st.text(), WORDS.map("".join) | st.text(), st.sampled_from([0.5, 0.8, 1.0]))
@settings(max_examples=300, deadline=None)
def test_tokens_are_compared_as_they_count(new: str, old: str, share: float) -> None:
    assert tokens.shorter(new, old) == (tokens.count(new) < tokens.count(old))
    assert tokens.at_most(new, old, share) == (tokens.count(new) <= share * tokens.count(old))


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_without_tools_nothing_is_put_away(given: Any) -> None:
    messages, _ = given
    result = compress(messages)
    assert result.markers == {}
    assert result.tools is None
    for item in result.items:
        assert item.kept == item.total
        assert not set(marker.scan(item.text)) - set(marker.scan(item.original))


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_only_tool_outputs_change_and_all_else_is_the_same_object(given: Any) -> None:
    messages, tools = given
    before = copy.deepcopy(messages)
    result = compress(messages, tools=tools)
    assert messages == before, "the given messages were changed in place"
    changed = {item.path[1] for item in result.items}
    for at, message in enumerate(messages):
        if at not in changed:
            assert result.messages[at] is message


@given(conversations())
@settings(max_examples=60, deadline=None)
def test_compressing_again_changes_nothing(given: Any) -> None:
    messages, tools = given
    once = compress(messages, tools=tools).messages
    again = compress(once, tools=tools)
    touched = {item.path[1] for item in again.items}
    assert not [at for at in touched if marker.scan(json.dumps(once[at]))]


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(max_size=8), x)
    )
)
@settings(max_examples=200, deadline=None)
def test_bodies_of_any_shape_are_read_without_an_error(value: Any) -> None:
    for wire in FORMATS:
        for body in ({"messages": value}, {"messages": [value]}, {"messages": [{"role": "tool", "content": value}]}):
            conversation = wire.read({**body, "tools": value, "system": value})
            assert write(body, {}) == body
            assert conversation.turns is not None
