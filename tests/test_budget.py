"""Budget events: what they clear, what they leave, and that every turn and every place derives the same ones."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from headroom_litellm import compress, pipeline, rewriter, tokens
from headroom_litellm.budget import ModelFacts, epochs
from headroom_litellm.budget.held import held, task_of
from headroom_litellm.budget.sizes import at_most, sizes
from headroom_litellm.budget.stale import pays
from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.retrieve import Request, answer
from headroom_litellm.offload import Deadline
from headroom_litellm.pipeline import Rewrite, rewrite
from headroom_litellm.rewriter import Rewriter
from headroom_litellm.settings import Settings, load_settings
from headroom_litellm.sources import Sources
from headroom_litellm.stores import MemoryStore
from headroom_litellm.stores.blocking import run_blocking
from headroom_litellm.wire.base import value_at

from .conversations import CHAT_TOOLS
from .long_stories import (
    STYLES,
    WINDOW,
    Call,
    Round,
    Said,
    Sent,
    Story,
    Style,
    asked_at,
    budget,
    prose,
    read,
    reads,
    send,
    stories,
)

STALE = {"stale": True, "stale_after": 3, "expected_turns": 60, "window": False}
# Long stories take long to shrink.
some = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> Style:
    return STYLES[request.param]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def forget() -> None:
    """As a replica that has seen nothing."""
    pipeline._folds.clear()
    epochs._states.clear()


def shown(sent: Sent) -> dict[str, Any]:
    """What stands in the place of each segment that is not left out, by where it stands in the request as it came."""
    left = sent.rewrite.left_out
    return {
        str(segment.path): sent.rewrite.texts.get(segment.path, segment.text)
        for at, turn in enumerate(sent.conversation.turns)
        for segment in turn.segments
        if left is None or at not in left
    }


def size_of(style: Style, body: dict[str, Any]) -> int:
    conversation = read(style, body)
    segments = [segment for _, segment in conversation.segments()]
    return sum(sizes(segments, ())) + tokens.count(conversation.declared)


def cleared(sent: Sent) -> list[Any]:
    return [item for item in sent.rewrite.compressed if item.kind == "cleared"]


def history(style: Style, story: Story, options: Settings) -> Iterator[Sent]:
    for end in asked_at(story):
        yield send(style, style.body(story[:end]), options)


def events_in(style: Style, requests: list[Sent]) -> int:
    """How many requests do not begin as the one before."""
    items = [style.items(sent.body) for sent in requests]
    return sum(later[: len(former)] != former for former, later in pairwise(items))


# What pays.


def bill(behind: int, cut: int, turns: int, facts: ModelFacts) -> float:
    """Of what the cached end of a prompt costs over so many more turns, if `cut` tokens of it go first, or 0."""
    first = behind * facts.read if not cut else (behind - cut) * facts.write
    return first + sum((behind - cut) * facts.read for _ in range(turns))


@given(
    st.integers(1, 10**6),
    st.floats(0, 1),
    st.integers(0, 60),
    st.sampled_from([(0.1, 1.25), (0.1, 1.0), (0.25, 1.0), (0.5, 1.0), (1.0, 1.0)]),
)
def test_it_pays_when_the_bill_is_lower(behind: int, share: float, turns: int, prices: tuple[float, float]) -> None:
    facts, cut = ModelFacts(None, *prices), max(1, int(behind * share))
    # The turn of the event itself reads nothing that it has written.
    without, after = bill(behind, 0, turns, facts), bill(behind, cut, turns, facts)
    assume(abs(without - after) > 1e-6 * without)
    assert pays(cut, behind, turns, facts) == (after < without)


# The same at every later turn, in every place.


@pytest.mark.parametrize("options", [{}, STALE, {**STALE, "window": True}], ids=["window", "stale", "both"])
def test_every_request_extends_the_one_before_but_at_an_event(style: Style, options: dict[str, Any]) -> None:
    story = reads(24)
    warm = list(history(style, story, budget(**options)))
    assert 1 <= events_in(style, warm) <= len(warm) / 3
    assert cleared(warm[-1])
    for sent, end in zip(warm[::8], asked_at(story)[::8], strict=True):
        forget()
        assert send(style, style.body(story[:end]), budget(**options)) == sent


@given(stories(), st.sampled_from([{}, {**STALE, "window": True}]), st.data())
@some
def test_a_cold_replica_derives_what_a_warm_one_has(story: Story, options: dict[str, Any], data: st.DataObject) -> None:
    style = STYLES[data.draw(st.sampled_from(list(STYLES)))]
    forget()
    warm = list(history(style, story, budget(**options)))
    number = data.draw(st.integers(0, len(warm) - 1))
    forget()
    assert send(style, style.body(story[: asked_at(story)[number]]), budget(**options)) == warm[number]


@given(stories())
@some
def test_between_events_every_message_stays_as_it_was(story: Story) -> None:
    forget()
    style = STYLES["chat"]
    requests = list(history(style, story, budget()))
    states = [(len(cleared(sent)), sent.rewrite.left_out) for sent in requests]
    for (former, later), (was, now) in zip(pairwise(requests), pairwise(states), strict=True):
        items = style.items(former.body)
        assert was != now or style.items(later.body)[: len(items)] == items


@pytest.mark.parametrize(("quick", "digested", "long"), [(10**9, 10**9, 10**9), (0, 0, 10**9), (0, 0, 0)])
async def test_every_place_of_work_derives_the_same(
    monkeypatch: pytest.MonkeyPatch, quick: int, digested: int, long: int
) -> None:
    for name, value in {"_QUICK": quick, "_DIGESTED": digested, "_LONG": long}.items():
        monkeypatch.setattr(rewriter, name, value)
    style, story, options = STYLES["chat"], reads(30), budget(stale=True, stale_after=3)
    wanted: dict[int, Rewrite] = {}
    for end in (12, 32):
        forget()
        wanted[end] = send(style, style.body(story[:end]), options).rewrite
    assert wanted[32].left_out is not None or len(wanted[32].compressed) > len(wanted[12].compressed)
    forget()
    somewhere = Rewriter(1)
    try:
        for end in (12, 32, 32, 12):
            conversation = read(style, style.body(story[:end]))
            assert await somewhere.rewrite(conversation, options, Deadline(60)) == wanted[end]
    finally:
        somewhere.close()


def test_what_is_remembered_of_events_only_spares_work(monkeypatch: pytest.MonkeyPatch) -> None:
    style, story = STYLES["chat"], reads(30)
    wanted = list(history(style, story, budget()))
    forget()
    monkeypatch.setattr(epochs._states, "put", lambda *_: None)
    assert list(history(style, story, budget())) == wanted


def test_another_window_has_events_of_its_own() -> None:
    style, body = STYLES["chat"], STYLES["chat"].body(reads(30))
    options = load_settings({})
    small, large = (send(style, body, options, ModelFacts(window)) for window in (WINDOW, 2 * WINDOW))
    assert size_of(style, small.body) < WINDOW < size_of(style, large.body) < 2 * WINDOW
    assert not send(style, body, options).rewrite.compressed
    assert send(style, body, options, ModelFacts(WINDOW)) == small


# Below the window, and whole.


def fixed(style: Style, sent: Sent) -> int:
    """Tokens of what never goes: the system prompt, what the user says first and last, and pictures."""
    turns = sent.conversation.turns
    texts = [
        at for at, turn in enumerate(turns) if turn.role == "user" and any(s.kind == "text" for s in turn.segments)
    ]
    stays = {*range(task_of(turns) + 1), *texts[-1:], *(at for at, turn in enumerate(turns) if turn.role == "system")}
    kept = [segment for at in stays for segment in turns[at].segments]
    pictures = [segment for turn in turns for segment in turn.segments if segment.kind == "picture"]
    return sum(sizes([*kept, *pictures], ())) + tokens.count(sent.conversation.declared)


@given(stories(), st.sampled_from(list(STYLES)))
@some
def test_no_prompt_exceeds_the_window_and_each_is_taken(story: Story, name: str) -> None:
    style = STYLES[name]
    forget()
    requests = list(history(style, story, budget()))
    for sent in requests:
        style.check(style.wire.declare(sent.body))
        if fixed(style, sent) < WINDOW / 2:
            assert size_of(style, sent.body) < WINDOW


@given(stories(valid=False), st.sampled_from(list(STYLES)))
@some
def test_nor_where_calls_and_results_are_lost(story: Story, name: str) -> None:
    style = STYLES[name]
    forget()
    sent = send(style, style.body(story), budget())
    if fixed(style, sent) < WINDOW / 2:
        assert size_of(style, sent.body) < WINDOW


def test_pictures_count_as_pictures_and_go_with_their_rounds(style: Style) -> None:
    if style is STYLES["gemini"]:
        pytest.skip("its pictures are not told from other data")
    shots = [Round("", [Call("shot", {"n": number}, f"Shot {number}.", picture=True)]) for number in range(40)]
    few, many = ([Said("Click on it."), *shots[:number]] for number in (5, 40))
    assert send(style, style.body(few), budget()).rewrite.left_out is None
    sent = send(style, style.body(many), budget())
    assert sent.rewrite.left_out is not None
    assert size_of(style, sent.body) < WINDOW
    style.check(style.wire.declare(sent.body))


def test_a_picture_is_never_said_to_be_one_that_is_gone() -> None:
    style = STYLES["chat"]
    body = style.body([Said("Click on it."), *(Round("", [Call("shot", {"n": at}, "", True)]) for at in range(40))])
    results = [message for message in body["messages"] if message["role"] == "tool"]
    for result in results[20:]:
        result["content"] = results[0]["content"]
    sent = send(style, body, budget())
    assert sent.rewrite.left_out is not None
    assert named_in(sent, names(sent)[0])
    assert not named_in(sent, names(sent)[1])


@pytest.mark.parametrize("rounds", [30, 120])
def test_the_system_prompt_and_what_the_user_said_first_and_last_stay(style: Style, rounds: int) -> None:
    opening = [Said("<context>Linux</context>"), Said("Why does the worker hang?\n" + prose("task", 100))]
    first, last = reads(8), Said("And the other worker?\n" + prose("last", 100))
    story = [first[0], *opening, *first[2:], last, *reads(rounds, seed="b")[2:]]
    sent = send(style, style.body(story), budget())
    texts = [segment.text for _, segment in read(style, sent.body).segments()]
    assert texts[:3] == ["You are an agent.", *(one.text for one in opening)]
    assert texts.count(last.text) == 1
    style.check(style.wire.declare(sent.body))
    assert size_of(style, sent.body) < WINDOW
    if rounds == 120:
        assert sent.rewrite.left_out is not None
        assert sent.rewrite.left_out.kept


def test_instructions_within_a_conversation_stay() -> None:
    for name in ("chat", "responses"):
        style, rule = STYLES[name], Said("From now on, write tests first.\n" + prose("rule", 100), "system")
        story = reads(120)
        sent = send(style, style.body([*story[:9], rule, *story[9:]]), budget())
        assert sent.rewrite.left_out is not None
        assert rule.text in [segment.text for _, segment in read(style, sent.body).segments()]
        style.check(style.wire.declare(sent.body))


def test_what_the_user_says_beside_results_does_not_keep_these() -> None:
    style = STYLES["messages"]
    body = style.body([*reads(3), Round("", [Call("bash", {"n": at}, prose(at, 4_000)) for at in range(4)])])
    body["messages"][-1]["content"].append({"type": "text", "text": "<reminder>Be brief.</reminder>"})
    sent = send(style, body, budget())
    assert size_of(style, sent.body) < WINDOW
    assert sent.body["messages"][-1]["content"][-1] == {"type": "text", "text": "<reminder>Be brief.</reminder>"}


def test_an_output_longer_than_the_window_becomes_a_line() -> None:
    style = STYLES["chat"]
    sent = send(style, style.body([*reads(2), Round("", [Call("bash", {}, prose("long", 2 * WINDOW))])]), budget())
    assert size_of(style, sent.body) < WINDOW
    (key,) = marker.scan(sent.body["messages"][-1]["content"])
    assert sent.rewrite.originals[key] == prose("long", 2 * WINDOW)


@pytest.mark.parametrize("name", ["chat", "messages"])
def test_where_the_model_thinks_its_thinking_leads_what_is_left(name: str) -> None:
    style, story = STYLES[name], reads(120)
    story[2:] = [replace(one, thinking="Hm." * (at % 7 == 0)) for at, one in enumerate(story[2:])]  # type: ignore[type-var]
    body = {**style.body(story), "thinking": {"type": "enabled", "budget_tokens": 1024}}
    sent = send(style, body, budget())
    assert sent.rewrite.left_out is not None
    assert read(style, sent.body).turns[len(read(style, style.body(story[:2])).turns) + 1].thinks
    style.check(style.wire.declare(sent.body))


def test_calls_of_the_same_id_keep_their_results(style: Style) -> None:
    body = style.body(reads(60))
    text = json.dumps(body)
    for at in range(80):
        for number in (0, 1):
            text = text.replace(f'"call_{at}_{number}"', f'"call_{number}"')
    sent = send(style, json.loads(text), budget())
    assert sent.rewrite.left_out is not None
    assert size_of(style, sent.body) < WINDOW
    calls = [segment.kind for _, segment in read(style, sent.body).segments() if segment.kind in ("call", "result")]
    assert calls == ["call", "call", "result", "result"] * (len(calls) // 4)


# What goes first.


def test_what_was_shown_again_goes_before_all_else_and_failures_stay_longest() -> None:
    trace = "\nTraceback (most recent call last):\n  File 'x'\nValueError: no\nexit code: 1"
    calls = {
        "plain": Call("bash", {"command": "make all"}, prose("plain", 900)),
        "failed": Call("bash", {"command": "make test"}, prose("failed", 900) + trace),
        "read once": Call("Read", {"file_path": "/b.py"}, prose("once", 900)),
        "read": Call("Read", {"file_path": "/a.py"}, prose("read", 900)),
        "edit": Call("Edit", {"file_path": "/b.py", "old_string": "x", "new_string": "y"}, "ok " * 9),
        "again": Call("Read", {"file_path": "/a.py"}, prose("again", 900)),
        "part": Call("Read", {"file_path": "/b.py", "limit": 9}, prose("part", 90)),
    }
    story = [Said("Fix it."), *(Round("", [call]) for call in calls.values()), *reads(4, 10)[2:]]
    conversation = read(STYLES["chat"], STYLES["chat"].body(story))
    by_text = {one.segment.text: one for one in held(conversation.turns)}
    superseded = [name for name, call in calls.items() if by_text[str(call.output)].superseded]
    assert superseded == ["read"]
    assert [name for name, call in calls.items() if by_text[str(call.output)].telling] == ["failed"]
    gone: list[str] = []
    for full in range(95, 30, -3):
        sent = send(
            STYLES["chat"], STYLES["chat"].body(story), budget(context_window=6_000, full=full / 100, cleared_to=0.99)
        )
        texts = shown(sent)
        for name, call in calls.items():
            if call.output not in texts.values() and name not in gone:
                gone.append(name)
    assert gone[0] == "read"
    assert gone.index("failed") > gone.index("plain")


def test_a_write_or_the_same_command_replaces_and_another_does_not() -> None:
    calls = [
        Call("Read", {"file_path": "/a.py"}, "1"),
        Call("Write", {"file_path": "/a.py", "content": "x"}, "2"),
        Call("bash", {"command": "git status"}, "3"),
        Call("bash", {"command": "git status", "workdir": "/other"}, "4"),
        Call("bash", {"command": "git status", "description": "once more"}, "5"),
        Call("Grep", {"path": "/src", "pattern": "a"}, "6"),
        Call("Grep", {"path": "/src", "pattern": "b"}, "7"),
        Call("view_file", {"path": "/c.py"}, "8"),
        Call("count_lines", {"path": "/c.py"}, "9"),
    ]
    conversation = read(STYLES["chat"], STYLES["chat"].body([Said("Go."), *(Round("", [call]) for call in calls)]))
    found = {one.segment.text for one in held(conversation.turns) if one.superseded}
    assert found == {"1", "3"}


def test_the_arguments_of_cleared_calls_keep_their_keys_and_short_values(style: Style) -> None:
    short = {"path": "/é.txt", "big": 2**70, "half": "\ud800", "x": "日" * 70}
    long = {"nested": {"old": [prose("n", 400), 1.5, None]}, "content": prose("w", 3_000)}
    story = [Said("Go."), Round("", [Call("Write", {**short, **long}, "ok")]), *reads(10)[2:]]
    sent = send(style, style.body(story), budget(cleared_to=0.1))
    (call, original) = next(
        (now, was)
        for (_, now), (_, was) in zip(read(style, sent.body).segments(), sent.conversation.segments(), strict=False)
        if was.kind == "call"
    )
    assert call.text != original.text
    now, was = json.loads(call.text), json.loads(original.text)
    assert list(now) == list(was)
    assert {name: now[name] for name in short} == short
    assert now["nested"]["old"][1:] == [1.5, None]
    for text in (now["content"], now["nested"]["old"][0]):
        assert marker.scan(text) == [key_of(original.text)]
    written = value_at(sent.body, call.path)
    if isinstance(written, str):
        written.encode()
    assert original.text in sent.rewrite.originals.values()


@pytest.mark.parametrize("arguments", ['{"a": 1e999, "b": "%s"}', '["%s"]', '{"b": "%s"', '"%s"', "%s"])
def test_arguments_that_would_not_come_through_stay(arguments: str) -> None:
    body = STYLES["chat"].body([Said("Go."), Round("", [Call("bash", {}, "ok")]), *reads(12)[2:]])
    text = arguments % prose("a", 500).replace("\n", " ")
    body["messages"][1]["tool_calls"][0]["function"]["arguments"] = text
    sent = send(STYLES["chat"], body, budget())
    assert cleared(sent)
    told = [message for message in sent.body["messages"] if message.get("tool_calls")]
    assert sent.rewrite.left_out is not None or told[0]["tool_calls"][0]["function"]["arguments"] == text


# Nothing is lost.


@given(stories(), st.sampled_from(list(STYLES)), st.sampled_from([{}, {**STALE, "window": True}]))
@some
def test_every_marker_that_is_sent_redeems_exactly(story: Story, name: str, options: dict[str, Any]) -> None:
    forget()
    sent = send(STYLES[name], STYLES[name].body(story), budget(**options))
    originals = sent.rewrite.originals
    for key in marker.scan(json.dumps(sent.body)):
        assert key_of(originals[key]) == key
    texts = {segment.text for _, segment in sent.conversation.segments()}
    for item in cleared(sent):
        assert marker.scan(item.text) == [item.key]
        assert originals[item.key] in texts


def test_rounds_left_out_can_be_searched(style: Style) -> None:
    sent = send(style, style.body(reads(80)), budget())
    left_out = sent.rewrite.left_out
    assert left_out is not None
    assert json.dumps(sent.body).count(left_out.note) == 1
    (key,) = marker.scan(left_out.note)
    original = sent.rewrite.originals[key]
    line = prose("/src/3.txt", 600).split("\n")[20]
    assert line in original
    request = Request(key, query=line.rsplit(" ", 1)[1])
    assert line in run_blocking(answer(request, sent.rewrite.originals, MemoryStore(max_entries=1), ""))


def names(sent: Sent) -> tuple[list[str], list[str]]:
    """By which references name what is in view, and what is gone."""
    sources, left = Sources(), sent.rewrite.left_out
    clear = {item.path for item in cleared(sent)}
    there: list[str] = []
    gone: list[str] = []
    for at, turn in enumerate(sent.conversation.turns):
        for segment in turn.segments:
            name = sources.name(turn.role, segment)
            is_gone = segment.path in clear or (left is not None and at in left)
            (gone if is_gone else there).append(name)
    return there, gone


def named_in(sent: Sent, all_: list[str]) -> list[str]:
    """Those of the names to which what is sent refers."""
    lines = [line for text in shown(sent).values() for line in text.split("\n") if line.startswith("[")]
    meant = {name: re.compile(rf"(?<!part \d of ){re.escape(name)} above") for name in all_}
    return [name for name in all_ if any(map(meant[name].search, lines))]


@given(stories(), st.sampled_from(list(STYLES)), st.sampled_from([{}, {**STALE, "window": True}]))
@some
def test_no_reference_points_at_what_is_gone(story: Story, name: str, options: dict[str, Any]) -> None:
    forget()
    sent = send(STYLES[name], STYLES[name].body(story), budget(**options))
    assert not named_in(sent, names(sent)[1])


def test_what_was_a_reference_is_shown_where_its_source_is_cleared(style: Style) -> None:
    again = Call("Read", {"file_path": "/src/0.txt"}, prose("/src/0.txt", 600))
    story = [*reads(6), Round("", [again])]
    before = send(style, style.body(story), budget())
    assert not cleared(before)
    assert named_in(before, names(before)[0]) == ["the Read /src/0.txt output"]
    after = send(style, style.body([*story, *reads(3, 1_200, seed="b")[2:]]), budget())
    assert "the Read /src/0.txt output" in names(after)[1]
    assert list(shown(after).values()).count(str(again.output)) == 1


def test_nothing_is_cleared_that_cannot_be_got_back(style: Style) -> None:
    body = style.body(reads(40))
    for options, how in (
        (budget(stale=True), {"retrievable": False}),
        (load_settings({"budget": {"context_window": WINDOW}, "compress_cache": {"enabled": False}}), {}),
    ):
        sent = send(style, body, options, **how)
        assert not cleared(sent)
        assert sent.rewrite.left_out is None
        assert not sent.rewrite.originals


def test_what_is_not_cleared_is_passed_on_as_it_is(style: Style) -> None:
    body = style.body(reads(80))
    before = copy.deepcopy(body)
    sent = send(style, body, budget())
    assert body == before
    items, given_ = style.items(sent.body), style.items(body)
    assert items[-1] is given_[-1] or items[-1] == given_[-1]
    assert sum(any(item is one for one in given_) for item in items) >= 3


def test_breakpoints_and_thinking_stay_on_what_stays() -> None:
    style = STYLES["messages"]
    story = [one if isinstance(one, Said) else replace(one, thinking="Hm.") for one in reads(25)]
    body = style.body(story)
    for at in (1, 2, -2, -1):
        body["messages"][at]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    sent = send(style, body, budget())
    assert sent.rewrite.left_out is None
    for now, was in zip(sent.body["messages"], body["messages"], strict=True):
        for mine, theirs in zip(now["content"], was["content"], strict=True):
            if isinstance(mine, dict):
                assert mine.get("cache_control") == theirs.get("cache_control")
                assert mine.get("type") != "thinking" or mine is theirs
    style.check(style.wire.declare(sent.body))


def test_what_a_handler_put_in_place_stays() -> None:
    style = STYLES["messages"]
    calls = [Call("Read", {"file_path": f"/{at}"}, prose(at, 400)) for at in range(3)]
    conversation = read(style, style.body([Said("Go."), Round("", calls), *reads(10)[2:]]))
    turns = list(conversation.turns)
    first, *rest = turns[2].segments
    turns[2] = replace(turns[2], segments=(replace(first, stub=f"[mine, hash={key_of(first.text)}]"), *rest))
    result = rewrite(replace(conversation, turns=tuple(turns)), budget())
    assert [result.texts[segment.path] for segment in rest if "cleared" in result.texts.get(segment.path, "")]
    assert result.texts[first.path] == f"[mine, hash={key_of(first.text)}]"


def test_what_a_handler_wants_untouched_is_not_cleared() -> None:
    style = STYLES["chat"]
    conversation = read(style, style.body(reads(12)))
    turns = [
        replace(turn, segments=tuple(replace(segment, untouched=True) for segment in turn.segments))
        if at == 3
        else turn
        for at, turn in enumerate(conversation.turns)
    ]
    result = rewrite(replace(conversation, turns=tuple(turns)), budget())
    assert len(result.compressed) > 3
    assert not [segment for segment in turns[3].segments if segment.path in result.texts]


def test_a_call_whose_arguments_are_told_otherwise_than_written_is_left_alone() -> None:
    style = STYLES["responses"]
    body = style.body(reads(12))
    commands = [prose("c", 400)]
    body["input"][2:2] = [
        {"type": "message", "role": "assistant", "content": "Let me see."},
        {"type": "shell_call", "call_id": "s1", "action": {"commands": commands}},
        {"type": "shell_call_output", "call_id": "s1", "output": [{"stdout": "ok", "stderr": ""}]},
    ]
    sent = send(style, body, budget())
    assert cleared(sent)
    assert sent.rewrite.left_out is not None or sent.body["input"][3]["action"] == {"commands": commands}


def test_a_request_behind_an_earlier_answer_is_served() -> None:
    style = STYLES["responses"]
    outputs = [
        {"type": "function_call_output", "call_id": f"c{at}", "output": prose(at, WINDOW // 8)} for at in range(20)
    ]
    body = {**style.body([]), "input": outputs, "previous_response_id": "resp_1"}
    sent = send(style, body, budget())
    assert [item["call_id"] for item in sent.body["input"]] == [item["call_id"] for item in outputs]
    assert sent.rewrite.left_out is None


# The bound, and each option.


@given(stories(valid=False), st.sampled_from(list(STYLES)), st.booleans())
@some
def test_what_cannot_be_full_is_known_without_counting(story: Story, name: str, expands: bool) -> None:
    conversation = read(STYLES[name], STYLES[name].body(story))
    forget()
    result = rewrite(conversation, load_settings({"proactive_expansion": expands}))
    segments = [segment for _, segment in conversation.segments()]
    total = sum(tokens.count(result.texts.get(one.path, one.text)) for one in segments if one.kind != "picture")
    assert total <= at_most(segments, conversation.declared, expands=expands)
    assert sum(sizes(segments, ())) + tokens.count(conversation.declared) <= at_most(
        segments, conversation.declared, expands=expands
    )


def test_far_from_full_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    style = STYLES["chat"]
    monkeypatch.setattr(epochs, "sizes", None)
    assert not cleared(send(style, style.body(reads(5, 50)), load_settings({}), ModelFacts(200_000)))


def test_many_short_turns_fill_a_window_too() -> None:
    style = STYLES["chat"]
    story = [Said("Go."), *(Round("", [Call("a", {}, "b")]) for _ in range(600))]
    sent = send(style, style.body(story), budget())
    assert sent.rewrite.left_out is not None
    assert size_of(style, sent.body) < WINDOW


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ({"window": False}, {}),
        ({"context_window": 10**6}, {}),
        ({"full": 1.0, "context_window": 16_000}, {"full": 0.5, "context_window": 16_000}),
        ({**STALE, "stale": False}, STALE),
        ({**STALE, "stale_after": 50}, STALE),
        ({**STALE, "expected_turns": 0}, STALE),
    ],
    ids=["window", "context_window", "full", "stale", "stale_after", "expected_turns"],
)
def test_each_option_does_something(off: dict[str, Any], on: dict[str, Any]) -> None:
    style, body = STYLES["chat"], STYLES["chat"].body(reads(15))
    assert not cleared(send(style, body, budget(**off)))
    assert cleared(send(style, body, budget(**on)))


def test_the_lower_it_is_cleared_the_rarer_are_events() -> None:
    style, story = STYLES["chat"], reads(40)
    events = [events_in(style, list(history(style, story, budget(cleared_to=to)))) for to in (0.2, 0.9)]
    assert events[0] < events[1] / 2


def test_stale_outputs_go_where_cached_tokens_are_cheaper_only() -> None:
    style, body = STYLES["chat"], STYLES["chat"].body(reads(30))
    options = budget(**STALE)
    assert cleared(send(style, body, options, ModelFacts(None, 0.1, 1.25)))
    # Where a token costs the same anew, what goes is not paid for again at once.
    assert cleared(send(style, body, options, ModelFacts(None, 1.0, 1.0)))
    assert not cleared(send(style, body, options, ModelFacts(None, 0.0, 1.0)))


def test_short_texts_of_many_tokens_do_not_hold_it_up() -> None:
    story = [Said("Go."), *(Round("", [Call("bash", {"n": at}, "鬱龘" * 40)]) for at in range(30))]
    body = STYLES["chat"].body(story)
    assert send(STYLES["chat"], body, budget(**STALE, cleared_to=0.5)).body["messages"]


def test_the_library_clears_too_and_says_what_is_left() -> None:
    messages = STYLES["chat"].body(reads(80))["messages"]
    result = compress(messages, tools=CHAT_TOOLS, settings={"budget": {"context_window": WINDOW}})
    assert len(result.messages) < len(messages)
    assert result.tokens_after < WINDOW < result.tokens_before
    (key,) = marker.scan(result.messages[2]["content"])
    assert result.retrieve({"hash": key}) == result.markers[key]
    assert "Let me see, number 0." in result.markers[key]
