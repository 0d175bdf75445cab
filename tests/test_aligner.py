"""What is done to a prompt so that the provider can read more of it from its cache."""

from __future__ import annotations

import copy
import json
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm import engine as engines
from headroom_litellm.ccr.tool import NAME
from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.prompt import Prepared, prepare
from headroom_litellm.prompt.aligner import align
from headroom_litellm.prompt.volatile import find
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore
from headroom_litellm.wire import Messages, replaced, value_at

from .conversations import chats
from .forms import ChatForm, Form, MessagesForm, every_form

WORDS = st.sampled_from(["You help.", "Now:", "\n", "Today is 2026-01-05.", "<time-1>", "use <uuid-1>", "naïve ✓", '"'])
VALUES = {
    "time": st.datetimes().filter(lambda at: at.year > 1000).map(lambda at: at.isoformat(" ", "seconds")),
    "uuid": st.uuids(version=4).map(str),
    "path": st.from_regex(r"/tmp/[a-f]{2}[0-9]{2}[a-f]{2}[0-9]{2}", fullmatch=True),
    "id": st.from_regex(r"session id: req_[0-9]{4}[a-f]{4}", fullmatch=True),
}
MARK = {"type": "ephemeral"}
ASKED = [{"role": "user", "content": "What time is it?"}]


@st.composite
def twins(draw: st.DrawFn) -> tuple[tuple[str, str], tuple[str, str]]:
    """A system prompt and a tool's description, twice: the second time with other values in the same places."""
    kinds = draw(st.lists(st.sampled_from(list(VALUES)), max_size=5))
    pairs = [draw(st.lists(VALUES[kind], min_size=2, max_size=2, unique=True)) for kind in kinds]
    texts: list[tuple[str, str]] = []
    for _ in range(2):
        places = draw(st.lists(st.integers(0, len(pairs) - 1), max_size=6)) if pairs else []
        words = draw(st.lists(WORDS, min_size=len(places) + 1, max_size=len(places) + 1))
        once = [f"{word} {{}} " for word in words[1:]]
        texts.append(
            tuple(  # type: ignore[arg-type]
                words[0] + "".join(piece.format(pairs[at][side]) for piece, at in zip(once, places, strict=True))
                for side in (0, 1)
            )
        )
    (system, other), (description, another) = texts
    if len({pair[0] for pair in pairs}) < len(pairs) or len({pair[1] for pair in pairs}) < len(pairs):
        return (system, description), (system, description)
    return (system, description), (other, another)


def made(form: Form, chat: Sequence[dict[str, Any]], system: str, description: str = "A tool.") -> dict[str, Any]:
    body = form.body([{"role": "system", "content": system}, *chat])
    (definition,) = form.wire.definitions(body)
    return replaced(body, {(*definition, "description"): description})


def prepared(form: Form, body: dict[str, Any], **more: Any) -> Prepared:
    before = copy.deepcopy(body)
    done = prepare(
        form.wire, body, load_settings({"aligner": "move", "tool_schemas": "off", **more}), takes_breakpoints=True
    )
    assert body == before
    return done


def texts_of(form: Form, body: dict[str, Any]) -> list[str]:
    (definition,) = form.wire.definitions(body)
    return [
        value_at(body, (*definition, "description")),
        *(segment.text for _, segment in form.wire.read(body).segments()),
    ]


@every_form
@given(pair=twins(), chat=chats())
@settings(max_examples=80, deadline=None)
def test_requests_that_differ_only_in_such_values_are_the_same_up_to_the_end(
    form: Form, pair: tuple[tuple[str, str], tuple[str, str]], chat: list[dict[str, Any]]
) -> None:
    one, other = (prepared(form, made(form, [*chat[1:], *ASKED], *texts)) for texts in pair)
    assert (one.aligned is None) == (other.aligned is None)
    if one.aligned is None or other.aligned is None:
        assert one.body == other.body
        return
    assert one.moved
    assert texts_of(form, one.body)[-1] == one.aligned.block
    assert texts_of(form, one.body)[:-1] == texts_of(form, other.body)[:-1]
    block, another = (json.dumps(done.aligned.block) for done in (one, other) if done.aligned)
    assert json.dumps(one.body).replace(block, "") == json.dumps(other.body).replace(another, "")
    assert json.dumps(one.body).count(block) == 1


