"""A retrieve exchange is between the proxy and the model: the client gets one answer, and pays for all of it."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from litellm.proxy._types import hash_token

from standin import Pace, Reply, Standin, Text, Thinking, ToolUse
from tests.proxy.clients import FORMATS, Client, Tokens
from tests.proxy.script import ANSWER, GET, GET_2, assert_unseen, retrieve
from tests.proxy.turns import Call, Result, Said, Thought, original, reread
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param([[GET]], id="at once"),
        pytest.param([[Text("Let me look. "), GET]], id="behind text"),
        pytest.param([[GET, Text("Wait a moment. ")]], id="before text"),
        pytest.param([[Text("Both. "), GET, GET_2]], id="two in one turn"),
        pytest.param([[GET], [GET_2]], id="two rounds"),
        pytest.param([[Text("One. "), GET], [Text("Two. "), GET_2]], id="two rounds with text"),
    ],
)
def test_a_retrieval_is_invisible(client: Client, standin: Standin, stream: bool, seed: str, rounds: list) -> None:
    standin.say(*(Reply(*parts) for parts in rounds), ANSWER, model=client.model)

    seen = client.ask(reread(seed, files=2), stream=stream)

    assert_unseen(seen)
    said = "".join(part.text for parts in rounds for part in parts if isinstance(part, Text))
    assert seen.text == said + ANSWER
    calls = standin.wait_for(len(rounds) + 1, client.model)
    assert len(calls) == len(rounds) + 1
    assert seen.usage == Tokens.of(calls)
    asked = sum(isinstance(part, ToolUse) for parts in rounds for part in parts)
    assert client.form.results(calls[-1].body)[4:] == [original(seed, 1), original(seed, 2)][:asked]


def test_thinking_before_a_retrieval_is_shown_and_kept(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(
        Reply(Thinking("Row 17? Not shown."), Text("Let me look. "), GET),
        Reply(Thinking("There it is."), Text(ANSWER)),
        model=client.model,
    )

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert "".join(seen.thinking) == "Row 17? Not shown.There it is."
    assert seen.text == "Let me look. " + ANSWER


def test_the_follow_up_carries_thinking_with_its_signature(
    plugin: str, standin: Standin, stream: bool, seed: str
) -> None:
    client = Client(FORMATS["messages"], plugin, f"claude-{seed}", f"sk-{seed}")
    turns = reread(seed, thoughts=[Thought("Read it first."), None])
    standin.say(Reply(Thinking("Row 17? Not shown."), Text("Let me look. "), GET), ANSWER, model=client.model)

    seen = client.ask(turns, stream=stream, thinking={"type": "enabled", "budget_tokens": 1024})

    assert_unseen(seen)
    assert seen.thinking == ("Row 17? Not shown.",)
    first, follow_up = standin.wait_for(2, client.model)
    turn = follow_up.body["messages"][len(first.body["messages"])]
    thought = Thought("Row 17? Not shown.")
    assert [block["type"] for block in turn["content"]] == ["thinking", "text", "tool_use"]
    assert turn["content"][0] == {"type": "thinking", "thinking": thought.text, "signature": thought.signature}
    assert turn["content"][1] == {"type": "text", "text": "Let me look. "}


def test_text_before_a_retrieval_is_live(client: Client, standin: Standin, seed: str) -> None:
    # The provider stops in the middle of the retrieve call, and says no more until its client has left.
    standin.say(Reply(Text("Let me look. "), GET, pace=Pace(hang_after=client.form.preamble + 4)), model=client.model)

    with client.open(reread(seed)) as live:
        assert _read(live.texts(), "Let me look. ")


def test_the_answer_behind_a_retrieval_is_live(client: Client, standin: Standin, seed: str) -> None:
    standin.say(
        Reply(Text("Let me look. "), GET),
        Reply(Text(ANSWER), pace=Pace(hang_after=client.form.preamble + 3)),
        model=client.model,
    )

    with client.open(reread(seed)) as live:
        assert _read(live.texts(), "Let me look. It was")


def test_a_stream_is_live(client: Client, standin: Standin, seed: str) -> None:
    standin.say(Reply(Text(ANSWER), pace=Pace(hang_after=client.form.preamble + 3)), model=client.model)

    with client.open(reread(seed)) as live:
        assert _read(live.texts(), "It was")


def _read(texts: Any, wanted: str) -> bool:
    """Read until the wanted text has arrived; the stream itself does not end."""
    read = ""
    while not read.startswith(wanted):
        read += next(texts)
    return True


def test_the_follow_up_is_the_first_call_and_the_exchange_behind_it(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(Reply(Text("Let me look. "), retrieve()), ANSWER, model=client.model)
    client.ask(reread(seed), stream=stream, tools=("bash", "Read"), extra_body={"temperature": 0.5})

    first, follow_up = standin.wait_for(2, client.model)
    assert first.tool_names == follow_up.tool_names == ["bash", "Read", "headroom_retrieve"]
    field, before = client.form.history_field, client.form.history(first.body)
    assert {**follow_up.body, field: client.form.history(follow_up.body)[: len(before)]} == first.body
    told = client.form.turns(follow_up.body)[len(client.form.turns(first.body)) :]
    assert [type(turn) for turn in told] == [Said, Call, Result]
    assert client.form.results(follow_up.body)[-1] == original(seed)
    # The very bytes, so that the whole first prompt is read from the cache.
    assert _prompt(client, follow_up.body).startswith(_prompt(client, first.body).removesuffix("]"))
    assert follow_up.usage is not None
    assert first.usage is not None
    assert follow_up.usage.read == first.usage.prompt


def _prompt(client: Client, body: dict[str, Any]) -> str:
    return json.dumps({"tools": body["tools"], "history": client.form.history(body)}).removesuffix("}")


@pytest.mark.parametrize("proxy", ["plugin", "guarded"])
def test_every_hidden_call_is_billed_once_to_the_same_key(
    request: pytest.FixtureRequest,
    client: Client,
    standin: Standin,
    stream: bool,
    seed: str,
    billed: Lines,
    proxy: str,
) -> None:
    client = client.at(request.getfixturevalue(proxy))
    standin.say(Reply(GET), Reply(Text("Also. "), GET_2), ANSWER, model=client.model)

    seen = client.ask(reread(seed, files=2), stream=stream)

    calls = standin.wait_for(3, client.model)
    lines = billed.of(client.model, at_least=3)
    assert len(lines) == 3
    charged = Tokens.of(calls)
    assert sum(line["prompt_tokens"] for line in lines) == charged.prompt
    assert sum(line["completion_tokens"] for line in lines) == charged.output
    assert {line["key"] for line in lines} == {line["spend_key"] for line in lines} == {hash_token(client.key)}
    assert len({line["call_id"] for line in lines}) == 3
    assert len({line["call_type"] for line in lines}) == 1
    assert len({line["trace_id"] for line in lines}) == 1
    assert all(line["cost"] > 0 for line in lines)
    assert seen.usage == charged
    for shown in re.findall(rb'"cost":\s*([0-9.e-]+)', seen.raw):
        assert float(shown) == pytest.approx(sum(line["cost"] for line in lines))


@pytest.mark.parametrize("reason", ["length", "refusal"])
def test_the_answer_ends_as_the_last_call_did(
    client: Client, standin: Standin, stream: bool, seed: str, reason: str
) -> None:
    standin.say(Reply(GET), Reply(ANSWER, stop_reason=reason), Reply(ANSWER, stop_reason=reason), model=client.model)

    retrieved = client.ask(reread(seed), stream=stream)
    at_once = client.ask(reread(seed), stream=stream)

    assert (retrieved.text, retrieved.stop) == (at_once.text, at_once.stop)
    assert at_once.stop != "end"


@pytest.mark.parametrize("form", [form for form in FORMATS.values() if form.name != "gemini"])
def test_a_retrieve_call_cut_short_is_invisible(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    cut_short = ToolUse("headroom_retrieve", '{"hash": "')
    standin.say(Reply(Text("Let me look. "), cut_short, stop_reason="length"), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER


def test_requests_at_the_same_time_do_not_mix(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    clients = [replace(client, model=f"{client.model}-{n}", key=f"{client.key}-{n}") for n in range(8)]
    for one in clients:
        standin.say(Reply(Text("Let me look. "), GET), f"{one.model}.", model=one.model)

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(lambda one: one.ask(reread(one.model), stream=stream), clients))

    for one, seen in zip(clients, answers, strict=True):
        assert_unseen(seen)
        assert seen.text == f"Let me look. {one.model}."
        assert client.form.results(standin.wait_for(2, one.model)[1].body)[-1] == original(one.model)


def test_the_cost_header_is_that_of_all_calls(
    request: pytest.FixtureRequest, client: Client, standin: Standin, seed: str, billed: Lines
) -> None:
    if client.form.name == "messages":
        reason = "LiteLLM does not say on a Messages response what it cost: the header shows the first call's cost"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    standin.say(Reply(GET), ANSWER, model=client.model)

    with client.form.library(client.url, client.key, bytearray()) as library:
        headers = client.form.headers(library, client.body(reread(seed)))

    costs = [line["cost"] for line in billed.of(client.model, at_least=2)]
    assert float(headers["x-litellm-response-cost"]) == pytest.approx(sum(costs))


@pytest.mark.parametrize("proxy", ["plugin", "guarded"])
def test_savings_are_recorded_once_for_a_request(
    request: pytest.FixtureRequest,
    client: Client,
    standin: Standin,
    stream: bool,
    seed: str,
    billed: Lines,
    proxy: str,
) -> None:
    client = client.at(request.getfixturevalue(proxy))
    standin.say(Reply(GET), ANSWER, model=client.model)

    client.ask(reread(seed), stream=stream)

    lines = billed.of(client.model, at_least=2)
    (savings,) = [line["savings"] for line in lines if line["savings"]]
    assert savings["source"] == "headroom_litellm"
    assert savings["tokens_saved"] == savings["tokens_before"] - savings["tokens_after"] > 100


def test_savings_that_a_client_claims_are_dropped(
    client: Client, standin: Standin, stream: bool, billed: Lines
) -> None:
    client.ask(
        [Said("Nothing to save.")],
        stream=stream,
        tools=(),
        extra_body={client.form.metadata_field: {"compression_savings": {"tokens_saved": 10**9}, "mine": "stays"}},
    )

    (line,) = billed.of(client.model, at_least=1)
    assert line["savings"] is None


def test_the_next_turn_finds_its_prefix_in_the_cache(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    turns = reread(seed, files=2)

    answer = client.ask(turns, stream=stream)
    client.ask([*turns, answer.heard, Said("Go on.")], stream=stream)

    first, second = standin.wait_for(2, client.model)
    assert first.usage is not None
    assert second.usage is not None
    assert second.usage.read == first.usage.prompt
