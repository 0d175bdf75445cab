"""A model with a small window: what would not fit is cleared, and the model gets it back, unseen by the client."""

from __future__ import annotations

import pytest

from standin import Recorded, Reply, Standin, Text, count_tokens
from tests.proxy.clients import FORMATS, Client, Format
from tests.proxy.script import ANSWER, assert_unseen, retrieve
from tests.proxy.turns import Call, Result, Said, Turn, original

pytestmark = pytest.mark.proxy

WINDOW = 8_000
NEXT = Said("Are you sure?")


@pytest.fixture(params=["chat", "messages"])
def form(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture
def narrow(small: str, form: Format, seed: str) -> Client:
    """Talks to the proxy on whose models the operator says that their window is small."""
    return Client(form, small, form.model(f"narrow-{seed}"), key=f"sk-{seed}")


def session(seed: str, rounds: int, rows: int = 40) -> list[Turn]:
    """An agent reads another file in each round."""
    turns: list[Turn] = [Said(f"Look into {seed}.")]
    for number in range(rounds):
        call = Call("bash", {"command": f"cat /{seed}/{number}.txt"}, f"call_{seed}_{number}")
        turns += [call, Result(call.id, output(seed, number, rows))]
    return turns


def output(seed: str, number: int, rows: int = 40) -> str:
    return "\n".join(original(seed, number).split("\n")[1 : rows + 1])


def prompt(request: Recorded) -> int:
    assert request.usage is not None
    return request.usage.prompt


def test_what_the_provider_gets_fits_and_the_client_sees_nothing_of_it(
    narrow: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(ANSWER, ANSWER, model=narrow.model)
    turns = session(seed, 14)
    assert sum(count_tokens(turn.text) for turn in turns if isinstance(turn, Result)) > 2 * WINDOW

    seen = narrow.ask(turns, stream=stream)
    again = narrow.ask([*turns, seen.heard, NEXT], stream=stream)

    for one in (seen, again):
        assert_unseen(one)
        assert one.text == ANSWER
    first, second = standin.wait_for(2, narrow.model)
    assert max(map(prompt, (first, second))) < WINDOW
    assert narrow.form.results(first.body)[-1] == output(seed, 13)
    history = narrow.form.history(first.body)
    assert narrow.form.history(second.body)[: len(history)] == history
    assert second.usage is not None


def test_the_model_gets_back_what_was_cleared(narrow: Client, standin: Standin, stream: bool, seed: str) -> None:
    def look(request: Recorded) -> Reply | str:
        if len(standin.requests_of(narrow.model)) > 1:
            return ANSWER
        line = next(line for line in request.text.split("\n") if line.startswith("[Output cleared"))
        return Reply(Text("Let me look. "), retrieve(line.partition("hash=")[2][:24]))

    standin.handle(look, narrow.model)
    turns = session(seed, 14, rows=25)

    seen = narrow.ask(turns, stream=stream)
    later = narrow.ask([*turns, seen.heard, NEXT], stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    assert later.text == ANSWER
    first, follow_up, third = standin.wait_for(3, narrow.model)
    got = narrow.form.results(follow_up.body)[-1]
    assert got in [output(seed, number, 25) for number in range(14)]
    assert got not in narrow.form.results(first.body)
    assert got in narrow.form.results(third.body)


def test_the_model_finds_what_it_looks_for_in_rounds_left_out(
    narrow: Client, standin: Standin, stream: bool, seed: str
) -> None:
    def look(request: Recorded) -> Reply | str:
        if len(standin.requests_of(narrow.model)) > 1:
            return ANSWER
        note = next(line for line in request.text.split("\n") if "left out here" in line)
        key = note.partition("hash=")[2][:24]
        return Reply(Text("Let me look. "), retrieve(key, query=f"cat /{seed}/1.txt row 3"))

    standin.handle(look, narrow.model)
    turns = session(seed, 130, rows=2)

    seen = narrow.ask(turns, stream=stream)

    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    first, follow_up = standin.wait_for(2, narrow.model)
    assert max(map(prompt, (first, follow_up))) < WINDOW
    assert len(narrow.form.history(first.body)) < len(turns)
    assert output(seed, 1, 2).split("\n")[0] not in first.text
    assert f"cat /{seed}/1.txt" in narrow.form.results(follow_up.body)[-1]


def test_without_tools_nothing_is_cleared(narrow: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(ANSWER, model=narrow.model)
    turns = [Said("\n".join(output(seed, number) for number in range(14)))]

    assert narrow.ask(turns, stream=stream, tools=()).text == ANSWER

    (request,) = standin.wait_for(1, narrow.model)
    assert prompt(request) > WINDOW
