"""A proxy whose Redis fails: its clients do not notice, its operator does, and it shares again afterwards."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from standin import Reply, Standin, Text
from tests.fault_proxy import BLACKHOLE, REFUSE, Fault, FaultProxy
from tests.proxy.clients import FORMATS, Client
from tests.proxy.farm import Farm
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.test_replicas import redeemed
from tests.proxy.turns import original, reread
from tests.proxy.waiting import eventually

pytestmark = pytest.mark.proxy

PATIENCE = 2.0
"""Seconds: `store_timeout_seconds`, where it is not set."""
FAULTS = {
    "down": REFUSE,
    "hanging": BLACKHOLE,
    "resetting connections": Fault("reset", after=3),
    "noise": Fault("garbage", answer=bytes(range(256))),
}


@pytest.fixture
def clients(faulty: str, seed: str) -> list[Client]:
    """Of one key, at the proxy whose Redis fails."""
    forms = [FORMATS["chat"], FORMATS["messages"]]
    return [Client(form, faulty, form.model(seed), key=f"sk-{seed}") for form in forms]


@pytest.fixture
def other(farm: Farm) -> str:
    """The URL of a replica that reaches Redis directly."""
    return farm.get("pair_b").url


@pytest.fixture
def faults(between: FaultProxy) -> Iterator[FaultProxy]:
    """On the proxy's way to Redis: down since the proxy was started, and healthy once there has been a test."""
    yield between
    between.end()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_clients_notice_nothing_and_replicas_share_again_when_it_is_over(
    clients: list[Client], other: str, standin: Standin, seed: str, logs: Path, faults: FaultProxy, fault: Fault
) -> None:
    if fault is not REFUSE:
        faults.end()
        shares(clients[0], other, standin, f"{seed}-before")
    before, logged = metrics(clients[0]), len(lines(logs))

    faults.begin(fault)
    for client in clients:  # what is slow for being the first of its kind is slow here
        retrieves(client, standin, f"{seed}-first", stream=False)
    time.sleep(1.1)
    took = []
    for number, client in enumerate(clients * 2):
        began = time.monotonic()
        retrieves(client, standin, f"{seed}-{number}", stream=number < len(clients))
        took.append(time.monotonic() - began)
    assert max(took) < PATIENCE, "requests wait for a store that is known to hang"
    during = metrics(clients[0])
    faults.end()
    for client in clients:
        shares(client, other, standin, f"{seed}-after")
    after = metrics(clients[0])

    assert during["call_failures"] > before["call_failures"]
    assert during["breaker"] > before["breaker"]
    assert after["breaker"] > during["breaker"]
    assert after["fail_open"] == before["fail_open"]
    began_with, ended_with = lines(logs)[logged:]
    assert "headroom: the store fails" in began_with
    assert "headroom: no longer so" in ended_with
    assert not any(private in began_with for private in (seed, client.key))


def retrieves(client: Client, standin: Standin, seed: str, *, stream: bool) -> str:
    """A request whose model retrieves what it holds. Returns the output that stood for that."""
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)
    before = len(standin.requests_of(client.model))
    seen = client.ask(reread(seed), stream=stream)
    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    sent, followed = standin.wait_for(before + 2, client.model)[before:]
    assert client.form.results(followed.body)[-1] == original(seed)
    return client.form.results(sent.body)[1]


def shares(client: Client, other: str, standin: Standin, seed: str) -> None:
    """Return once the other replica redeems what is newly put away here."""
    numbers = iter(range(1000))

    def shared() -> bool:
        mine = f"{seed}-{next(numbers)}"
        marker = retrieves(client, standin, mine, stream=True)
        time.sleep(0.2)
        return redeemed(client.at(other), standin, marker, stream=True) == original(mine)

    eventually(shared, within=15)


def metrics(client: Client) -> dict[str, float]:
    """What the proxy shows an operator of the plugin's metrics that tell of failures; all causes together."""
    headers = {"authorization": f"Bearer {client.key}"}
    text = httpx.get(f"{client.url}/metrics", headers=headers, follow_redirects=True).raise_for_status().text
    found = re.findall(r"^headroom_(?:store_)?(call_failures|breaker|fail_open)_total\{.*\} (\S+)$", text, re.M)
    sums: dict[str, float] = defaultdict(float)
    for name, value in found:
        sums[name] += float(value)
    return sums


def lines(logs: Path) -> list[str]:
    """What the plugin has logged."""
    return [line for line in (logs / "faulty.log").read_text().splitlines() if "headroom: " in line]
