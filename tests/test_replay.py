"""What a client does not see of a conversation: kept, put back where it was, and only there; over all formats."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headroom_litellm.ccr.replay import Transcript
from headroom_litellm.conversation import Segment, ToolCall, Turn
from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore

from .forms import every_form
from .forms.base import Form, Part, Seen

ROWS = json.dumps([{"id": number * 7919 % 1009, "size": number * 104729 % 10007} for number in range(3000)])
HISTORY: list[dict[str, Any]] = [
    {"role": "user", "content": "Look into it."},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": ROWS},
]
USER = [{"role": "user", "content": "Go on."}]

every_way = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@dataclass
class Talk:
    """A client of one format behind an engine, and all that the model was sent."""

    form: Form
    engine: Engine
    stream: bool
    tenant: str = "tenant"
    numbers: int = 0

    async def ask(self, body: dict[str, Any], *answers: Sequence[Part]) -> tuple[Seen, list[Any], list[dict[str, Any]]]:
        """What the client sees, the same as items of its history, and the bodies that were sent."""
        call_type = list(self.form.wire.call_types)[-1]
        exchange = Exchange(self.form.wire, call_type, self.tenant)
        before = copy.deepcopy(body)
        sent = [{**body, **await self.engine.compress(exchange, body)}]
        assert body == before
        responses: list[Any] = []
        asked = iter(answers)

        def answered() -> Any:
            self.numbers += 1
            parts = next(asked)
            responses.append(self.form.response(parts, self.numbers))
            return _aiter(self.form.items(parts, self.numbers)) if self.stream else responses[-1]

        async def reenter(changed: Mapping[str, Any]) -> Any:
            sent.append({**body, **changed})
            return answered()

        if self.stream:
            items = [item async for item in self.engine.stream(exchange, body, answered(), reenter)]
            seen = self.form.streamed(items)
        else:
            seen = self.form.whole(await self.engine.complete(exchange, body, answered(), reenter))
        joined = self.form.wire.answer(self.form.wire.join(responses))
        assert joined is not None
        return seen, list(joined.items), sent

    def body(self, *more: Any) -> dict[str, Any]:
        return self.extended(self.form.body(HISTORY), more)

    def extended(self, body: dict[str, Any], more: Sequence[Any]) -> dict[str, Any]:
        return {**body, self.form.wire.history: [*self.form.wire.items(body), *more]}

    def said(self, chat: Sequence[dict[str, Any]]) -> list[Any]:
        return self.form.wire.items(self.form.body(chat))

    def segments(self, items: Sequence[Any]) -> list[Segment]:
        body = {self.form.wire.history: list(items)}
        return [segment for _, segment in self.form.wire.read(body).segments()]

    def results(self, body: dict[str, Any]) -> list[str]:
        return [segment.text for _, segment in self.form.wire.read(body).segments() if segment.kind == "result"]

    def assert_extends(self, earlier: dict[str, Any], later: dict[str, Any]) -> None:
        before, after = self.form.wire.items(earlier), self.form.wire.items(later)
        assert after[: len(before)] == before
        assert len(after) > len(before)


async def _aiter(items: Sequence[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


def made(form: Form, stream: bool, *, store: MemoryStore | None = None, **options: Any) -> Talk:
    return Talk(form, Engine(load_settings(options), store or MemoryStore()), stream)


def hash_in(body: dict[str, Any]) -> str:
    return json.dumps(body).split("hash=")[1][:24]


async def look(talk: Talk) -> str:
    """The hash of the marker in the talk's history."""
    _, _, (sent,) = await talk.ask(talk.body(), [Part("text", "Nothing.")])
    return hash_in(sent)


