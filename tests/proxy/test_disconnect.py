"""When the client leaves, the provider is not kept busy for it."""

from __future__ import annotations

import pytest

from standin import Pace, Reply, Standin, Text
from tests.proxy.clients import Client
from tests.proxy.script import ANSWER, GET
from tests.proxy.turns import reread
from tests.proxy.waiting import eventually

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


@pytest.mark.parametrize("words", [None, 2], ids=["before its first byte", "in its middle"])
def test_leaving_during_a_follow_up_ends_it(client: Client, standin: Standin, seed: str, words: int | None) -> None:
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
