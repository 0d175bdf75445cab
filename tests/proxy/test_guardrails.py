"""Guardrails see what the client sent before it is shortened, and what the client gets after it is complete; what is
put away is what they let through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import Client, Format
from tests.proxy.guardrails import EARLY, FORBIDDEN, LATE, MASK
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.turns import Result, Turn, original, reread
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy


@pytest.fixture
def client(form: Format, guarded: str, model: str, seed: str) -> Client:
    return Client(form, guarded, model, key=f"sk-{seed}")


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