@every_form
@every_way
async def test_a_hidden_exchange_is_in_the_prefix_of_every_later_turn(form: Form, stream: bool) -> None:
    talk = made(form, stream)
    key = await look(talk)
    body = talk.body()
    hidden = [Part("thinking", "Hm."), Part("text", "Let me look. "), Part("retrieve", key)]

    seen, shown, (_, followed) = await talk.ask(body, hidden, [Part("text", "It was row 17.")])
    body = talk.extended(body, [*shown, *talk.said(USER)])
    _, shown, (second,) = await talk.ask(body, [Part("text", "Second.")])
    body = talk.extended(body, [*shown, *talk.said(USER)])
    _, _, (third,) = await talk.ask(body, [Part("text", "Third.")])

    assert seen.text == "Let me look. It was row 17."
    final = form.wire.answer(form.response([Part("text", "It was row 17.")], 3))
    assert final is not None
    behind = form.wire.items(second)[len(form.wire.items(followed)) :]
    said = [segment.text for segment in talk.segments(behind) if segment.text]
    assert said == ["It was row 17.", "Go on."]
    assert len(behind) == len(final.items) + len(talk.said(USER))
    talk.assert_extends(followed, second)
    talk.assert_extends(second, third)
    assert talk.results(third)[1:] == [ROWS]


