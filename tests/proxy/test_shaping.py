"""The output shaper through a real proxy: one arm is asked for concise answers and the other is not; both count."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from headroom_litellm.gateway import takes
from headroom_litellm.prompt.shaping import INSTRUCTION
from standin import Recorded, Reply, Standin, Text, ToolUse
from tests.proxy.clients import FORMATS, Client, Format, Tokens
from tests.proxy.farm import Farm, Plan, config
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.turns import Result, Said, Turn, reread
from tests.proxy.waiting import eventually

pytestmark = pytest.mark.proxy

SETTINGS = {"headroom_litellm": {"output_shaper": True, "output_holdout": 0.5}}
RUN = Reply(Text("Let me see. "), ToolUse("bash", {"command": "make"}))
SCHEMA = {"name": "row", "schema": {"type": "object", "properties": {}, "additionalProperties": False}, "strict": True}


@pytest.fixture(scope="module")
def shaping(standin: Standin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a proxy with the output shaper, which leaves one conversation in two as it is."""
    callbacks = ["headroom_litellm.hook", "prometheus"]
    plan = Plan(config(standin.url, callbacks=callbacks, callback_settings=SETTINGS))
    farm = Farm(tmp_path_factory.mktemp("shaping"), {"shaping": plan})
    try:
        yield farm.get("shaping").url
    finally:
        farm.close()


@pytest.fixture
def client(form: Format, shaping: str, model: str, seed: str) -> Client:
    return Client(form, shaping, model, key=f"sk-{seed}")


def said(client: Client) -> dict[str, Any]:
    """What has to be said for a request to be one of the shaper's: that the provider keeps no history."""
    return {"store": False} if client.form.name == "responses" else {}


def is_asked(request: Recorded) -> bool:
    return INSTRUCTION in str(request.body)


def task_of_each_arm(client: Client, standin: Standin, seed: str) -> dict[bool, list[Turn]]:
    """The beginning of a conversation that is asked to be concise, and of one that is not."""
    found: dict[bool, list[Turn]] = {}
    for number in range(30):
        turns: list[Turn] = [Said(f"Task {number} of {seed}.")]
        standin.say("Done.", model=client.model)
        client.ask(turns, stream=False, **said(client))
        found[is_asked(standin.wait_for(number + 1, client.model)[-1])] = turns
        if len(found) == 2:
            return found
    raise AssertionError("one arm only")


