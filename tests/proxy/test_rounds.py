"""What the model is told when it asks in other ways, too often, or for what is not there."""

from __future__ import annotations

import pytest

from standin import Reply, Standin, Text, ToolUse
from tests.proxy.clients import FORMATS, Client
from tests.proxy.script import ANSWER, GET, assert_unseen, retrieve
from tests.proxy.turns import original, reread

pytestmark = pytest.mark.proxy

# Gemini's calls come whole.
IN_PIECES = [form for form in FORMATS.values() if form.name != "gemini"]
UNKNOWN = "0123456789abcdef01234567"


def told(client: Client, standin: Standin, seed: str, *calls: ToolUse, stream: bool) -> list[str]:
    """What the model is told when it makes these calls one after the other, and then answers."""
    standin.say(*(Reply(call) for call in calls), ANSWER, model=client.model)
    seen = client.ask(reread(seed), stream=stream)
    assert_unseen(seen)
    assert seen.text == ANSWER
    *_, last = standin.wait_for(len(calls) + 1, client.model)
    return client.form.results(last.body)[2:]


def test_past_the_limit_the_model_is_told_to_answer(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    *answered, limit = told(client, standin, seed, *(retrieve(lines=str(n)) for n in (1, 2, 3, 4)), stream=stream)

    assert [text.startswith(f"[lines {n}-{n} of ") for n, text in enumerate(answered, 1)] == [True] * 3
    assert "limit" in limit
    assert "Answer now" in limit


def test_a_model_that_never_stops_asking_is_stopped(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.handle(lambda request: Reply(Text("More. "), GET), client.model)

    seen = client.ask(reread(seed), stream=stream)

    assert_unseen(seen)
    assert seen.text == "More. " * 5
    assert len(standin.wait_for(5, client.model)) == 5


def test_the_same_call_again_is_answered_with_a_pointer(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    first, second = told(client, standin, seed, GET, GET, stream=stream)

    assert first == original(seed)
    assert "stands above" in second


@pytest.mark.parametrize("way", ["upper case", "inline marker", "footer"])
def test_a_hash_is_found_however_the_model_writes_it(
    client: Client, standin: Standin, stream: bool, seed: str, way: str
) -> None:
    write = {
        "upper case": str.upper,
        "inline marker": "<<ccr:{}>>".format,
        "footer": "[hash={}]".format,
    }[way]
    call = ToolUse("headroom_retrieve", {"hash": lambda request: write(request.hashes[0])})

    assert told(client, standin, seed, call, stream=stream) == [original(seed)]


def test_the_tool_is_known_by_the_name_that_mcp_gives_it(
    client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    call = ToolUse("mcp__x__headroom_retrieve", {"hash": "$HASH"})

    assert told(client, standin, seed, call, stream=stream) == [original(seed)]


def test_another_keys_hash_is_not_known(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    client.at(client.url, key=f"sk-other-{seed}").ask(reread(f"other-{seed}"), stream=stream)
    (request,) = standin.wait_for(1, client.model)

    standin.say(Reply(retrieve(request.hashes[0])), ANSWER, model=client.model)
    assert_unseen(client.ask(reread(seed), stream=stream))

    *_, last = standin.wait_for(3, client.model)
    *_, text = client.form.results(last.body)
    assert "is not known here" in text


def test_an_unknown_hash_is_answered_plainly(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    (text,) = told(client, standin, seed, retrieve(UNKNOWN), stream=stream)

    assert UNKNOWN in text
    assert "run the command again" in text


@pytest.mark.parametrize("form", IN_PIECES)
def test_broken_arguments_are_answered_plainly(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    (text,) = told(client, standin, seed, ToolUse("headroom_retrieve", '{"hash": '), stream=stream)

    assert text.startswith("headroom_retrieve: ")
    assert "hash" in text


def test_a_query_gets_the_passages_that_fit(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    (text,) = told(client, standin, seed, retrieve(query="row 97"), stream=stream)

    assert f"{seed}/1 row 97: " in text
    assert f"of {len(original(seed).split(chr(10)))} lines" in text
    assert len(text) < len(original(seed))


def test_a_range_gets_its_lines(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    (text,) = told(client, standin, seed, retrieve(lines="3-5"), stream=stream)

    lines = original(seed).split("\n")
    assert text == f"[lines 3-5 of {len(lines)}]\n" + "\n".join(lines[2:5])
