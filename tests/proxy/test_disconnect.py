"""When the client leaves, the provider is not kept busy for it."""

from __future__ import annotations

import time

import pytest

from standin import Pace, Reply, Standin, Text
from tests.proxy.clients import Client, Format
from tests.proxy.script import ANSWER, GET
from tests.proxy.turns import Said, reread
from tests.proxy.versions import bills_parts
from tests.proxy.waiting import Lines, eventually
from tests.redis_server import RedisServer

pytestmark = pytest.mark.proxy


@pytest.fixture(params=["plugin", "guarded"])
def client(request: pytest.FixtureRequest, client: Client) -> Client:
    """At the proxy without guardrails, and at the one with: LiteLLM reads their streams in different ways."""
    return client.at(request.getfixturevalue(request.param))


def test_leaving_in_the_middle_of_a_stream_ends_the_call(client: Client, standin: Standin, seed: str) -> None:
    standin.say(Reply(Text(ANSWER), pace=Pace(hang_after=client.form.preamble + 2)), model=client.model)

    with client.open(reread(seed)) as live:
        next(live.texts())

    (call,) = standin.wait_for(1, client.model, timeout=30)
    assert call.disconnected


def test_what_was_used_before_leaving_is_billed_as_without_the_plugin(
    client: Client, bare: str, standin: Standin, seed: str, billed: Lines
) -> None:
    lines = []
    for url in (client.url, bare):
        standin.say(Reply(Text(ANSWER), pace=Pace(hang_after=client.form.preamble + 2)), model=client.model)
        with client.at(url).open(reread(seed), tools=()) as live:
            next(live.texts())
        standin.wait_for(len(lines) + 1, client.model, timeout=30)
        time.sleep(1)
        lines.append(len(billed.of(client.model)) - sum(lines))
    assert lines[0] == lines[1]


@pytest.mark.parametrize("words", [None, 2], ids=["before its first byte", "in its middle"])
def test_leaving_during_a_follow_up_ends_it(
    client: Client, standin: Standin, seed: str, billed: Lines, words: int | None
) -> None:
    events = 0 if words is None else client.form.preamble + words
    standin.say(
        Reply(Text("Let me look. "), GET), Reply(Text(ANSWER), pace=Pace(hang_after=events)), model=client.model
    )

    with client.open(reread(seed)) as live:
        next(live.texts())
        eventually(lambda: [call for call in standin.requests_of(client.model)[1:] if call.events_sent == events])

    first, follow_up = standin.wait_for(2, client.model, timeout=30)
    assert not first.disconnected
    assert follow_up.disconnected
    used = [first, follow_up] if words is not None and bills_parts(client.form.name) else [first]
    prompts = [request.usage.prompt for request in used if request.usage is not None]
    told = sorted(line["prompt_tokens"] for line in billed.of(client.model, at_least=len(used)))
    # Where no usage has arrived, LiteLLM estimates it.
    assert told == pytest.approx(prompts, rel=0.05)


def test_leaving_while_the_store_is_read_ends_it(
    form: Format, pair: tuple[str, str], redis: RedisServer, standin: Standin, seed: str
) -> None:
    client = Client(form, pair[0], form.model(seed), f"sk-{seed}")
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)
    redis.pause()
    try:
        with client.open([Said("Remember? [hash=0123456789abcdef01234567]")]) as live:
            next(live.texts())
            standin.wait_for(1, client.model)
    finally:
        redis.resume()

    time.sleep(3)
    assert len(standin.requests_of(client.model)) == 1
