"""The stream splice of every format, under any order of parts and any cut of the stream."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Failsafe, Splicer

from .forms import Form, Part, every_form

# Names that begin like ours, because whose a call is can only be told when its name is whole.
TOOLS = st.sampled_from(["bash", "h", "headroom_", "headroom_retriev", "mcp__docs__read"])
TEXTS = st.text("ab é\n", min_size=1, max_size=8)

parts = st.lists(
    st.builds(Part, st.sampled_from(["text", "thinking", "client", "retrieve"]), TEXTS, TOOLS), min_size=1, max_size=5
)
cuts = st.lists(st.integers(0, 5000), max_size=40)


def spliced(splicer: Splicer, streams: Sequence[Sequence[Any]]) -> tuple[list[Any], int]:
    """What the client gets, and how many streams it took: a stream is followed up when it only asks for retrievals."""
    out: list[Any] = []
    for number, stream in enumerate(streams, 1):
        for item in stream:
            out += splicer.feed(item)
        answer = splicer.answer()
        if not answer.retrievals or answer.client_calls or number == len(streams):
            break
        splicer.next_stream()
    out += splicer.finish()
    return out, number


@every_form
@given(said=st.lists(parts, min_size=1, max_size=4), cuts=cuts)
@settings(max_examples=150, deadline=None)
def test_the_client_sees_one_stream_that_equals_the_response_it_would_get_whole(
    form: Form, said: list[list[Part]], cuts: list[int]
) -> None:
    out, used = spliced(form.wire.splicer(), [form.items(parts, number, cuts) for number, parts in enumerate(said)])
    seen = form.streamed(out)
    responses = [form.response(parts, number) for number, parts in enumerate(said[:used])]
    assert seen == form.whole(form.wire.join(responses))
    shown = [(number, at, part) for number, parts in enumerate(said[:used]) for at, part in enumerate(parts)]
    assert seen.text == "".join(part.text for _, _, part in shown if part.kind == "text")
    assert seen.thinking == "".join(part.text for _, _, part in shown if part.kind == "thinking")
    assert [(call.id, call.name, call.arguments) for call in seen.calls] == [
        (form.call_id(number, at), part.tool, part.arguments) for number, at, part in shown if part.kind == "client"
    ]
    assert seen.stop == (form.stop_for_calls if seen.calls else form.stop)
    assert NAME not in "".join(map(str, out))


@every_form
@given(said=parts, cuts=cuts)
@settings(max_examples=100, deadline=None)
def test_a_stream_has_ended_with_the_last_thing_the_model_says(form: Form, said: list[Part], cuts: list[int]) -> None:
    splicer = form.wire.splicer()
    events, rest = form.events(said, 0, cuts)
    *before, last = filter(None, [*form.arrive(events[:-1], cuts), *form.arrive(events[-1:], cuts)])
    for _ in range(2):
        for item in before:
            list(splicer.feed(item))
            assert not splicer.ended
        for item in [last, *form.arrive(rest, cuts)]:
            list(splicer.feed(item))
            assert splicer.ended
        splicer.next_stream()


@every_form
@given(said=parts, cuts=cuts)
@settings(max_examples=100, deadline=None)
def test_the_answer_of_a_stream_is_that_of_the_same_response_given_whole(
    form: Form, said: list[Part], cuts: list[int]
) -> None:
    splicer = form.wire.splicer()
    for item in form.items(said, 0, cuts):
        list(splicer.feed(item))
    answer = splicer.answer()
    assert answer == form.wire.answer(form.response(said))
    asked = [part.arguments for part in said if part.kind == "retrieve"]
    assert [json.loads(call.arguments) for call in answer.retrievals] == asked
    assert answer.client_calls == any(part.kind == "client" for part in said)
    assert len({call.id for call in answer.retrievals}) == len(answer.retrievals)


@every_form
@given(said=parts, cuts=cuts)
@settings(max_examples=60, deadline=None)
def test_a_stream_that_breaks_off_has_not_asked_for_anything(form: Form, said: list[Part], cuts: list[int]) -> None:
    splicer = form.wire.splicer()
    out = [part for item in form.arrive(form.events(said, 0, cuts)[0][:-1], cuts) for part in splicer.feed(item)]
    assert not splicer.answer().retrievals
    assert not splicer.ended
    assert NAME not in "".join(map(str, [*out, *splicer.finish()]))


@every_form
@given(said=parts)
@settings(max_examples=60, deadline=None)
def test_a_stream_without_retrievals_passes_as_the_same_objects(form: Form, said: list[Part]) -> None:
    ours_left_out = [replace(part, tool="bash") for part in said if part.kind != "retrieve"]
    splicer = form.wire.splicer()
    for events in form.events(ours_left_out, 0, []):
        for item in events:
            assert [out is item for out in splicer.feed(item)] == [True]
    assert list(splicer.finish()) == []


@every_form
@given(said=parts, cuts=cuts)
@settings(max_examples=60, deadline=None)
def test_what_the_model_says_before_a_retrieval_arrives_at_once(form: Form, said: list[Part], cuts: list[int]) -> None:
    splicer = form.wire.splicer()
    words = [Part("text", "live"), *(part for part in said if part.kind in ("text", "thinking"))]
    events, _ = form.events([*words, Part("retrieve", "a")], 0, [])
    spoken = len(form.events(words, 0, [])[0]) - 1
    for item in events[:spoken]:
        assert [out is item for out in splicer.feed(item)] == [True]


@every_form
@given(said=parts, cuts=cuts, breaks=st.integers(0, 12))
@settings(max_examples=80, deadline=None)
def test_when_splicing_is_given_up_nothing_of_the_clients_is_lost(
    form: Form, said: list[Part], cuts: list[int], breaks: int
) -> None:
    ours_left_out = [part for part in said if part.kind != "retrieve"]
    items = form.items(ours_left_out, 0, cuts)
    inner = form.wire.splicer()
    safe = Failsafe(inner)
    feed, fed = inner.feed, 0

    def breaking(item: Any) -> Any:
        nonlocal fed
        fed += 1
        if fed > breaks:
            raise RuntimeError
        return feed(item)

    inner.feed = breaking  # type: ignore[method-assign]
    out = [part for item in items for part in safe.feed(item)]
    assert form.streamed([*out, *safe.finish()]) == form.whole(form.response(ours_left_out))


@every_form
@given(said=parts, cuts=cuts)
@settings(max_examples=60, deadline=None)
def test_the_answer_may_be_asked_for_at_any_time_and_does_not_change_afterwards(
    form: Form, said: list[Part], cuts: list[int]
) -> None:
    splicer = form.wire.splicer()
    answers = []
    for item in form.items(said, 0, cuts):
        list(splicer.feed(item))
        answer = splicer.answer()
        answers.append((answer, copy.deepcopy(answer)))
    assert all(answer == before for answer, before in answers)
    assert answers[-1][0] == form.wire.answer(form.response(said))


ASKED = [Part("text", "hm"), Part("retrieve", "a")]


def broken(*_: Any) -> Any:
    raise RuntimeError


@every_form
@pytest.mark.parametrize("method", ["answer", "finish"])
def test_the_end_that_was_held_back_comes_when_splicing_is_given_up_over_it(form: Form, method: str) -> None:
    inner = form.wire.splicer()
    safe = Failsafe(inner)
    out = [part for item in form.items(ASKED) for part in safe.feed(item)]
    held = list(inner.surrender())
    setattr(inner, method, broken)
    if method == "answer":
        assert not safe.answer().retrievals
    assert list(safe.finish()) == held
    assert safe.error is not None
    assert not safe.ended
    assert held
    assert NAME not in str(out)


@every_form
@given(said=parts, cuts=cuts, breaks=st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_when_an_answer_cannot_be_read_nothing_of_the_clients_is_lost(
    form: Form, said: list[Part], cuts: list[int], breaks: int
) -> None:
    ours_left_out = [part for part in said if part.kind != "retrieve"]
    inner = form.wire.splicer()
    safe = Failsafe(inner)
    out: list[Any] = []
    for at, item in enumerate(form.items(ours_left_out, 0, cuts)):
        if at == breaks:
            inner.answer = broken  # type: ignore[method-assign]
            safe.answer()
        out += safe.feed(item)
    assert form.streamed([*out, *safe.finish()]) == form.whole(form.response(ours_left_out))


@every_form
def test_a_follow_up_that_cannot_be_joined_on_comes_without_the_end_before_it(form: Form) -> None:
    inner = form.wire.splicer()
    safe = Failsafe(inner)
    for item in form.items(ASKED):
        safe.feed(item)
    inner.next_stream = broken  # type: ignore[method-assign]
    safe.next_stream()
    items = form.items([Part("text", "done")], 1)
    assert [out for item in items for out in safe.feed(item)] == items
    assert list(safe.finish()) == []


@every_form
def test_what_no_splicer_can_read_passes_as_it_is(form: Form) -> None:
    safe = Failsafe(form.wire.splicer())
    odd = object()
    assert [out is odd for out in safe.feed(odd)] == [True]
    assert not safe.answer().retrievals
    assert list(safe.finish()) == []


@pytest.mark.parametrize("name", ["ended", "answer"])
@every_form
def test_a_splicer_that_was_fed_nothing_has_nothing_to_say(form: Form, name: str) -> None:
    splicer = form.wire.splicer()
    assert not splicer.ended
    assert not splicer.answer().retrievals
    assert list(splicer.finish()) == []
