"""A proxy whose Redis fails: its clients do not notice, its operator does, and it shares again afterwards."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from standin import Reply, Standin, Text
from tests.fault_proxy import BLACKHOLE, REFUSE, Fault, FaultProxy
from tests.proxy.clients import FORMATS, Client, Format
from tests.proxy.farm import Farm
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.test_replicas import redeemed
from tests.proxy.turns import original, reread
from tests.proxy.waiting import eventually

pytestmark = pytest.mark.proxy

TIMEOUT = 2.0
"""The default of `store_timeout_seconds`."""
FAULTS = {
    "down": REFUSE,
    "hanging": BLACKHOLE,
    "slow": Fault("delay", seconds=2),
    "resetting connections": Fault("reset", after=3),
    "noise": Fault("garbage", answer=bytes(range(256))),
}


@pytest.fixture(params=["chat", "messages"])
def form(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture
def client(form: Format, faulty: str, model: str, seed: str) -> Client:
    return Client(form, faulty, model, key=f"sk-{seed}")


@pytest.fixture
def other(client: Client, farm: Farm) -> Client:
    """The same client at a replica that reaches Redis directly."""
    return client.at(farm.get("pair_b").url)


@pytest.fixture
def broken(between: FaultProxy) -> Iterator[FaultProxy]:
    """What is on the way to Redis, healthy again afterwards."""
    yield between
    between.end()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_clients_notice_nothing_and_replicas_share_again_when_it_is_over(
    client: Client, other: Client, standin: Standin, seed: str, logs: Path, broken: FaultProxy, fault: Fault
) -> None:
    # With the first of them the proxy has been started, too.
    if fault is not REFUSE:
        broken.end()
        shares(client, other, standin, f"{seed}-before")
    before, logged = metrics(client), len(lines(logs))
    broken.begin(fault)

    took = []
    for number in range(3):
        for stream in (False, True):
            began = time.monotonic()
            retrieves(client, standin, f"{seed}-{number}-{stream}", stream=stream)
            took.append(time.monotonic() - began)
        time.sleep(0.6)
    print(seed, [round(t, 2) for t in took])
    assert max(took) < 2 * TIMEOUT
    assert sorted(took)[-2] < TIMEOUT

    during = metrics(client)
    assert failures(during) > failures(before)
    broken.end()
    shares(client, other, standin, f"{seed}-after")
    after = metrics(client)
    assert after['headroom_store_breaker_total{cause="closed"}'] > before.get(
        'headroom_store_breaker_total{cause="closed"}', 0
    )
    assert after.get('headroom_fail_open_total{cause="compress"}', 0) == 0
    print(lines(logs)[logged:])


def retrieves(client: Client, standin: Standin, seed: str, *, stream: bool) -> str:
    """A request whose model retrieves what it holds. Returns the marker that stood for it."""
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)
    before = len(standin.requests_of(client.model))
    seen = client.ask(reread(seed), stream=stream)
    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    sent, followed = standin.wait_for(before + 2, client.model)[before:]
    assert client.form.results(followed.body)[-1] == original(seed)
    return client.form.results(sent.body)[1]


def shares(client: Client, other: Client, standin: Standin, seed: str) -> None:
    """Return once the other replica redeems what is newly put away at the client's."""
    numbers = iter(range(1000))

    def shared() -> bool:
        mine = f"{seed}-{next(numbers)}"
        marker = retrieves(client, standin, mine, stream=True)
        time.sleep(0.2)
        return redeemed(other, standin, marker, stream=True) == original(mine)

    eventually(shared, within=15)


def metrics(client: Client) -> dict[str, float]:
    """Those of the plugin, as an operator sees them."""
    headers = {"authorization": f"Bearer {client.key}"}
    text = httpx.get(f"{client.url}/metrics", headers=headers, follow_redirects=True).raise_for_status().text
    return {name: float(value) for name, value in re.findall(r"^(headroom_\S+) (\S+)$", text, re.M)}


def failures(shown: dict[str, float]) -> float:
    return sum(value for name, value in shown.items() if name.startswith("headroom_store_call_failures_total"))


def lines(logs: Path) -> list[str]:
    """What the plugin has logged."""
    return [line for line in (logs / "faulty.log").read_text().splitlines() if "headroom: " in line]
