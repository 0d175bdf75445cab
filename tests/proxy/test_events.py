"""Handlers of pipeline events in a running proxy: what they protect, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import FORMATS, Client, Format
from tests.proxy.farm import Farm, Plan, config
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.turns import Call, Result, Said, Turn, original
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy

HANDLERS = ["examples.protect_tool:handler", "tests.proxy.listener"]


@pytest.fixture(scope="module")
def protecting(standin: Standin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of a proxy with the handlers, and the file in which one of them writes."""
    folder = tmp_path_factory.mktemp("events")
    file = folder / "heard.jsonl"
    settings = {"headroom_litellm": {"event_handlers": HANDLERS}}
    plan = Plan(
        config(standin.url, callbacks=["headroom_litellm.hook"], callback_settings=settings),
        {"LISTENER_FILE": str(file)},
    )
    farm = Farm(folder, {"protecting": plan})
    try:
        yield farm.get("protecting").url, file
    finally:
        farm.close()


def twice(seed: str, *tools: str) -> list[Turn]:
    """Each tool gives the same text twice."""
    turns: list[Turn] = [Said(f"Look into {seed}.")]
    for number, tool in enumerate(tools, 1):
        for attempt in (1, 2):
            id_ = f"call_{seed}_{number}_{attempt}"
            turns += [Call(tool, {"id": number}, id_), Result(id_, original(seed, number))]
    return turns


@pytest.mark.parametrize("form", list(FORMATS.values()), ids=list(FORMATS))
def test_one_tool_is_protected_and_all_is_told(
    protecting: tuple[str, Path], form: Format, standin: Standin, stream: bool, seed: str
) -> None:
    url, file = protecting
    client = Client(form, url, form.model(seed), key=f"sk-{seed}")
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)

    seen = client.ask(twice(seed, "get_contract", "Read"), stream=stream)

    assert_unseen(seen)
    first, follow_up = standin.wait_for(2, client.model)
    contract, again, read, reread = form.results(first.body)
    assert contract == again == original(seed, 1)
    assert read == original(seed, 2)
    assert len(reread) < len(read) / 5
    assert form.results(follow_up.body)[4] == original(seed, 2)

    heard = Lines(file).of(client.model, 10)
    names = [line["event"] for line in heard]
    assert {name: names.count(name) for name in names} == {
        "InputReceived": 1,
        "InputRouted": 4,
        "InputCompressed": 1,
        "InputRemembered": 1,
        "PreSend": 1,
        "PostSend": 1,
        "ResponseReceived": 1,
    }
    assert [line["tool"] for line in heard if line["event"] == "InputCompressed"] == ["Read"]
    assert heard[-1] == {
        "event": "ResponseReceived",
        "model": client.model,
        "tool": None,
        "streamed": stream,
        "retrievals": 1,
        "usage": not stream,
    }
    assert [line["event"] for line in Lines(file).of("", 3)] == ["Setup", "PreStart", "PostStart"]


def test_an_answer_that_passes_the_plugin_by_is_told_too(
    protecting: tuple[str, Path], standin: Standin, stream: bool, seed: str
) -> None:
    url, file = protecting
    client = Client(FORMATS["chat"], url, f"toolless-{seed}", key=f"sk-{seed}")

    client.ask([Said("Hello.")], stream=stream)

    heard = Lines(file).of(client.model, 4)
    assert [line["event"] for line in heard] == ["InputReceived", "PreSend", "PostSend", "ResponseReceived"]
    assert (heard[-1]["streamed"], heard[-1]["retrievals"], heard[-1]["usage"]) == (stream, 0, not stream)
