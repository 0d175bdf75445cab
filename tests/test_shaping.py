"""Agents' models are asked for concise answers: in the same words on every turn, and not in every conversation."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.prompt.shaping import INSTRUCTION, Assignment, assign, shape
from headroom_litellm.report.arms import HELD_OUT, TREATED
from headroom_litellm.settings import Settings, SettingsError, load_settings
from headroom_litellm.stores import MemoryStore
from tests.forms import FORMS, ChatForm, Form, GeminiForm, MessagesForm, ResponsesForm, every_form

ALL = Settings(output_shaper=True, output_holdout=0)
NONE = Settings(output_shaper=True, output_holdout=1)
HALF = Settings(output_shaper=True, output_holdout=0.5)


def history(
    *, asked: str = "Mend the build.", system: str = "You are an agent.", turns: int = 1
) -> list[dict[str, Any]]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": asked}]
    for turn in range(1, turns):
        call = {
            "id": f"call_{turn}",
            "type": "function",
            "function": {"name": "bash", "arguments": '{"command": "make"}'},
        }
        messages += [
            {"role": "assistant", "content": f"Step {turn}.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"call_{turn}", "content": f"error {turn}"},
        ]
    return messages


def body_of(form: Form, **given_: Any) -> dict[str, Any]:
    body = form.body(history(**given_))
    # A provider that keeps the history is another matter.
    return {**body, "store": False} if isinstance(form, ResponsesForm) else body


def arm(form: Form, body: dict[str, Any], with_: Settings = ALL, tenant: str = "key:a") -> Assignment | None:
    return assign(form.wire, body, form.wire.read(body), tenant=tenant, settings=with_)


async def sent(form: Form, body: dict[str, Any], with_: Settings = ALL, tenant: str = "key:a") -> dict[str, Any]:
    exchange = Exchange(form.wire, next(iter(form.wire.call_types)), tenant)
    return {**body, **await Engine(with_, MemoryStore()).compress(exchange, body)}


@every_form
async def test_the_instruction_is_the_end_of_the_system_prompt(form: Form) -> None:
    body = body_of(form)
    before, after = form.wire.read(body), form.wire.read(await sent(form, body))
    texts = ["\n".join(s.text for r, s in one.segments() if r == "system") for one in (before, after)]
    assert texts[1].startswith(texts[0])
    assert texts[1].endswith(INSTRUCTION)
    users = [[s.text for r, s in one.segments() if r == "user"] for one in (before, after)]
    assert users[0] == users[1]


@every_form
async def test_nobody_is_asked_unless_it_is_set_and_none_that_is_held_out(form: Form) -> None:
    body = body_of(form)
    assert INSTRUCTION not in json.dumps(await sent(form, body, Settings()))
    assert INSTRUCTION not in json.dumps(await sent(form, body, NONE))
    assert INSTRUCTION not in json.dumps(await sent(form, body, Settings(output_shaper=True, mode="audit")))
    found = arm(form, body, NONE)
    assert found is not None
    assert found.arm == HELD_OUT


@every_form
async def test_the_prompt_of_a_turn_is_the_beginning_of_that_of_the_next(form: Form) -> None:
    prompts = [await sent(form, body_of(form, turns=turns)) for turns in (1, 2, 3)]
    for one, next_ in pairwise(prompts):
        items = form.wire.items(one)
        assert form.wire.items(next_)[: len(items)] == items
        rest = [{name: value for name, value in body.items() if name != form.wire.history} for body in (one, next_)]
        assert json.dumps(rest[0]) == json.dumps(rest[1])
    assert INSTRUCTION in json.dumps(prompts[0])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FORMS),
    st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    st.text(st.characters(codec="utf-8")),
    st.integers(1, 6),
)
def test_the_arm_is_that_of_the_conversation_on_every_turn(form: Form, asked: str, system: str, turns: int) -> None:
    first = arm(form, body_of(form, asked=asked, system=system), HALF)
    later = arm(form, body_of(form, asked=asked, system=system, turns=turns), HALF)
    assert first == later


@every_form
def test_times_and_ids_in_the_system_prompt_change_no_arm(form: Form) -> None:
    stamps = [
        "Now: 2026-02-03T04:05:06Z, run 6f9619ff-8b86-d011-b42d-00c04fc964ff.",
        "Now: 2026-02-04T11:12:13Z, run 1-a.",
    ]
    arms = {arm(form, body_of(form, system=f"You are an agent. {stamp} Be good."), HALF) for stamp in stamps}
    assert len(arms) == 1
    assert arms != {arm(form, body_of(form, system="You are a cook."), HALF)}


def test_conversations_fall_into_the_arms_as_often_as_set() -> None:
    form = ChatForm()
    share = Settings(output_shaper=True, output_holdout=0.3)
    found = [arm(form, body_of(form, asked=f"Task {number}."), share) for number in range(4000)]
    assert len({one.conversation for one in found if one}) == 4000
    # Four standard errors.
    assert abs(sum(one is not None and one.arm == HELD_OUT for one in found) / 4000 - 0.3) < 0.03
    # A conversation that is held out at a small share is so at a larger one.
    small = {one.conversation for one in found if one and one.arm == HELD_OUT}
    large = (arm(form, body_of(form, asked=f"Task {number}."), HALF) for number in range(4000))
    assert small < {one.conversation for one in large if one and one.arm == HELD_OUT}


def test_the_same_words_of_two_tenants_are_two_conversations() -> None:
    form = ChatForm()
    one, other = (arm(form, body_of(form), tenant=tenant) for tenant in ("key:a", "key:b"))
    assert one is not None
    assert other is not None
    assert one.conversation != other.conversation


STRUCTURED: list[tuple[Form, dict[str, Any]]] = [
    (ChatForm(), {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}}),
    (ChatForm(), {"response_format": {"type": "json_object"}}),
    (ChatForm(), {"response_format": Settings}),
    (MessagesForm(), {"output_config": {"format": {"type": "json_schema", "schema": {}}}}),
    (MessagesForm(), {"output_format": {"type": "json_schema", "schema": {}}}),
    (ResponsesForm(), {"text": {"format": {"type": "json_schema", "name": "x", "schema": {}}}}),
    (ResponsesForm(), {"text": {"format": {"type": "json_object"}}}),
    (GeminiForm(), {"generationConfig": {"responseSchema": {"type": "OBJECT"}}}),
    (GeminiForm(), {"generationConfig": {"responseMimeType": "application/json"}}),
    (GeminiForm(), {"config": {"response_json_schema": {"type": "object"}}}),
]
PLAIN: list[tuple[Form, dict[str, Any]]] = [
    (ChatForm(), {"response_format": {"type": "text"}}),
    (ChatForm(), {"response_format": None}),
    (MessagesForm(), {"output_config": {"effort": "high"}}),
    (ResponsesForm(), {"text": {"format": {"type": "text"}, "verbosity": "high"}}),
    (GeminiForm(), {"generationConfig": {"responseMimeType": "text/plain", "temperature": 0}}),
]


@pytest.mark.parametrize(("form", "more"), STRUCTURED, ids=str)
async def test_structured_outputs_are_nobodys_business(form: Form, more: dict[str, Any]) -> None:
    body = {**body_of(form), **more}
    assert arm(form, body) is None
    assert arm(form, body, NONE) is None
    assert INSTRUCTION not in json.dumps(await sent(form, body), default=str)


@pytest.mark.parametrize(("form", "more"), PLAIN, ids=str)
def test_plain_text_that_is_asked_for_is_not_structured(form: Form, more: dict[str, Any]) -> None:
    assert arm(form, {**body_of(form), **more}) is not None


@pytest.mark.parametrize(
    "asked",
    [
        "Explain the scheduler in detail.",
        "Explain in great detail how it works.",
        "Write a full report on the outage.",
        "Give me a comprehensive overview.",
        "Write at least 2,000 words about tea.",
        "Write a 500-word essay.",
        "Walk me through it step by step.",
        "An in-depth review, please." + " x" * 9000,
        "x " * 9000 + "Be verbose.",
    ],
)
@every_form
def test_who_asks_for_length_gets_it(form: Form, asked: str) -> None:
    assert arm(form, body_of(form, asked=asked)) is None


@pytest.mark.parametrize(
    "asked",
    [
        "Mend the build.",
        "The details are in NOTES.",
        "Count the words in a.txt.",
        "log " * 4000 + "in detail " + "log " * 4000,
    ],
)
def test_who_does_not_is_not_taken_to(asked: str) -> None:
    assert arm(ChatForm(), body_of(ChatForm(), asked=asked)) is not None


@every_form
def test_a_later_wish_for_length_does_not_change_the_prompt_before_it(form: Form) -> None:
    chat = [*history(turns=2), {"role": "user", "content": "Now explain it in detail."}]
    body = {**form.body(chat), "store": False}
    assert arm(form, body) == arm(form, {**form.body(chat[:2]), "store": False})


@every_form
def test_requests_without_tools_are_left_alone(form: Form) -> None:
    body = {name: value for name, value in body_of(form).items() if name != "tools"}
    assert arm(form, body) is None


def test_where_the_provider_keeps_the_history_nothing_is_shaped() -> None:
    form = ResponsesForm()
    body = form.body(history())
    assert arm(form, {**body, "store": True}) is None
    assert arm(form, {**body, "store": True, "previous_response_id": "resp_1"}) is None


def test_where_the_system_prompt_is_the_providers_nothing_is_shaped() -> None:
    form = GeminiForm()
    assert arm(form, {**body_of(form), "cachedContent": "cachedContents/1"}) is None
    assert arm(form, {**body_of(form), "cachedContent": "cachedContents/1"}, NONE) is None


def test_a_history_without_a_user_has_no_arm() -> None:
    assert arm(ChatForm(), ChatForm().body([{"role": "system", "content": "You are an agent."}])) is None


BOTH = frozenset({"reasoning_effort", "verbosity"})
LOW = Settings(output_shaper=True, output_effort="low", output_verbosity="medium")


def parameters(form: Form, more: dict[str, Any], takes: frozenset[str] = BOTH, with_: Settings = LOW) -> dict[str, Any]:
    shaped = shape(form.wire, {**body_of(form), **more}, with_, takes)
    names = ("reasoning_effort", "verbosity", "reasoning", "text", "thinking", "output_config")
    return {name: shaped[name] for name in names if name in shaped}


def test_effort_and_verbosity_are_set_where_the_model_has_them() -> None:
    assert parameters(ChatForm(), {}) == {"reasoning_effort": "low", "verbosity": "medium"}
    assert parameters(ResponsesForm(), {}) == {"reasoning": {"effort": "low"}, "text": {"verbosity": "medium"}}
    assert parameters(ChatForm(), {}, frozenset({"verbosity"})) == {"verbosity": "medium"}
    assert parameters(ChatForm(), {}, with_=ALL) == {}
    for form in (MessagesForm(), GeminiForm()):
        assert parameters(form, {}) == {}


@pytest.mark.parametrize(
    ("form", "said", "expected"),
    [
        (ChatForm(), {"reasoning_effort": "high"}, {"reasoning_effort": "high", "verbosity": "medium"}),
        (ChatForm(), {"thinking": {"type": "enabled"}}, {"thinking": {"type": "enabled"}}),
        (
            ResponsesForm(),
            {"reasoning": {"effort": "high", "summary": "auto"}, "text": {"format": {"type": "text"}}},
            {
                "reasoning": {"effort": "high", "summary": "auto"},
                "text": {"format": {"type": "text"}, "verbosity": "medium"},
            },
        ),
        (
            ResponsesForm(),
            {"reasoning": {"summary": "auto"}, "text": {"verbosity": "high"}},
            {"reasoning": {"summary": "auto", "effort": "low"}, "text": {"verbosity": "high"}},
        ),
    ],
    ids=str,
)
def test_what_the_client_says_stays(form: Form, said: dict[str, Any], expected: dict[str, Any]) -> None:
    given_ = json.loads(json.dumps(said))
    assert parameters(form, said) == expected
    assert said == given_


async def test_an_engine_counts_what_the_arms_write() -> None:
    engine = Engine(HALF, MemoryStore())
    for number in range(80):
        exchange = Exchange(ChatForm().wire, "acompletion", "key:a")
        await engine.compress(exchange, body_of(ChatForm(), asked=f"Task {number}."))
        assert exchange.assignment is not None
        shaped = exchange.assignment.arm == TREATED
        assert (INSTRUCTION in json.dumps(exchange.sent)) == shaped
        for answers in (1, 0):
            engine.written(
                exchange.assignment.arm, exchange.assignment.conversation, 30 if shaped else 50, answers=answers
            )
    found = engine.output_tokens.difference()
    assert found is not None
    assert found.per_answer.estimate == pytest.approx(40)
    treated, held_out = found.conversations
    assert treated + held_out == 80
    assert engine.counters.get("output_answers", cause=TREATED) == treated
    assert engine.counters.get("output_tokens", cause=HELD_OUT) == 100 * held_out


def test_it_is_set_up_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_OUTPUT_SHAPER", "1")
    monkeypatch.setenv("HEADROOM_OUTPUT_HOLDOUT", "0.25")
    found = load_settings()
    assert (found.output_shaper, found.output_holdout) == (True, 0.25)
    monkeypatch.setenv("HEADROOM_OUTPUT_HOLDOUT", "10")
    with pytest.raises(SettingsError, match="output_holdout"):
        load_settings()


async def test_tools_are_trimmed_unless_that_is_off() -> None:
    form = ChatForm()
    schema = {"type": "object", "properties": {"file_path": {"type": "string", "title": "File Path"}}}
    tools = [{"type": "function", "function": {"name": "bash", "description": "Runs.", "parameters": schema}}]
    body = {**body_of(form), "tools": tools}
    trimmed = await sent(form, body, Settings())
    assert "title" not in json.dumps(trimmed["tools"][0])
    assert (await sent(form, body, Settings(tool_schemas="off")))["tools"][0] is tools[0]
