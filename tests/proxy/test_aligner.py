"""What stands behind values that are others at every request is read from the provider's cache all the same."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from standin import Recorded, Reply, Standin, Text, count_tokens
from tests.proxy.clients import FORMATS, Client, Format, Seen
from tests.proxy.script import ANSWER, GET, assert_unseen
from tests.proxy.test_bridges import PAIRS
from tests.proxy.turns import Said, Turn, original, reread

pytestmark = pytest.mark.proxy

RULES = " ".join(f"Rule {number}: do what is asked, and nothing else." for number in range(200))
TAIL = 150
"""More tokens than what is said of two values."""
MARK = {"type": "ephemeral"}
NEXT = Said("Are you sure?")


def values(number: int) -> tuple[str, str]:
    return f"2026-01-05T14:03:{number:02}Z", str(uuid.UUID(int=number * 7919**8, version=4))


def told(number: int) -> str:
    at, session = values(number)
    return f"Today is 2026-01-05, the time is {at}, the session {session}.\n{RULES}"


def asking(form: Format, turns: Sequence[Turn], system: Any) -> tuple[list[Turn], dict[str, Any]]:
    """The turns, and what else is in the request, for it to have this system prompt."""
    if form.name == "chat":
        return [Said(system, "system"), *turns], {}
    if form.name == "gemini":
        config = form.body("", [], ("bash",))["config"]
        return list(turns), {"config": {**config, "system_instruction": system}}
    return list(turns), {"system" if form.name == "messages" else "instructions": system}


def ask(client: Client, turns: Sequence[Turn], system: Any, *, stream: bool, **more: Any) -> Seen:
    turns, fields = asking(client.form, turns, system)
    return client.ask(turns, stream=stream, **fields, **more)


@pytest.fixture
def moving(aligned: str, form: Format, seed: str) -> Client:
    return Client(form, aligned, form.model(f"{seed}-moving"), key=f"sk-{seed}")


def usages(requests: Sequence[Recorded]) -> list[Any]:
    return [request.usage for request in requests if request.usage is not None]


def test_requests_that_differ_in_such_values_share_all_before_the_end(
    moving: Client, client: Client, standin: Standin, stream: bool, seed: str
) -> None:
    for one in (moving, client):
        standin.say(ANSWER, ANSWER, ANSWER, model=one.model)
        for number in (1, 2):
            seen = ask(one, reread(seed), told(number), stream=stream)
            assert (seen.text, seen.stop, seen.calls) == (ANSWER, "end", ())
        ask(one, [*reread(seed), seen.heard, NEXT], told(3), stream=stream)

    first, second, third = usages(standin.wait_for(3, moving.model))
    assert second.prompt - second.read < TAIL
    assert third.read >= second.prompt - TAIL
    _, lost, lost_again = usages(standin.wait_for(3, client.model))
    # Of the tools alone.
    assert max(lost.read, lost_again.read) < 2 * TAIL < count_tokens(RULES)
    assert first.prompt - lost.prompt < TAIL


def test_the_model_is_told_the_values_behind_all_that_was_said(
    moving: Client, standin: Standin, stream: bool, seed: str
) -> None:
    standin.say(ANSWER, ANSWER, model=moving.model)
    for number in (1, 2):
        ask(moving, reread(seed), told(number), stream=stream)

    texts = [request.text for request in standin.wait_for(2, moving.model)]

    for number, text in enumerate(texts, 1):
        system, block = text.split("<placeholder_values>")
        assert "Today is 2026-01-05, the time is <time-1>, the session <uuid-1>." in system
        assert original(seed).split("\n")[5] in system
        assert not any(value in system for value in values(number))
        assert all(value in block for value in values(number))
        assert block.endswith(("</placeholder_values>", "</placeholder_values>\nuser"))
    assert texts[0].split("<placeholder_values>")[0] == texts[1].split("<placeholder_values>")[0]


def test_a_retrieval_is_invisible_and_put_back(moving: Client, standin: Standin, stream: bool, seed: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, "Yes.", model=moving.model)

    seen = ask(moving, reread(seed), told(1), stream=stream)
    assert_unseen(seen)
    assert seen.text == "Let me look. " + ANSWER
    later = ask(moving, [*reread(seed), seen.heard, NEXT], told(2), stream=stream)

    assert later.text == "Yes."
    first, follow_up, again = standin.wait_for(3, moving.model)
    assert moving.form.results(follow_up.body)[-1] == original(seed)
    assert original(seed) in moving.form.results(again.body)
    asked, followed, last = usages([first, follow_up, again])
    assert followed.read >= asked.prompt
    assert last.read >= asked.prompt - TAIL


class TestAnthropicBreakpoints:
    @pytest.fixture
    def form(self) -> Format:
        return FORMATS["messages"]

    def test_those_of_the_client_write_all_but_the_values(
        self, moving: Client, standin: Standin, stream: bool, seed: str
    ) -> None:
        standin.say(ANSWER, ANSWER, model=moving.model)
        body = moving.body(reread(seed))
        body["messages"][-1]["content"][-1]["cache_control"] = MARK
        for number in (1, 2):
            system = [{"type": "text", "text": told(number), "cache_control": {**MARK, "ttl": "1h"}}]
            moving.ask(reread(seed), stream=stream, system=system, messages=body["messages"])

        first, second = usages(standin.wait_for(2, moving.model))
        assert first.written_1h > count_tokens(RULES)
        assert first.written_5m > count_tokens(original(seed)) / 2
        assert (first.read, second.written) == (0, 0)
        assert max(first.fresh, second.fresh) < TAIL

    def test_the_automatic_one_is_set_before_the_values(
        self, moving: Client, standin: Standin, stream: bool, seed: str
    ) -> None:
        standin.say(ANSWER, ANSWER, model=moving.model)
        for number in (1, 2):
            ask(moving, reread(seed), told(number), stream=stream, extra_body={"cache_control": MARK})

        first, second = usages(standin.wait_for(2, moving.model))
        assert first.written == second.read
        assert max(first.fresh, second.fresh) < TAIL

    def test_without_any_they_are_set(self, moving: Client, standin: Standin, stream: bool, seed: str) -> None:
        standin.say(ANSWER, ANSWER, model=moving.model)
        for number in (1, 2):
            ask(moving, reread(seed), told(number), stream=stream)

        requests = standin.wait_for(2, moving.model)
        first, second = usages(requests)
        assert first.written == second.read
        assert max(first.fresh, second.fresh) < TAIL
        assert [request.raw.count(b"cache_control") for request in requests] == [4, 4]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=" to ".join)
def test_formats_that_are_translated_take_it_too(
    aligned: str, standin: Standin, stream: bool, seed: str, ours: str, theirs: str
) -> None:
    form = FORMATS[ours]
    model = FORMATS[theirs].model(seed) if theirs in FORMATS else f"{theirs}-{seed}"
    client = Client(form, aligned, model, key=f"sk-{seed}")
    standin.say(ANSWER, ANSWER, model=model)

    seen = [ask(client, reread(seed), told(number), stream=stream) for number in (1, 2)]

    assert [one.text for one in seen] == [ANSWER, ANSWER]
    requests = standin.wait_for(2, model)
    assert all(value in request.text for number, request in enumerate(requests, 1) for value in values(number))
    _, second = usages(requests)
    assert second.prompt - second.read < TAIL
    # LiteLLM makes more of a breakpoint, for Gemini a call that keeps the prompt there.
    assert not any(b"cache_control" in request.raw for request in requests)