@every_form
@given(pair=twins(), chat=chats())
@settings(max_examples=80, deadline=None)
def test_nothing_is_lost_and_nothing_else_is_said(
    form: Form, pair: tuple[tuple[str, str], tuple[str, str]], chat: list[dict[str, Any]]
) -> None:
    body = made(form, [*chat[1:], *ASKED], *pair[0])
    done = prepared(form, body)
    if done.aligned is None:
        assert done.body is body
        return
    *texts, block = texts_of(form, done.body)
    _, _, *lines, _ = block.split("\n")
    told = dict(line.split(" = ") for line in lines)
    assert list(told.items()) == [(value.placeholder, value.text) for value in done.aligned.values]
    original = texts_of(form, body)
    assert not any(placeholder in text for placeholder in told for text in original)
    for placeholder, value in told.items():
        texts = [text.replace(placeholder, value) for text in texts]
        assert any(value in text for text in original)
    assert texts == original


@every_form
@given(pair=twins())
@settings(max_examples=40, deadline=None)
def test_what_is_aligned_once_stays_as_it_is(form: Form, pair: tuple[tuple[str, str], tuple[str, str]]) -> None:
    once = prepared(form, made(form, ASKED, *pair[0])).body
    again = prepared(form, once)
    assert again.body is once
    assert again.aligned is None


@every_form
def test_equal_values_share_a_placeholder_and_each_kind_has_its_numbers(form: Form) -> None:
    first, second = "2026-01-05 14:03:22", "2026-01-05 14:05:00"
    body = made(form, ASKED, f"At {second} and {first}, in /tmp/ab12cd34 at {first}.", f"Since {first}.")
    *texts, _ = texts_of(form, prepared(form, body).body)
    assert texts[:2] == ["Since <time-1>.", "At <time-2> and <time-1>, in <path-1> at <time-1>."]


@every_form
def test_a_request_without_such_values_is_left_as_it_is(form: Form) -> None:
    body = made(form, ASKED, "Today is 2026-01-05. You are claude-sonnet-4-5-20250929 at 10.0.0.1:8080.")
    assert prepared(form, body).body is body


@every_form
@pytest.mark.parametrize("aligner", ["off", "detect"])
def test_nothing_is_moved_unless_that_is_asked_for(form: Form, aligner: str) -> None:
    body = made(form, ASKED, "Now: 2026-01-05 14:03:22")
    done = prepared(form, body, aligner=aligner)
    assert done.body is body
    assert not done.moved
    assert (done.aligned is None) == (aligner == "off")


@every_form
def test_nothing_is_moved_where_the_model_goes_on_from_its_own_words(form: Form) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
    body = made(form, [*ASKED, {"role": "assistant", "content": "It is", "tool_calls": [call]}], "2026-01-05 14:03:22")
    done = prepared(form, body)
    assert done.body is body
    assert not done.moved


@every_form
def test_values_of_low_confidence_are_moved_where_all_are(form: Form) -> None:
    body = made(form, ASKED, "12:03:22 INFO ready")
    assert prepared(form, body).body is body
    assert texts_of(form, prepared(form, body, aligner_confidence="all").body)[1] == "<time-1> INFO ready"


@every_form
def test_data_is_no_prompt(form: Form) -> None:
    log = "\n".join(f"2026-01-05 14:{minute:02}:00 ready" for minute in range(50))
    body = made(form, ASKED, log, "Now: 2026-01-05 14:03:22")
    assert texts_of(form, prepared(form, body).body)[:2] == ["Now: <time-1>", log]


def test_many_values_take_no_longer_each_than_few() -> None:
    def seconds(tools: int) -> float:
        described = [{"name": "x", "description": f"At 2026-01-05 14:03:22.{at:06}."} for at in range(tools)]
        body = {"tools": [{"type": "function", "function": one} for one in described], "messages": ASKED}
        times = []
        for _ in range(3):
            began = time.process_time()
            aligned = align(ChatForm.wire, body, "high")
            times.append(time.process_time() - began)
            assert aligned is not None
            assert len(aligned.values) == tools
        return min(times)

    assert seconds(4000) < 80 * seconds(200)


@every_form
def test_what_a_schema_says_about_values_stays(form: Form) -> None:
    at = "2026-01-05 14:03:22"
    body = made(form, ASKED, "You help.")
    (schema,) = form.wire.schemas(body)
    when = {"type": "string", "description": f"Not before {at}", "default": at, "pattern": at, "enum": [at]}
    given = {"type": "object", "properties": {"when": when}, "default": {"description": at}}
    done = prepared(form, replaced(body, {schema: given}))
    assert value_at(done.body, schema) == {
        **given,
        "properties": {"when": {**when, "description": "Not before <time-1>"}},
    }


@every_form
def test_messages_stay_as_they_are(form: Form) -> None:
    body = made(form, [{"role": "user", "content": "It is 2026-01-05 14:03:22"}], "You help.")
    assert prepared(form, body).body is body


