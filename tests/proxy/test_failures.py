"""What fails stays where it failed: the client gets its answer, or the provider's own error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from standin import Pace, Reply, Standin, Text
from tests.proxy.clients import Client
from tests.proxy.sabotage import BREAK
from tests.proxy.script import ANSWER, GET
from tests.proxy.test_transparency import timeless
from tests.proxy.turns import Said, original, reread

pytestmark = pytest.mark.proxy


def test_settings_that_are_not_allowed_stop_the_start() -> None:
    settings = {"headroom_litellm": {"mode": "fastest", "max_retrieval_round": 2}}
    start = f"import litellm; litellm.callback_settings = {settings!r}; import headroom_litellm; headroom_litellm.hook"

    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True)

    assert done.returncode != 0
    *_, message = done.stderr.strip().splitlines()
    assert "mode = 'fastest': Input should be 'off', 'audit' or 'optimize'" in message
    assert "max_retrieval_round: no such setting; did you mean max_retrieval_rounds?" in message


def test_an_error_of_the_plugin_lets_the_request_pass(
    client: Client, bare: str, standin: Standin, stream: bool, seed: str
) -> None:
    turns = [*reread(seed), Said("Done.", "assistant"), Said(BREAK)]

    seen = client.ask(turns, stream=stream)
    client.at(bare).ask(turns, stream=stream)

    assert seen.stop == "end"
    first, second = standin.wait_for(2, client.model)
    assert first.raw == second.raw


@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
def test_an_error_of_the_provider_reaches_the_client_as_it_is(
    client: Client, bare: str, standin: Standin, stream: bool, seed: str, status: int
) -> None:
    errors = []
    for url in (client.url, bare):
        standin.say(Reply(status=status, error="the provider says no"), model=client.model)
        with pytest.raises(client.form.error) as caught:
            client.at(url).ask(reread(seed), stream=stream)
        errors.append((caught.value.status_code, timeless(repr(caught.value.body).encode())))

    assert errors[0] == errors[1]
    assert "the provider says no" in str(errors[0])


def test_an_error_within_a_stream_reaches_the_client(client: Client, bare: str, standin: Standin, seed: str) -> None:
    raws = []
    for url in (client.url, bare):
        standin.say(Reply(Text(ANSWER), pace=Pace(error_after=client.form.preamble + 2)), model=client.model)
        raws.append(_broken_stream(client.at(url), seed))

    assert timeless(raws[0]) == timeless(raws[1])
    assert b"error" in raws[0]


def test_a_failing_follow_up_leaves_the_client_with_an_answer(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(Reply(GET), Reply(status=500), ANSWER, model=client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert b"headroom" not in seen.raw
    assert seen.text == ANSWER
    assert seen.stop == "end"
    *_, last = standin.wait_for(3, client.model)
    assert client.form.results(last.body) == [original(seed)] * 2
    assert last.tool_names == ["bash"]


def test_a_provider_that_fails_for_good_is_reported(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), model=client.model)
    standin.handle(lambda request: Reply(status=500, error="the provider says no"), client.model)

    with pytest.raises(client.form.failure, match="the provider says no"):
        client.ask(reread(seed), stream=stream)


def test_a_follow_up_that_breaks_off_is_reported(client: Client, standin: Standin, seed: str) -> None:
    # Slow enough that the answer has begun before the error comes.
    pace = Pace(error_after=client.form.preamble + 2, token_ms=100)
    standin.say(Reply(GET), Reply(Text(ANSWER), pace=pace), model=client.model)

    raw = _broken_stream(client, seed)

    assert b"error" in raw
    assert b"headroom" not in raw


def _broken_stream(client: Client, seed: str) -> bytes:
    """The bytes of a stream in which the client library finds an error."""
    received = bytearray()
    with (
        client.form.library(client.url, client.key, received) as library,
        pytest.raises(client.form.failure),
        client.form.open(library, client.body(reread(seed))) as live,
    ):
        for _ in live:
            pass
    return bytes(received)