@every_form
@every_way
async def test_a_retrieval_beside_a_call_of_the_clients_is_answered_in_place(form: Form, stream: bool) -> None:
    talk = made(form, stream)
    key = await look(talk)
    body = talk.body()
    mixed = [Part("text", "Both. "), Part("retrieve", key), Part("client", "ls")]

    seen, shown, (first,) = await talk.ask(body, mixed)
    (call,) = seen.calls
    asked = {"id": call.id, "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
    result = {"role": "tool", "tool_call_id": call.id, "content": "total 0"}
    results = talk.said([{"role": "assistant", "content": None, "tool_calls": [asked]}, result])[1:]
    body = talk.extended(body, [*shown, *results])
    _, shown, (second,) = await talk.ask(body, [Part("text", "Second.")])
    body = talk.extended(body, [*shown, *talk.said(USER)])
    _, _, (third,) = await talk.ask(body, [Part("text", "Third.")])

    talk.assert_extends(first, second)
    talk.assert_extends(second, third)
    assert sorted(talk.results(second)[1:]) == sorted([ROWS, "total 0"])


@every_form
@every_way
async def test_another_process_on_the_same_store_puts_it_back_too(form: Form, stream: bool) -> None:
    store = MemoryStore()
    one, other = made(form, stream, store=store), made(form, stream, store=store)
    key = await look(one)
    body = one.body()

    _, shown, (_, followed) = await one.ask(body, [Part("retrieve", key)], [Part("text", "Done.")])
    _, _, (later,) = await other.ask(one.extended(body, [*shown, *one.said(USER)]), [Part("text", "Second.")])

    one.assert_extends(followed, later)


@every_form
@pytest.mark.parametrize("options", [{"replay": False}, {"compress_cache": {"enabled": False}}])
async def test_it_is_not_put_back_where_that_is_off(form: Form, options: dict[str, Any]) -> None:
    store = MemoryStore()
    talk = made(form, False, store=store)
    key = await look(talk)
    _, shown, _ = await talk.ask(talk.body(), [Part("retrieve", key)], [Part("text", "Done.")])

    later = made(form, False, store=store, **options)
    _, _, (sent,) = await later.ask(talk.extended(talk.body(), [*shown, *talk.said(USER)]), [Part("text", "Second.")])

    assert len(later.results(sent)) == 1


@every_form
@every_way
@pytest.mark.parametrize(("limit", "whole"), [(1000, 0), (40_000, 1), (10**6, 3)])
async def test_past_the_limit_of_a_conversation_the_exchange_is_put_back_without_its_results(
    form: Form, stream: bool, limit: int, whole: int
) -> None:
    talk = made(form, stream, replay_max_tokens=limit)
    key = await look(talk)
    body, earlier = talk.body(), None
    for _ in range(3):
        _, shown, sent = await talk.ask(body, [Part("retrieve", key)], [Part("text", "Done.")])
        body = talk.extended(body, [*shown, *talk.said(USER)])
        if earlier is not None:
            talk.assert_extends(earlier, sent[0])
        earlier = sent[0]
    _, _, (last,) = await talk.ask(body, [Part("text", "Over.")])

    results = talk.results(last)[1:]
    assert [result == ROWS for result in results] == [True] * whole + [False] * (3 - whole)
    assert all("left out" in result for result in results[whole:])


@every_form
async def test_it_does_not_come_back_in_another_conversation_or_for_another_tenant(form: Form) -> None:
    talk = made(form, False)
    key = await look(talk)
    _, shown, _ = await talk.ask(talk.body(), [Part("retrieve", key)], [Part("text", "Done.")])
    later = talk.extended(talk.body(), [*shown, *talk.said(USER)])
    other = talk.extended(
        talk.form.body([{"role": "user", "content": "Else."}, *HISTORY[1:]]), later_items(talk, later)
    )

    _, _, (elsewhere,) = await talk.ask(other, [Part("text", "Second.")])
    talk.tenant = "another"
    _, _, (anothers,) = await talk.ask(later, [Part("text", "Second.")])

    assert len(talk.results(elsewhere)) == len(talk.results(anothers)) == 1


def later_items(talk: Talk, later: dict[str, Any]) -> list[Any]:
    return talk.form.wire.items(later)[len(talk.form.wire.items(talk.body())) :]


@every_form
@every_way
async def test_after_a_follow_up_that_failed_nothing_is_put_back(form: Form, stream: bool) -> None:
    talk = made(form, stream)
    key = await look(talk)
    exchange = Exchange(form.wire, list(form.wire.call_types)[-1], "tenant")
    body = talk.body()
    await talk.engine.compress(exchange, body)
    failures = iter([ConnectionError()])

    async def reenter(_: Mapping[str, Any]) -> Any:
        for failure in failures:
            raise failure
        return _aiter(form.items([Part("text", "Done.")], 2)) if stream else form.response([Part("text", "Done.")], 2)

    first = [Part("retrieve", key)]
    if stream:
        async for _ in talk.engine.stream(exchange, body, _aiter(form.items(first, 1)), reenter):
            pass
    else:
        await talk.engine.complete(exchange, body, form.response(first, 1), reenter)
    answer = form.wire.answer(form.response([Part("text", "Done.")], 2))
    assert answer is not None
    _, _, (sent,) = await talk.ask(talk.extended(body, [*answer.items, *talk.said(USER)]), [Part("text", "Second.")])
    assert len(talk.results(sent)) == 1


def turn(role: Any, text: str, *calls: tuple[str, ...]) -> Turn:
    segments = [Segment("text", text, ())] if text else []
    for name, arguments, *id_ in calls:
        segments.append(Segment("call", arguments, (), ToolCall(id_[0] if id_ else "call_1", name, arguments)))
    return Turn(role, tuple(segments), (0, 1))


def fingerprints(*turns: Turn) -> list[str]:
    return [heard.fingerprint for heard in Transcript().answers(placed([*turns, turn("user", "end")]), nothing)]


def placed(turns: Sequence[Turn]) -> list[Turn]:
    return [replace(one, span=(at, at + 1)) for at, one in enumerate(turns)]


def nothing(_: Any) -> list[str]:
    return []


def test_what_clients_change_on_the_way_makes_no_difference() -> None:
    plain = fingerprints(turn("user", "hi"), turn("assistant", "one two", ("bash", '{"a": 1, "b": 2}')))
    assert len(plain) == 1
    again = [turn("assistant", "one"), turn("assistant", " two\n", ("bash", '{"b":2.0,"a":1}'))]
    assert fingerprints(turn("system", "12:04"), turn("user", "hi"), *again) == plain
    retrieved = turn("assistant", "one two ", ("headroom_retrieve", "{}"), ("bash", '{"a":1,"b":2}'))
    assert fingerprints(turn("user", "hi"), retrieved) == plain


@pytest.mark.parametrize(
    "other",
    [
        [turn("user", "ho"), turn("assistant", "one", ("bash", "{}"))],
        [turn("user", "hi"), turn("assistant", "two", ("bash", "{}"))],
        [turn("user", "hi"), turn("assistant", "one", ("bash", '{"a": 1}'))],
        [turn("user", "hi"), turn("assistant", "one", ("grep", "{}"))],
        [turn("user", "hi"), turn("assistant", "one")],
        [turn("user", "hi"), turn("assistant", "one", ("bash", "{}", "another call's id"))],
        [turn("user", "h"), turn("user", "i"), turn("assistant", "one", ("bash", "{}"))],
        [turn("tool", "hi"), turn("assistant", "one"), turn("user", ""), turn("assistant", "", ("bash", "{}"))],
    ],
)
def test_what_is_said_makes_a_difference(other: list[Turn]) -> None:
    assert not set(fingerprints(*other)) & set(
        fingerprints(turn("user", "hi"), turn("assistant", "one", ("bash", "{}")))
    )


def test_a_history_that_goes_on_from_elsewhere_is_another() -> None:
    history = placed([turn("user", "hi"), turn("assistant", "one"), turn("user", "end")])
    begun = [list(Transcript(*begins).answers(history, nothing)) for begins in [(), ("gpt", ""), ("gpt", "resp_1")]]
    assert len({heard.fingerprint for (heard,) in begun}) == 3


def test_pictures_make_a_difference() -> None:
    history = placed([turn("user", "look"), turn("assistant", "one"), turn("user", "end")])
    seen = [list(Transcript().answers(history, lambda _, data=data: [data])) for data in ("aGk=", "aG8=")]
    assert seen[0][0].fingerprint != seen[1][0].fingerprint


def test_an_answer_that_the_system_interrupts_is_left_alone() -> None:
    history = [turn("user", "hi"), turn("assistant", "one"), turn("system", "NEW"), turn("assistant", "two")]
    assert list(Transcript().answers(placed([*history, turn("user", "end")]), nothing)) == []


@every_form
async def test_the_same_words_with_another_call_are_another_answer(form: Form) -> None:
    talk = made(form, False)
    key = await look(talk)
    body = talk.body()
    hidden_first, _, _ = await talk.ask(body, [Part("retrieve", key)], [Part("client", "ls")])
    directly, shown, _ = await talk.ask(body, [Part("client", "ls")])
    (call,) = directly.calls
    if hidden_first.calls[0].id == call.id:
        pytest.skip("the format has no ids")
    result = {"role": "tool", "tool_call_id": call.id, "content": "total 0"}
    asked = {"id": call.id, "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
    results = talk.said([{"role": "assistant", "content": None, "tool_calls": [asked]}, result])[1:]

    _, _, (later,) = await talk.ask(talk.extended(body, [*shown, *results]), [Part("text", "Second.")])

    assert talk.results(later)[1:] == ["total 0"]


@every_form
async def test_an_answer_that_the_client_has_begun_is_not_replaced(form: Form) -> None:
    talk = made(form, False)
    key = await look(talk)
    begun = form.wire.answer(form.response([Part("text", "It was ")], 9))
    assert begun is not None
    body = talk.extended(talk.body(), begun.items)
    _, shown, _ = await talk.ask(body, [Part("retrieve", key)], [Part("text", "row 17.")])
    _, _, (later,) = await talk.ask(talk.extended(body, [*shown, *talk.said(USER)]), [Part("text", "Second.")])
    assert "It was " in json.dumps(later)


texts = st.text("ab \n", max_size=3)
turns = st.lists(
    st.builds(
        turn,
        st.sampled_from(["user", "assistant", "tool", "system"]),
        texts,
    )
    | st.builds(turn, st.just("assistant"), texts, st.tuples(st.just("bash"), st.sampled_from(["{}", "{"])))
)


@given(turns, st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_a_longer_history_has_the_same_answers_first(history: list[Turn], cut: int) -> None:
    """The fingerprint of an answer, taken when it was given, is the one that is asked for later."""
    begun = Transcript()
    before = [heard.fingerprint for heard in begun.answers(placed(history[:cut]), nothing)]
    assume(not begun.is_open)
    copied = begun.copy()
    copied.say(turn("assistant", "said"))
    given_then = copied.close()
    after = fingerprints(*history[:cut], turn("assistant", "said"))
    assert after == [*before, given_then]
