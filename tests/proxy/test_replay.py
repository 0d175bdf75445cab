"""What the client does not see of a conversation is back in the prompt on every later turn."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from standin import Recorded, Reply, Standin, Text, Thinking, ToolUse
from tests.proxy.clients import Client, Seen
from tests.proxy.script import ANSWER, GET, GET_2, assert_unseen
from tests.proxy.turns import Result, Said, Turn, original, reread

pytestmark = pytest.mark.proxy

BASH = ToolUse("bash", {"command": "ls -la 'a b'"}, id="call_of_the_clients_1")
GREP = ToolUse("grep", {"command": "x"}, id="call_of_the_clients_2")
TOOLS = ("bash", "grep")


def assert_extends(client: Client, earlier: Recorded, later: Recorded) -> None:
    """The later prompt is the earlier one and more behind it."""
    before, after = (client.form.history(request.body) for request in (earlier, later))
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert later.usage is not None
    assert earlier.usage is not None
    assert later.usage.read >= earlier.usage.prompt


@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param([[GET]], id="at once"),
        pytest.param([[Text("Let me look. "), GET]], id="behind text"),
        pytest.param([[Thinking("Row 17?"), Text("Both. "), GET, GET_2]], id="two in one turn, with thinking"),
        pytest.param([[Text("One. "), GET], [Text("Two. "), GET_2]], id="two rounds"),
    ],
)
def test_the_next_turns_have_the_hidden_exchange_in_their_prefix(
    client: Client, standin: Standin, stream: bool, seed: str, rounds: list[list[Any]]
) -> None:
    turns = reread(seed, files=2)
    standin.say(*(Reply(*parts) for parts in rounds), ANSWER, "Second.", "Third.", model=client.model)

    first = client.ask(turns, stream=stream)
    turns = [*turns, first.heard, Said("Go on.")]
    second = client.ask(turns, stream=stream)
    turns = [*turns, second.heard, Said("And on.")]
    third = client.ask(turns, stream=stream)

    for seen in (first, second, third):
        assert_unseen(seen)
    calls = standin.wait_for(len(rounds) + 3, client.model)
    for earlier, later in pairwise(calls):
        assert_extends(client, earlier, later)
    assert original(seed, 1) in client.form.results(calls[-1].body)[4:]


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([GET, BASH, GREP], id="retrieval first"),
        pytest.param([BASH, GET, GREP], id="retrieval between"),
        pytest.param([BASH, GREP, GET], id="retrieval last"),
        pytest.param([GET, BASH, GET_2, GREP], id="two retrievals"),
    ],
)
def test_a_retrieval_beside_the_clients_calls_is_answered_in_place(
    client: Client, standin: Standin, stream: bool, seed: str, calls: list[ToolUse]
) -> None:
    turns = reread(seed, files=2)
    standin.say(Reply(Thinking("Hm."), Text("Both. "), *calls), ANSWER, "Second.", model=client.model)

    first = client.ask(turns, stream=stream, tools=TOOLS)
    turns = [*turns, *_answered(first, ["total 0", "1: x"])]
    second = client.ask(turns, stream=stream, tools=TOOLS)
    third = client.ask([*turns, second.heard, Said("Go on.")], stream=stream, tools=TOOLS)

    assert b"headroom" not in first.raw + second.raw + third.raw
    assert second.text == ANSWER
    asked, answered, later = standin.wait_for(3, client.model)
    assert_extends(client, asked, answered)
    assert_extends(client, answered, later)
    retrieved = [original(seed, number) for number, call in ((1, GET), (2, GET_2)) if call in calls]
    assert sorted(client.form.results(answered.body)[4:]) == sorted([*retrieved, "total 0", "1: x"])


def test_a_retrieval_that_led_to_a_call_of_the_clients_stays_before_it(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    turns = reread(seed)
    standin.say(Reply(Text("Let me look. "), GET), Reply(Text("Now run it. "), BASH), ANSWER, model=client.model)

    first = client.ask(turns, stream=stream, tools=TOOLS)
    second = client.ask([*turns, *_answered(first, ["total 0"])], stream=stream, tools=TOOLS)

    assert second.text == ANSWER
    _, followed, later = standin.wait_for(3, client.model)
    assert_extends(client, followed, later)
    assert client.form.results(later.body)[2:] == [original(seed), "total 0"]


def test_another_keys_exchange_does_not_come_back(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    turns = reread(seed)
    standin.say(Reply(GET), ANSWER, "Second.", model=client.model)

    answer = client.ask(turns, stream=stream)
    turns = [*turns, answer.heard, Said("Go on.")]
    client.at(client.url, key=f"sk-other-{seed}").ask(turns, stream=stream)

    *_, later = standin.wait_for(3, client.model)
    assert len(client.form.results(later.body)) == 2


def test_an_answer_that_was_changed_is_left_as_the_client_has_it(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    turns = reread(seed)
    standin.say(Reply(GET), ANSWER, "Second.", model=client.model)

    client.ask(turns, stream=stream)
    client.ask([*turns, Said("It was row 18.", "assistant"), Said("Go on.")], stream=stream)

    *_, later = standin.wait_for(3, client.model)
    assert len(client.form.results(later.body)) == 2


def test_replicas_share_hidden_exchanges(
    client: Client, pair: tuple[str, str], standin: Standin, stream: bool, seed: str
) -> None:
    one, other = (client.at(url) for url in pair)
    turns = reread(seed)
    standin.say(Reply(Text("Both. "), GET, BASH), ANSWER, "Second.", model=client.model)

    first = one.ask(turns, stream=stream)
    turns = [*turns, *_answered(first, ["total 0"])]
    second = other.ask(turns, stream=stream)
    one.ask([*turns, second.heard, Said("Go on.")], stream=stream)

    _, answered, later = standin.wait_for(3, client.model)
    assert client.form.results(answered.body)[2:] == [original(seed), "total 0"]
    assert_extends(client, answered, later)


def _answered(seen: Seen, outputs: list[str]) -> list[Turn]:
    """The model's turn as the client saw it, and the outputs of its calls."""
    assert len(seen.calls) == len(outputs)
    return [seen.heard, *(Result(call.id, text) for call, text in zip(seen.calls, outputs, strict=True))]