@every_form
@given(seed=st.integers(), marked=st.lists(st.sampled_from(["5m", "1h", None]), min_size=3, max_size=3))
@settings(max_examples=40, deadline=None)
def test_shuffled_tools_come_in_one_order(form: Form, seed: int, marked: list[str | None]) -> None:
    body = form.wire.declare(form.body(ASKED))
    (definition, _), (schema, _) = form.wire.definitions(body), form.wire.schemas(body)
    listed = definition[: max(at for at, step in enumerate(definition) if isinstance(step, int))]
    ours = value_at(body, listed)[1]
    shape = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}}, "required": ["b", "a"]}
    tools = [
        value_at(replaced(body, {(*definition, "name"): name, schema: shape}), listed)[0]
        for name in ("zip", "bash", "mail")
    ]
    generator = random.Random(seed)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in generator.sample(list(value), len(value))}
        return value

    def given_as(order: Sequence[Any]) -> dict[str, Any]:
        marks = [{"cache_control": {**MARK, "ttl": ttl}} if ttl else {} for ttl in marked]
        return replaced(body, {listed: [*({**tool, **mark} for tool, mark in zip(order, marks, strict=True)), ours]})

    first = prepared(form, given_as(tools), align_tools=True).body
    again = prepared(form, given_as([shuffled(tool) for tool in generator.sample(tools, 3)]), align_tools=True).body
    assert json.dumps(first) == json.dumps(again)
    assert form.wire.tool_names(first) == ["bash", "mail", "zip", NAME]
    assert [tool.get("cache_control", {}).get("ttl") for tool in value_at(first, listed)] == [*marked, None]
    unmarked = [{key: tool[key] for key in tool if key != "cache_control"} for tool in value_at(first, listed)]
    assert sorted(map(_plain, unmarked)) == sorted(map(_plain, [*tools, ours]))
    assert json.dumps(prepared(form, given_as(tools)).body) == json.dumps(given_as(tools))


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@every_form
def test_only_anthropic_s_api_gets_breakpoints(form: Form) -> None:
    body = made(form, ASKED, "You help.")
    assert ("cache_control" in json.dumps(prepared(form, body, auto_cache_control=True).body)) == (
        type(form) is MessagesForm
    )


@given(chat=chats())
@settings(max_examples=60, deadline=None)
def test_breakpoints_stand_behind_what_the_next_request_has_too(chat: list[dict[str, Any]]) -> None:
    form = MessagesForm()
    body = made(form, [*chat[1:], *ASKED], "Now: 2026-01-05 14:03:22")
    done = prepared(form, body, auto_cache_control=True)
    assert json.dumps(done.body).count("cache_control") == 2 + min(
        2, [m["role"] for m in body["messages"]].count("user")
    )
    assert done.body["tools"][-1]["cache_control"] == MARK
    assert done.body["system"] == [{"type": "text", "text": "Now: <time-1>", "cache_control": MARK}]
    *_, last, tail = done.body["messages"][-1]["content"]
    assert (last["cache_control"], tail.get("cache_control")) == (MARK, None)
    assert prepared(form, body).body["system"] == "Now: <time-1>"


@pytest.mark.parametrize("field", ["tools", "system", "messages", "nested", "automatic"])
def test_where_the_client_sets_breakpoints_it_sets_all(field: str) -> None:
    form = MessagesForm()
    block = {"type": "text", "text": "one", "cache_control": MARK}
    result: Any = {"type": "tool_result", "tool_use_id": "t", "content": [block]}
    bodies: dict[str, dict[str, Any]] = {
        "tools": {"tools": [{"name": "bash", "input_schema": {}, "cache_control": MARK}]},
        "system": {"system": [block]},
        "messages": {"messages": [{"role": "user", "content": [block]}]},
        "nested": {"messages": [{"role": "user", "content": [result]}]},
        "automatic": {"cache_control": MARK},
    }
    body = {**made(form, ASKED, "You help."), **bodies[field]}
    assert prepared(form, body, auto_cache_control=True).body is body


def test_a_breakpoint_goes_to_the_last_block_that_may_have_one() -> None:
    form = MessagesForm()
    empty, said = {"type": "text", "text": " \n"}, {"type": "text", "text": "one"}
    tools: list[Any] = [{"name": "a", "input_schema": {}}, {"name": "b", "input_schema": {}, "defer_loading": True}]
    body: dict[str, Any] = {"messages": [{"role": "user", "content": [said, empty]}], "tools": tools, "system": " "}
    done = prepared(form, body, auto_cache_control=True).body
    assert done["messages"][0]["content"] == [{**said, "cache_control": MARK}, empty]
    assert done["tools"] == [{**tools[0], "cache_control": MARK}, tools[1]]
    assert done["system"] == " "


def asked(system: str, chat: Sequence[dict[str, Any]] = ASKED) -> dict[str, Any]:
    return made(ChatForm(), chat, system)


def engine_of(**given: Any) -> tuple[Engine, Exchange]:
    engine = Engine(load_settings({"worker_processes": 0, **given}), MemoryStore())
    return engine, Exchange(ChatForm.wire, "acompletion", "tenant")


