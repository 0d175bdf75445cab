"""Guardrails see what the client sent before it is shortened, and what the client gets after it is complete; what is
put away is what they let through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import FORMATS, Client, Format
from tests.proxy.guardrails import ADDED, EARLY, FORBIDDEN, LATE, MASK, OF_A_MODEL
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.test_replicas import redeemed, shortened
from tests.proxy.turns import Result, Said, Turn, original, reread
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy


reads_tool_outputs = pytest.mark.parametrize("form", [FORMATS["chat"], FORMATS["messages"]], ids=lambda form: form.name)
"""In the other formats LiteLLM shows its filter no tool outputs, with the plugin or without."""


@pytest.fixture
def client(form: Format, guarded: str, model: str, seed: str) -> Client:
    return Client(form, guarded, model, key=f"sk-{seed}")


@pytest.fixture
def add(guarded: str, seed: str) -> Iterator[Callable[..., Callable[[], Any]]]:
    """Adds a guardrail to the running proxy, and takes it away again; so does what is returned."""
    url = f"{guarded}/added-guardrails/{seed}"

    def added(kind: str, mode: str, **more: Any) -> Callable[[], Any]:
        params = {"guardrail": f"tests.proxy.guardrails.{kind}", "mode": mode, **more}
        httpx.put(url, json=params, timeout=60).raise_for_status()
        return lambda: httpx.delete(url).raise_for_status()

    yield added
    httpx.delete(url).raise_for_status()


def with_words(turns: list[Turn], *words: str) -> list[Turn]:
    """The same conversation, with these words in each tool output."""
    return [
        replace(turn, text="\n".join([*words, turn.text, *words])) if isinstance(turn, Result) else turn
        for turn in turns
    ]


def test_what_is_put_away_is_masked(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)

    seen = client.ask(with_words(reread(seed), EARLY, LATE), stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    first, follow_up = standin.wait_for(2, client.model)
    _, _, retrieved = client.form.results(follow_up.body)
    assert retrieved == "\n".join([MASK, MASK, original(seed), MASK, MASK])
    assert client.form.results(first.body)[1] != retrieved
    for request in (first, follow_up):
        assert EARLY.encode() not in request.raw
        assert LATE.encode() not in request.raw


def test_a_blocking_guardrail_sees_what_would_be_put_away(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    with pytest.raises(client.form.error, match="forbidden word"):
        client.ask(with_words(reread(seed), FORBIDDEN), stream=stream)

    assert standin.requests_of(client.model) == []


@pytest.mark.parametrize("hook", ["parallel", "during_call"])
def test_guardrails_see_outputs_unshortened(
    client: Client, standin: Standin, stream: bool, seed: str, watched: Lines, hook: str
) -> None:
    standin.say(Reply(GET), ANSWER, model=client.model)

    client.ask(reread(seed), stream=stream)

    first, _ = standin.wait_for(2, client.model)
    assert first.hashes
    lines = [line for line in watched.of(client.model) if line["hook"] == hook]
    assert len(lines) == 1
    assert lines[0]["saw"].count(f"{seed}/1 row 97:") == 2


def test_guardrails_see_the_final_answer(
    client: Client, standin: Standin, stream: bool, seed: str, watched: Lines
) -> None:
    standin.say(Reply(Text("Let me look. "), GET), Reply(Text("Seventeen.")), model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert seen.text == "Let me look. Seventeen."
    # LiteLLM before 1.91 asks guardrails about what it put together of a stream's first call, too.
    hook = "post_call_stream" if stream else "post_call"
    (line,) = [line for line in watched.of(client.model, at_least=3) if line["hook"] == hook]
    assert "Seventeen." in line["saw"]
    assert "headroom" not in line["saw"]


@reads_tool_outputs
def test_litellms_own_filter_masks_what_is_put_away(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(GET), ANSWER, model=client.model)

    client.ask(with_words(reread(seed), "someone@example.com"), stream=stream)

    first, follow_up = standin.wait_for(2, client.model)
    assert original(seed) in client.form.results(follow_up.body)[-1]
    assert b"someone@example.com" not in first.raw + follow_up.raw


@reads_tool_outputs
def test_litellms_own_filter_blocks_what_would_be_put_away(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    with pytest.raises(client.form.error, match="filtered-word-e01b"):
        client.ask(with_words(reread(seed), "filtered-word-e01b"), stream=stream)

    assert standin.requests_of(client.model) == []


def test_a_models_own_guardrail_masks_what_is_put_away(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    prefix = {"chat": "openai", "messages": "claude", "responses": "ft:gpt", "gemini": "gemini"}[client.form.name]
    client = replace(client, model=f"{prefix}-under-guard")
    before = len(standin.requests_of(client.model))
    standin.say(Reply(GET), ANSWER, model=client.model)

    client.ask(with_words(reread(seed), OF_A_MODEL), stream=stream)

    first, follow_up = standin.wait_for(before + 2, client.model)[before:]
    assert client.form.results(follow_up.body)[-1] == "\n".join([MASK, original(seed), MASK])
    assert OF_A_MODEL.encode() not in first.raw + follow_up.raw


def test_a_masking_guardrail_that_is_added_masks_what_comes_later_until_it_is_removed(
    client: Client, standin: Standin, stream: bool, seed: str, add: Callable[..., Callable[[], Any]]
) -> None:
    def retrieved() -> str:
        before = len(standin.requests_of(client.model))
        standin.say(Reply(GET), ANSWER, model=client.model)
        assert_unseen(client.ask(with_words(reread(seed), ADDED), stream=stream))
        *_, follow_up = standin.wait_for(before + 2, client.model)
        return client.form.results(follow_up.body)[-1]

    as_it_is, masked = ("\n".join([word, original(seed), word]) for word in (ADDED, MASK))
    assert retrieved() == as_it_is
    remove = add("AddedMasking", "pre_call")
    assert retrieved() == masked
    assert retrieved() == masked
    remove()
    assert retrieved() == as_it_is


def test_a_masking_guardrail_that_was_added_masks_what_the_store_brings_back(
    client: Client, standin: Standin, stream: bool, seed: str, add: Callable[..., Callable[[], Any]]
) -> None:
    marker = shortened(client, standin, seed, with_words(reread(seed), ADDED))
    as_it_is, masked = ("\n".join([word, original(seed), word]) for word in (ADDED, MASK))
    assert redeemed(client, standin, marker, stream=stream) == as_it_is

    remove = add("AddedMasking", "pre_call")
    assert redeemed(client, standin, marker, stream=stream) == masked
    remove()
    assert redeemed(client, standin, marker, stream=stream) == as_it_is


def test_what_is_put_back_into_a_conversation_is_masked_too(
    client: Client, standin: Standin, stream: bool, seed: str, add: Callable[..., Callable[[], Any]]
) -> None:
    marker = shortened(client, standin, seed, with_words(reread(seed), ADDED))
    asked = Said(f"Remember? {marker}")
    standin.say(Reply(GET), ANSWER, model=client.model)
    answer = client.ask([asked], stream=stream)

    for masking in (False, True):
        if masking:
            add("AddedMasking", "pre_call")
        before = len(standin.requests_of(client.model))
        client.ask([asked, answer.heard, Said("Go on.")], stream=stream)
        *_, request = standin.wait_for(before + 1, client.model)
        word = MASK if masking else ADDED
        assert client.form.results(request.body) == ["\n".join([word, original(seed), word])]


@pytest.mark.parametrize(
    ("mode", "more"),
    [("pre_call", {}), ("pre_call", {"run_in_parallel": True}), ("during_call", {})],
    ids=["before", "in parallel", "beside"],
)
def test_a_blocking_guardrail_that_was_added_refuses_what_the_store_brings_back(
    client: Client,
    standin: Standin,
    stream: bool,
    seed: str,
    add: Callable[..., Callable[[], Any]],
    mode: str,
    more: dict[str, Any],
) -> None:
    marker = shortened(client, standin, seed, with_words(reread(seed), ADDED))
    add("AddedBlocking", mode, **more)
    standin.say(Reply(Text("Let me look. "), GET), model=client.model)

    with pytest.raises(client.form.failure, match="added secret refused"):
        client.ask([Said(f"Remember? {marker}")], stream=stream)

    assert len(standin.requests_of(client.model)) == 2


def test_guardrails_beside_the_call_see_what_the_store_brings_back(
    client: Client, standin: Standin, stream: bool, seed: str, watched: Lines
) -> None:
    marker = shortened(client, standin, seed)

    redeemed(client, standin, marker, stream=stream)

    lines = [line for line in watched.of(client.model) if line["hook"] == "during_call"]
    assert [line["saw"].count(f"{seed}/1 row 97:") for line in lines] == [2, 0, 1]
