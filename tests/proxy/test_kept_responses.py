"""Responses that the provider keeps: a request goes on from one by its id, or refers to what it said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from standin import Recorded, Reply, Standin, Text, Thinking, ToolUse
from tests.proxy.clients import FORMATS
from tests.proxy.script import ANSWER, GET
from tests.proxy.turns import original, reread

pytestmark = pytest.mark.proxy

FORM = FORMATS["responses"]
BASH = ToolUse("bash", {"command": "ls -la 'a b'"}, id="call_of_the_clients_1")
USER = {"role": "user", "content": "Go on."}
ROWS = "[" + ", ".join(f'{{"id": {n * 7919 % 1009}, "size": {n * 104729 % 10007}}}' for n in range(2000)) + "]"


class Talk:
    """A client that sends what is new, at one proxy or at several in turn."""

    def __init__(self, urls: Sequence[str], seed: str, *, stream: bool) -> None:
        self.model = FORM.model(seed)
        self._urls = urls
        self._stream = stream
        self._key = f"sk-{seed}"
        self._asked = 0
        self.last: Any = None
        self.first_id = ""
        """The id that the last answer had at its beginning."""

    def ask(self, items: list[dict[str, Any]], *, previous: str | None = None, **more: Any) -> Any:
        """The answer; it goes on from the last one."""
        url = self._urls[self._asked % len(self._urls)]
        self._asked += 1
        body = {**FORM.body(self.model, [], ("bash", "Read")), "input": items, **more}
        if previous or self.last is not None:
            body["previous_response_id"] = previous or self.last.id
        received = bytearray()
        with FORM.library(url, self._key, received) as library:
            if self._stream:
                with library.responses.stream(**body) as stream:
                    events = list(stream)
                FORM.check_stream(bytes(received))
                self.first_id, self.last = events[0].response.id, events[-1].response
            else:
                self.last = library.responses.create(**body)
                self.first_id = self.last.id
        assert b"headroom" not in received
        return self.last

    def outputs(self, text: str) -> list[dict[str, Any]]:
        """The outputs of the calls in the last answer."""
        return self.outputs_of(self.last, text)

    @staticmethod
    def outputs_of(answer: Any, text: str) -> list[dict[str, Any]]:
        calls = [item for item in answer.output if item.type == "function_call"]
        return [{"type": "function_call_output", "call_id": call.call_id, "output": text} for call in calls]


@pytest.fixture(params=["one proxy", "two replicas"])
def talk(request: pytest.FixtureRequest, plugin: str, pair: tuple[str, str], stream: bool, seed: str) -> Talk:
    return Talk([plugin] if request.param == "one proxy" else pair, seed, stream=stream)


def told(standin: Standin, talk: Talk, count: int) -> Recorded:
    *_, request = standin.wait_for(count, talk.model)
    return request


def test_what_was_put_away_in_an_earlier_request_can_be_retrieved(talk: Talk, standin: Standin) -> None:
    standin.say(Reply(BASH), "Seen.", Reply(Text("Let me look. "), GET), ANSWER, model=talk.model)

    talk.ask([{"role": "user", "content": "List the rows."}])
    talk.ask(talk.outputs(ROWS))
    answer = talk.ask([USER])

    assert answer.output_text == "Let me look. " + ANSWER
    shortened, _, follow_up = standin.wait_for(4, talk.model)[1:]
    assert shortened.hashes
    assert len(FORM.results(shortened.body)[0]) < len(ROWS) / 5
    assert FORM.results(follow_up.body) == [ROWS]


def test_a_later_request_goes_on_from_the_hidden_calls(talk: Talk, standin: Standin) -> None:
    standin.say(Reply(BASH), Reply(Text("Let me look. "), GET), ANSWER, "Second.", model=talk.model)

    talk.ask([{"role": "user", "content": "List the rows."}])
    talk.ask(talk.outputs(ROWS))
    first_id = talk.first_id
    talk.ask([USER])
    talk.ask([USER], previous=first_id)

    follow_up, later, again = standin.wait_for(5, talk.model)[2:]
    for request in (later, again):
        assert ROWS in request.text
        assert request.usage is not None
        assert follow_up.usage is not None
        assert request.usage.read >= follow_up.usage.prompt


@pytest.mark.parametrize("calls", [[GET, BASH], [BASH, GET]], ids=["retrieval first", "retrieval last"])
def test_a_retrieval_beside_the_clients_call_is_answered_with_it(
    talk: Talk, standin: Standin, calls: list[ToolUse]
) -> None:
    standin.say(Reply(BASH), Reply(Text("Both. "), *calls), ANSWER, model=talk.model)

    talk.ask([{"role": "user", "content": "List the rows."}])
    talk.ask(talk.outputs(ROWS))
    answer = talk.ask(talk.outputs("total 0"))

    assert answer.output_text == ANSWER
    assert sorted(FORM.results(told(standin, talk, 3).body)) == sorted([ROWS, "total 0"])


@pytest.mark.parametrize("calls", [[GET], [GET, BASH], [BASH, GET]], ids=["alone", "first", "last"])
def test_a_history_that_refers_to_what_was_said_gets_the_hidden_exchange_back(
    plugin: str, standin: Standin, stream: bool, seed: str, calls: list[ToolUse]
) -> None:
    talk = Talk([plugin], seed, stream=stream)
    standin.say(Reply(Thinking("Hm."), Text("Let me look. "), *calls), ANSWER, "Third.", "Fourth.", model=talk.model)
    history = FORM.body(talk.model, reread(seed), ())["input"]

    for _ in range(2):
        answer = talk.ask(history, previous=None)
        talk.last = None
        references = [{"type": "item_reference", "id": item.id} for item in answer.output]
        history = [*history, *references, *(Talk.outputs_of(answer, "total 0") or [USER])]

    *_, earlier, later = standin.wait_for(3 if calls == [GET] else 2, talk.model)
    retrieved = [output for output in FORM.results(later.body)[2:] if output != "total 0"]
    assert retrieved == [original(seed)]
    assert later.usage is not None
    assert earlier.usage is not None
    assert later.usage.read >= earlier.usage.prompt


def test_the_account_that_has_the_reasoning_is_asked_again(
    plugin: str, standin: Standin, stream: bool, seed: str
) -> None:
    talk = Talk([plugin], seed, stream=stream)
    talk.model, served_as = "twin", "ft:gpt-twin"
    for number in range(4):
        talk.last = None
        before = len(standin.requests_of(served_as))
        standin.say(Reply(Thinking("Hm."), GET), ANSWER, model=served_as)
        talk.ask(FORM.body(talk.model, reread(f"{seed}-{number}"), ())["input"])
        first, follow_up = standin.wait_for(before + 2, served_as)[before:]
        assert first.headers["authorization"] == follow_up.headers["authorization"]


def test_a_file_that_was_read_stays_exact(talk: Talk, standin: Standin, seed: str) -> None:
    read = ToolUse("Read", {"file_path": "rows.json"})
    standin.say(Reply(read), "Seen.", model=talk.model)

    talk.ask([{"role": "user", "content": "Read it."}])
    talk.ask(talk.outputs(ROWS))

    assert FORM.results(told(standin, talk, 2).body) == [ROWS]


def test_a_request_in_the_background_is_no_business_of_ours(talk: Talk, standin: Standin, seed: str) -> None:
    items = [
        {"role": "user", "content": "Look."},
        {"type": "function_call", "call_id": "call_1", "name": "bash", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": original(seed) + ROWS},
    ]
    with FORM.library(talk._urls[0], talk._key, bytearray()) as library:
        library.responses.create(**{**FORM.body(talk.model, [], ("bash",)), "input": items, "background": True})

    request = told(standin, talk, 1)
    assert request.tool_names == ["bash"]
    assert FORM.results(request.body) == [original(seed) + ROWS]