RULES = "\n" + "Be brief, and say what you do. " * 100
SAID = [*ASKED, {"role": "assistant", "content": "Noon. " * 200}, *ASKED]


async def test_what_values_cost_is_counted() -> None:
    engine, exchange = engine_of()
    for at in ("14:03:22", "14:03:22", "14:03:25"):
        assert not (await engine.compress(exchange, asked(f"Now: 2026-01-05 {at}{RULES}"))).get("messages")
    assert engine.counters.get("volatile_values", cause="time") == 3
    assert engine.counters.get("fail_open", cause="prompt") == 0
    rules = len(RULES) // 4
    # What the user has said counts as well: this conversation is known.
    assert rules < engine.counters.get("volatile_tokens", cause="lost") < rules + 10


async def test_prompts_that_are_alike_by_chance_are_prepared_too() -> None:
    engine, exchange = engine_of()
    one, other = "2026-01-05 14:03:22", "2026-01-05 14:03:25"
    for system in (f"<time-1> {one}", f"{one} {other}"):
        await engine.compress(exchange, asked(system))
    assert engine.counters.get("volatile_values", cause="time") == 3
    assert engine.counters.get("fail_open", cause="prompt") == 0


async def test_a_conversation_that_goes_on_is_lost_as_far_as_it_was_sent() -> None:
    engine, exchange = engine_of()
    said = len(RULES) // 4
    for at, chat in (("14:03:22", ASKED), ("14:03:25", SAID)):
        await engine.compress(exchange, asked(f"Now: 2026-01-05 {at}{RULES}", chat))
    assert said < engine.counters.get("volatile_tokens", cause="lost") < said + 10
    await engine.compress(exchange, asked(f"Now: 2026-01-05 14:03:28{RULES}", SAID))
    assert engine.counters.get("volatile_tokens", cause="lost") > 2 * said + 300


async def test_conversations_that_keep_their_values_lose_nothing_beside_each_other() -> None:
    engine, exchange = engine_of()
    for _ in range(3):
        for number in (1, 2):
            chat = [{"role": "user", "content": f"I am number {number}."}]
            await engine.compress(exchange, asked(f"Session ID: abcd123{number}{RULES}", chat))
    assert engine.counters.get("volatile_tokens", cause="lost") == len(RULES) // 4


async def test_what_moving_gains_is_counted() -> None:
    engine, exchange = engine_of(aligner="move")
    for at in ("14:03:22", "14:03:25"):
        sent = await engine.compress(exchange, asked(f"Now: 2026-01-05 {at}{RULES}"))
        assert at in sent["messages"][-1]["content"]
        assert at not in sent["messages"][0]["content"]
    assert engine.counters.get("volatile_tokens", cause="kept") > len(RULES) // 4
    assert engine.counters.get("volatile_tokens", cause="lost") == 0


async def test_only_what_is_sent_is_prepared() -> None:
    engine, exchange = engine_of(aligner="move", mode="audit")
    assert await engine.compress(exchange, asked("Now: 2026-01-05 14:03:22")) == {}
    assert engine.counters.get("volatile_values", cause="time") == 0


@every_form
@pytest.mark.parametrize(("system", "description"), [(400_000, 1), (1, 400_000)])
async def test_a_long_prompt_is_prepared_off_the_event_loop(
    form: Form, system: int, description: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def watched(*given: Any, **more: Any) -> Prepared:
        threads.append(threading.current_thread())
        return prepare(*given, **more)

    monkeypatch.setattr(engines, "prepare", watched)
    engine, _ = engine_of()
    await engine.compress(
        Exchange(form.wire, next(iter(form.wire.call_types)), "tenant"), made(form, ASKED, "You help.")
    )
    body = made(form, ASKED, "x" * system, "x" * description)
    await engine.compress(Exchange(form.wire, next(iter(form.wire.call_types)), "tenant"), body)
    assert [thread is threading.main_thread() for thread in threads] == [True, False]


async def test_a_prompt_that_cannot_be_prepared_goes_out_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret content")

    monkeypatch.setattr(engines, "prepare", broken)
    engine, exchange = engine_of(aligner="move")
    sent = await engine.compress(exchange, asked("Now: 2026-01-05 14:03:22"))
    assert exchange.wire.tool_names(sent) == ["bash", NAME]
    assert engine.counters.get("fail_open", cause="prompt") == 1


def test_what_is_told_holds_no_value_to_find_but_those_that_were_moved() -> None:
    done = prepared(ChatForm(), asked("Now: 2026-01-05 14:03:22"))
    assert done.aligned is not None
    assert len(find(done.aligned.block)) == len(done.aligned.values)
    assert Messages().say_last({"messages": []}, done.aligned.block) is None
