"""Two proxies that share one Redis: any of them redeems any marker of its tenant, and none of another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import Client, Format
from tests.proxy.script import ANSWER, GET, assert_unseen, retrieve
from tests.proxy.turns import Said, Turn, original, reread
from tests.proxy.waiting import eventually
from tests.redis_server import RedisServer

pytestmark = pytest.mark.proxy


@pytest.fixture
def client(form: Format, pair: tuple[str, str], model: str, seed: str) -> Client:
    """Talks to the first of the pair."""
    return Client(form, pair[0], model, key=f"sk-{seed}")


@pytest.fixture
def other(client: Client, pair: tuple[str, str]) -> Client:
    """The same client at the second of the pair."""
    return client.at(pair[1])


@pytest.fixture
def fresh(redis: RedisServer) -> Iterator[RedisServer]:
    """The shared Redis, empty, and running again afterwards."""
    redis.command("FLUSHALL")
    yield redis
    redis.restart()


def shortened(client: Client, standin: Standin, seed: str, turns: Sequence[Turn] = ()) -> str:
    """The output that the model got instead of the one that it got before, from a request through `client`."""
    client.ask(turns or reread(seed), stream=False)
    *_, request = standin.wait_for(1, client.model)
    return client.form.results(request.body)[1]


def redeemed(client: Client, standin: Standin, marker: str, *, stream: bool, **more: Any) -> str:
    """What the model gets when it retrieves the marker of a user's text."""
    standin.say(Reply(GET), ANSWER, model=client.model)
    before = len(standin.requests_of(client.model))
    seen = client.ask([Said(f"Remember? {marker}")], stream=stream, **more)
    assert_unseen(seen)
    assert seen.text == ANSWER
    *_, follow_up = standin.wait_for(before + 2, client.model)
    (text,) = client.form.results(follow_up.body)
    return text


def keys(redis: RedisServer) -> list[str]:
    """The plugin's; LiteLLM keeps counters of its own in the same Redis."""
    return [key for key in redis.command("KEYS", "headroom:*").splitlines() if key]


def test_a_retrieval_is_invisible_whatever_form_the_callbacks_have(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER


def test_a_replica_redeems_a_marker_of_the_other(
    client: Client, other: Client, standin: Standin, stream: bool, seed: str, fresh: RedisServer
) -> None:
    marker = shortened(client, standin, seed)
    eventually(lambda: keys(fresh))

    assert redeemed(other, standin, marker, stream=stream) == original(seed)


def test_another_key_cannot_redeem_a_marker(
    client: Client, other: Client, standin: Standin, stream: bool, seed: str, fresh: RedisServer
) -> None:
    marker = shortened(client, standin, seed)
    eventually(lambda: keys(fresh))

    for stranger in (client.at(client.url, key="sk-a-stranger"), other.at(other.url, key="sk-a-stranger")):
        assert "is not known here" in redeemed(stranger, standin, marker, stream=stream)


def test_what_redis_holds_cannot_be_read_and_is_each_tenants_own(
    client: Client, standin: Standin, seed: str, fresh: RedisServer
) -> None:
    shortened(client, standin, seed)
    (mine,) = eventually(lambda: keys(fresh))
    shortened(client.at(client.url, key="sk-another"), standin, seed)
    both = eventually(lambda: found if len(found := keys(fresh)) > 1 else None)

    assert len(both) == 2
    (others,) = {*both} - {mine}
    assert mine.split(":")[-1] == others.split(":")[-1]
    assert mine.split(":")[-2] != others.split(":")[-2]
    for key in both:
        assert client.key not in key
        value = fresh.command("--no-raw", "GET", key)
        assert seed not in value
        assert "row" not in value


def test_without_redis_live_retrievals_go_on(
    client: Client, standin: Standin, stream: bool, seed: str, fresh: RedisServer
) -> None:
    fresh.kill()
    standin.say(Reply(GET), Reply(retrieve("0123456789abcdef01234567")), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert seen.text == ANSWER
    *_, last = standin.wait_for(3, client.model)
    _, _, live, from_the_store = client.form.results(last.body)
    assert live == original(seed)
    assert "cannot be reached" in from_the_store


def test_sharing_works_again_when_redis_is_back(
    client: Client, other: Client, standin: Standin, seed: str, fresh: RedisServer
) -> None:
    fresh.kill()
    marker = shortened(client, standin, seed)
    assert "cannot be reached" in redeemed(other, standin, marker, stream=True)
    fresh.restart()

    def shared() -> bool:
        client.ask(reread(seed), stream=False)
        return bool(keys(fresh))

    eventually(shared)
    eventually(lambda: redeemed(other, standin, marker, stream=True) == original(seed))