def test_one_arm_is_asked_and_the_other_is_not_in_the_same_bytes_on_every_turn(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    tasks = task_of_each_arm(client, standin, seed)
    for asked, turns in tasks.items():
        before = len(standin.requests_of(client.model))
        standin.say(RUN, RUN, ANSWER, model=client.model)
        for _ in range(2):
            seen = client.ask(turns, stream=stream, **said(client))
            assert seen.text == "Let me see. "
            assert [call.name for call in seen.calls] == ["bash"]
            turns = [*turns, seen.heard, Result(seen.calls[0].id, f"error {len(turns)}")]
        seen = client.ask(turns, stream=stream, **said(client))

        assert_unseen(seen)
        assert seen.text == ANSWER
        requests = standin.wait_for(before + 3, client.model)[before:]
        assert [is_asked(request) for request in requests] == [asked] * 3
        for request, next_ in pairwise(requests):
            assert request.usage is not None
            assert next_.usage is not None
            assert next_.usage.read == request.usage.prompt


@pytest.mark.parametrize(
    ("form", "options"),
    [
        (FORMATS["chat"], {"response_format": {"type": "json_schema", "json_schema": SCHEMA}}),
        (FORMATS["responses"], {"text": {"format": {"type": "json_schema", **SCHEMA}}}),
    ],
    ids=["chat", "responses"],
)
def test_structured_outputs_go_as_they_came(
    client: Client, standin: Standin, stream: bool, seed: str, options: dict[str, Any]
) -> None:
    turns = task_of_each_arm(client, standin, seed)[True]
    before = len(standin.requests_of(client.model))
    standin.say("{}", model=client.model)
    client.ask(turns, stream=stream, **said(client), **options)
    assert not is_asked(standin.wait_for(before + 1, client.model)[-1])


def test_what_each_arm_writes_is_counted_with_its_hidden_calls(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    counted = settled(client)
    standin.say(Reply(Text("Let me look. "), GET), Reply(ANSWER), model=client.model)

    seen = client.ask(reread(seed), stream=stream, **said(client))

    assert_unseen(seen)
    calls = standin.wait_for(2, client.model)
    arm = "treated" if is_asked(calls[0]) else "held_out"
    assert [is_asked(call) for call in calls] == [arm == "treated"] * 2
    expected = {**counted, (arm, "tokens"): counted[arm, "tokens"] + Tokens.of(calls).output}
    expected[arm, "answers"] += 1
    eventually(lambda: written(client) != counted, within=15)
    assert settled(client) == expected


def test_a_follow_up_that_fails_falls_back_to_what_the_client_sent(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    for number in range(30):
        model = f"{client.model}-{number}"
        asked = Client(client.form, client.url, model, client.key)
        standin.say(Reply(GET), Reply(status=500), ANSWER, model=model)
        seen = asked.ask(reread(f"{seed}-{number}"), stream=stream, **said(client))
        assert seen.text == ANSWER
        first, _, again = standin.wait_for(3, model)
        assert not is_asked(again)
        if is_asked(first):
            return


def test_what_a_client_says_of_arms_itself_counts_for_nothing(client: Client, standin: Standin, seed: str) -> None:
    counted = settled(client)
    forged = {"headroom_output": {"arm": "treated", "conversation": "x", "answers": 1000}}
    standin.say("{}", model=client.model)
    if client.form.name == "gemini":
        pytest.skip("its library sends no metadata")
    client.ask(reread(seed), stream=False, **said(client), tools=(), extra_body={client.form.metadata_field: forged})
    standin.wait_for(1, client.model)
    standin.say(ANSWER, model=client.model)
    client.ask([Said(f"A task of {seed}.")], stream=False, **said(client))
    found = eventually(lambda: now if (now := written(client)) != counted else None, within=15)
    assert sum(found[arm, "answers"] for arm in ("treated", "held_out")) == 1 + sum(
        counted[arm, "answers"] for arm in ("treated", "held_out")
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt-5", {"reasoning_effort", "verbosity"}),
        ("openai/gpt-5", {"reasoning_effort", "verbosity"}),
        ("azure/gpt-5", {"reasoning_effort", "verbosity"}),
        ("o3", {"reasoning_effort"}),
        ("gpt-5-pro", set()),
        ("gpt-5-codex", set()),
        ("gpt-5-chat-latest", set()),
        ("gpt-4o", set()),
        ("claude-opus-4-5", set()),
        ("gemini/gemini-2.5-pro", set()),
        ("openai/of-nobody-knows-whom", set()),
    ],
)
def test_parameters_are_set_only_where_a_model_is_known_to_take_them(name: str, expected: set[str]) -> None:
    assert takes(name) == expected


def settled(client: Client) -> dict[tuple[str, str], float]:
    """What has been counted, when no more comes of earlier calls."""
    before, now = None, written(client)
    while now != before:
        time.sleep(0.5)
        before, now = now, written(client)
    return now


def written(client: Client) -> dict[tuple[str, str], float]:
    """What the proxy's metrics say of each arm: its answers, and their tokens."""
    headers = {"authorization": f"Bearer {client.key}"}
    text = httpx.get(f"{client.url}/metrics", headers=headers, follow_redirects=True).raise_for_status().text
    found = re.findall(r'^headroom_output_(answers|tokens)_total\{cause="(\w+)"\} (\S+)$', text, re.M)
    counts = {(arm, what): 0.0 for arm in ("treated", "held_out") for what in ("answers", "tokens")}
    return counts | {(arm, what): float(value) for what, arm, value in found}
