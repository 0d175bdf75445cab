"""What handlers of the pipeline's events are told, what becomes of their answers, and that they harm no request."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.protect_tool import ProtectTool
from headroom_litellm import SettingsError, display, pipeline
from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.tool import NAME
from headroom_litellm.engine import Engine
from headroom_litellm.events import (
    EVENTS,
    Event,
    InputCached,
    InputCompressed,
    InputReceived,
    InputRemembered,
    InputRouted,
    PostSend,
    PostStart,
    PreSend,
    PreStart,
    Question,
    Replace,
    ResponseReceived,
    Setup,
    Veto,
    decisions,
    handler,
    loading,
    watch,
)
from headroom_litellm.events.lifecycle import Lifecycle
from headroom_litellm.exchange import Exchange
from headroom_litellm.report.counters import Counters
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore

from .conversations import chats
from .forms import FORMS, ChatForm, Form, MessagesForm, Part, every_form
from .test_replay import HISTORY, ROWS, Talk

OnEvent = Callable[[Any], Any]

every_way = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
FILE = "\n".join(f"def function_{number}(value): return value * {number * 7919 % 1009}" for number in range(200))


def made(
    *handlers: OnEvent, form: Form = FORMS[1], stream: bool = False, tenant: str = "tenant", **options: Any
) -> Talk:
    chosen = load_settings({"worker_processes": 0, "event_handler_timeout_seconds": 5, **options})
    counters = Counters()
    named = {f"handler {number}": on_event for number, on_event in enumerate(handlers)}
    return Talk(form, Engine(chosen, MemoryStore(), counters, Lifecycle(named, chosen, counters)), stream, tenant)


class Heard(list[Event]):
    """All that a handler was told, and what it answers to questions of some kinds."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    async def on_event(self, event: Event) -> Any:
        self.append(event)
        return self._answers.get(type(event).__name__)

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self]

    def only(self, kind: type[Any]) -> Any:
        (event,) = (event for event in self if isinstance(event, kind))
        return event


def call(number: int, tool: str, text: str, arguments: str = "{}") -> list[dict[str, Any]]:
    """A tool call and its output."""
    made = {"id": f"call_{number}", "type": "function", "function": {"name": tool, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [made]},
        {"role": "tool", "tool_call_id": f"call_{number}", "content": text},
    ]


def told(talk: Talk) -> Any:
    lifecycle = talk.engine._lifecycle
    assert lifecycle is not None
    return lifecycle.told()


def counted(talk: Talk, name: str, cause: str = "") -> float:
    return talk.engine.counters.get(name, cause=cause)


async def sent(talk: Talk, body: dict[str, Any], model: str = "m") -> dict[str, Any]:
    """The body of a new request as it is sent."""
    wire = talk.form.wire
    exchange = Exchange(wire, list(wire.call_types)[-1], talk.tenant, model=model)
    return {**body, **await talk.engine.compress(exchange, body)}


def forget() -> None:
    """What a process that has just started does not know."""
    pipeline._folds.clear()
    display._renditions.clear()


@every_form
@every_way
async def test_a_request_is_told_from_its_coming_to_its_answer(form: Form, stream: bool) -> None:
    heard = Heard()
    talk = made(heard.on_event, form=form, stream=stream)
    key = key_of(ROWS)
    await talk.ask(talk.body(), [Part("retrieve", key)], [Part("text", "Done.")])
    await told(talk)

    notices = [kind for kind in heard.kinds if not issubclass(kind, Question)]
    assert notices == [Setup, PreStart, InputRemembered, PostStart, PostSend, ResponseReceived]
    questions = [kind for kind in heard.kinds if issubclass(kind, Question)]
    assert questions == [InputReceived, InputRouted, InputCompressed, PreSend]

    received, routed, compressed = heard.only(InputReceived), heard.only(InputRouted), heard.only(InputCompressed)
    request = received.request
    assert request.call_type == list(form.wire.call_types)[-1]
    assert "tenant" not in request.tenant
    assert len(request.tenant) == 16
    assert received.tools == ("bash",)
    assert [segment.text for turn in received.opening for segment in turn.segments] == ["Look into it."]
    assert (received.turns, received.retrievable) == (3, True)
    assert (routed.tool, routed.text, routed.is_error) == ("bash", ROWS, False)
    assert json.loads(routed.arguments) == {}
    assert (routed.kinds, routed.is_exact) == (("json",), False)
    assert (compressed.tool, compressed.text, compressed.kind) == ("bash", ROWS, "json")
    assert (compressed.total, compressed.unit) == (3000, "rows")
    assert compressed.kept < 3000
    assert key in marker.scan(compressed.becomes)
    ready = heard.only(PreSend)
    assert ready.outputs == 1
    assert (ready.tokens_before, ready.tokens_after) == (compressed.tokens_before, compressed.tokens_after)
    assert ready.tokens_after < ready.tokens_before
    assert heard.only(InputRemembered).keys == (key,)
    assert heard.only(PostSend).streamed is stream
    response = heard.only(ResponseReceived)
    assert (response.streamed, response.retrievals, response.rounds) == (stream, 1, 1)
    assert (response.usage is None) is stream
    assert {event.request for event in heard if hasattr(event, "request")} == {request}


async def test_what_was_decided_before_is_told_as_known() -> None:
    heard = Heard()
    talk = made(heard.on_event)
    first = talk.form.body(HISTORY)
    await sent(talk, first)
    later = talk.form.body([*HISTORY, {"role": "user", "content": "More."}, *call(2, "bash", FILE)])
    await sent(talk, later)
    await told(talk)
    cached = heard.only(InputCached)
    assert (cached.turns, cached.outputs, cached.new) == (5, 1, 1)
    assert heard.kinds.count(InputRouted) == 2
    assert [event.text for event in heard if isinstance(event, InputRouted)] == [ROWS, FILE]
    assert heard.kinds.count(InputReceived) == heard.kinds.count(PreSend) == 2
    assert heard.kinds.count(PreStart) == heard.kinds.count(PostStart) == 1


async def test_events_are_frozen_and_all_are_listed() -> None:
    heard = Heard()
    talk = made(heard.on_event)
    for _ in range(2):
        await talk.ask(talk.body(), [Part("text", "Done.")])
    await told(talk)
    assert set(heard.kinds) == set(EVENTS)
    for event in heard:
        for field in fields(event):
            with pytest.raises(FrozenInstanceError):
                setattr(event, field.name, None)


@every_form
@pytest.mark.parametrize("kind", ["InputReceived", "PreSend"])
async def test_a_veto_of_a_request_lets_it_go_out_as_it_came(form: Form, kind: str) -> None:
    talk = made(Heard(**{kind: Veto("no")}).on_event, form=form)
    exchange = Exchange(form.wire, list(form.wire.call_types)[-1], "tenant")
    assert await talk.engine.compress(exchange, talk.body()) == {}
    assert not exchange.intercepts
    assert counted(talk, "fail_open", "compress") == 0
    assert counted(talk, "handler_answers", kind) == 1


@every_form
@pytest.mark.parametrize("kind", ["InputRouted", "InputCompressed"])
async def test_a_veto_of_an_output_leaves_it_and_no_other(form: Form, kind: str) -> None:
    def protects(event: Event) -> Veto | None:
        return Veto() if type(event).__name__ == kind and getattr(event, "tool", "") == "db" else None

    rows = json.dumps([{"name": f"row {number}", "at": number * 7919 % 1009} for number in range(2000)])
    chat = [*HISTORY[:1], *call(1, "bash", ROWS), *call(2, "db", rows), *call(3, "bash", FILE), *call(4, "db", rows)]
    talk = made(protects, form=form)
    body = talk.form.body(chat)
    results = talk.results(await sent(talk, body))
    assert results[1] == results[3] == rows
    assert len(results[0]) < len(ROWS) / 2
    again = talk.results(await sent(talk, body))
    assert again == results


async def test_what_stands_behind_a_vetoed_output_refers_to_it_as_it_is() -> None:
    """The lines of the first output are in view again, so the second can point at all of them."""

    def protects(event: Event) -> Veto | None:
        return Veto() if isinstance(event, InputCompressed) and event.call_id == "call_1" else None

    lines = [f"2024-05-01 10:00:{n % 60:02d} INFO step {n} took {n * 31 % 997} ms" for n in range(900)]
    log, part = "\n".join(lines), "\n".join(lines[500:515])
    chat = [*HISTORY[:1], *call(1, "bash", log), *call(2, "bash", part)]
    plain = made(lambda _: None)
    first, second = plain.results(await sent(plain, plain.form.body(chat)))
    assert len(first) < len(log) / 2
    assert "step 507" in second
    talk = made(protects)
    for _ in range(2):
        first, second = talk.results(await sent(talk, talk.form.body(chat)))
        assert first == log
        assert "step 507" not in second


async def test_what_was_vetoed_is_not_compressed_again_at_every_turn() -> None:
    talk = made(Heard(InputCompressed=Veto()).on_event)
    rewrite, times = talk.engine.rewriter.rewrite, []

    async def counting(*arguments: Any, **options: Any) -> Any:
        times.append(1)
        return await rewrite(*arguments, **options)

    talk.engine.rewriter.rewrite = counting  # type: ignore[method-assign]
    for expected in (2, 1):
        times.clear()
        assert talk.results(await sent(talk, talk.body())) == [ROWS]
        assert len(times) == expected


async def test_a_handler_may_show_a_text_of_its_own() -> None:
    talk = made(Heard(InputRouted=Replace("3000 rows, none of them odd.")).on_event)
    exchange = Exchange(talk.form.wire, "anthropic_messages", "tenant")
    body = talk.body()
    (result,) = talk.results({**body, **await talk.engine.compress(exchange, body)})
    text, _, footer = result.partition("\n")
    assert text == "3000 rows, none of them odd."
    assert marker.scan(footer) == [key_of(ROWS)]
    assert exchange.originals == {key_of(ROWS): ROWS}
    await talk.engine.outbox.drain()
    assert await talk.engine.store.get("tenant", key_of(ROWS)) == ROWS.encode()


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        pytest.param("short", False, id="the model cannot retrieve"),
        pytest.param(ROWS + ROWS, True, id="it is longer"),
        pytest.param("see hash=0123456789abcdef01234567", True, id="it carries a marker"),
        pytest.param("cut in half: \ud83d", True, id="it cannot be sent"),
    ],
)
async def test_a_text_that_may_not_stand_there_is_passed_over(text: str, tools: bool) -> None:
    results = []
    for answer in (Replace(text), None):
        talk = made(Heard(InputRouted=answer).on_event)
        body = talk.body()
        if not tools:
            del body["tools"]
        forget()
        results.append(talk.results(await sent(talk, body)))
    assert results[0] == results[1]


@pytest.mark.parametrize("ask", ["sync", "async", "object", "callable object"])
async def test_handlers_of_every_make_decide(ask: str) -> None:
    threads = []

    def decides(event: Event) -> Veto | None:
        threads.append(threading.current_thread())
        return Veto() if isinstance(event, InputRouted) else None

    class Decides:
        async def __call__(self, event: Event) -> Veto | None:
            return decides(event)

    made_of: dict[str, Any] = {
        "sync": decides,
        "async": Decides().__call__,
        "object": ProtectTool("bash").on_pipeline_event,
        "callable object": Decides(),
    }
    talk = made(made_of[ask])
    assert talk.results(await sent(talk, talk.body())) == [ROWS]
    assert (threading.main_thread() in threads) is (ask not in ("sync", "object"))


async def test_of_several_handlers_the_first_that_answers_decides_and_all_are_asked() -> None:
    first, second, third = Heard(), Heard(InputRouted=Replace("Rows.")), Heard(InputRouted=Veto())
    talk = made(first.on_event, second.on_event, third.on_event)
    (result,) = talk.results(await sent(talk, talk.body()))
    assert result.startswith("Rows.\n")
    assert first.kinds.count(InputRouted) == second.kinds.count(InputRouted) == third.kinds.count(InputRouted) == 1


async def harmless(on_event: OnEvent, **options: Any) -> Talk:
    """The handler makes no difference, and does not hold up requests."""
    plain = made(lambda _: None)
    wanted = await sent(plain, plain.body())
    talk = made(on_event, **options)
    began = time.monotonic()
    for _ in range(3):
        assert await sent(talk, talk.body()) == wanted
    assert time.monotonic() - began < 5
    assert counted(talk, "fail_open", "compress") == 0
    return talk


def raises(_: Event) -> None:
    raise RuntimeError(ROWS)


async def raises_later(_: Event) -> None:
    await asyncio.sleep(0)
    raise RuntimeError(ROWS)


def exits(_: Event) -> None:
    raise SystemExit


async def exits_later(_: Event) -> None:
    raise SystemExit


async def cancels(_: Event) -> None:
    raise asyncio.CancelledError


def answers_nonsense(_: Event) -> Any:
    return ROWS


def replaces_by_nothing(event: Event) -> Any:
    return Replace(None) if isinstance(event, Question) else raises(event)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "on_event", [raises, raises_later, exits, exits_later, cancels, answers_nonsense, replaces_by_nothing]
)
async def test_a_failing_handler_harms_nothing(on_event: OnEvent, caplog: pytest.LogCaptureFixture) -> None:
    talk = await harmless(on_event)
    await told(talk)
    assert counted(talk, "handler_call_failures", "error") >= 3
    assert "handler 0 fails" in caplog.text
    assert '"size"' not in caplog.text


async def test_a_handler_that_keeps_failing_is_rested(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(handler, "_REST", 0.2)
    calls = []

    async def fails(event: Event) -> None:
        calls.append(event)
        if len(calls) <= 3:
            raise RuntimeError

    talk = made(fails)
    for number in range(4):
        await sent(talk, talk.form.body([*HISTORY, *call(number + 2, "bash", f"{number} {FILE}")]))
    await told(talk)
    assert len(calls) == 3
    assert counted(talk, "handler_breaker", "opened") == 1
    assert counted(talk, "handler_call_failures", "held_back") > 5
    await asyncio.sleep(0.3)
    await sent(talk, talk.body())
    await told(talk)
    assert counted(talk, "handler_breaker", "closed") == 1
    assert len(calls) > 3
    assert caplog.text.count("handler 0 fails") == 2, "one line when it begins, and one when it is over"


def sleeps(_: Event) -> Veto:
    time.sleep(0.4)
    return Veto()


async def waits(_: Event) -> Veto:
    await asyncio.sleep(60)
    return Veto()


async def heeds_nothing(_: Event) -> Veto:
    ends = time.monotonic() + 1
    while time.monotonic() < ends:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            continue
    return Veto()


@pytest.mark.parametrize("on_event", [sleeps, waits, heeds_nothing])
async def test_a_slow_handler_is_not_waited_for(on_event: OnEvent) -> None:
    talk = await harmless(on_event, event_handler_timeout_seconds=0.02)
    await told(talk)
    # A notice may be on its way beside a question.
    assert 3 <= counted(talk, "handler_call_failures", "timeout") <= 5
    assert counted(talk, "handler_breaker", "opened") == 1


async def test_of_a_handler_that_never_ends_only_few_calls_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_REST", 0.0)
    over = threading.Event()

    def hangs(_: Event) -> None:
        over.wait(30)

    before = threading.active_count()
    try:
        talk = made(hangs, event_handler_timeout_seconds=0.01)
        for number in range(5):
            await sent(talk, talk.form.body([*HISTORY, *call(number + 2, "bash", f"{number} {FILE}")]))
        await told(talk)
        # A notice may be on its way beside a question.
        assert counted(talk, "handler_calls") <= handler._OVERDUE + 1
        assert threading.active_count() - before < 12
        assert counted(talk, "handler_call_failures", "held_back") > 0
    finally:
        over.set()


async def test_a_late_answer_is_none_and_stays_none() -> None:
    late = [True]

    async def slow_once(event: Event) -> Veto | None:
        if not isinstance(event, InputRouted):
            return None
        if late[0]:
            late[0] = False
            await asyncio.sleep(60)
        return Veto()

    talk = made(slow_once, event_handler_timeout_seconds=0.05)
    body = talk.body()
    first = await sent(talk, body)
    assert len(talk.results(first)[0]) < len(ROWS)
    later = talk.form.body([*HISTORY, *call(2, "bash", FILE)])
    results = talk.results(await sent(talk, later))
    assert results[0] == talk.results(first)[0]
    assert results[1] == FILE


async def test_requests_at_the_same_time_get_the_same_answer() -> None:
    answers = iter([Veto(), None, Veto(), None])

    async def flips(event: Event) -> Veto | None:
        if not isinstance(event, InputRouted):
            return None
        answer = next(answers)
        await asyncio.sleep(0.05)
        return answer

    talk = made(flips)
    one, two = await asyncio.gather(sent(talk, talk.body()), sent(talk, talk.body()))
    assert one == two


async def test_questions_are_asked_by_tenant_and_model() -> None:
    heard = Heard()
    talk = made(heard.on_event)
    for tenant, model in (("a", "m"), ("a", "m"), ("b", "m"), ("a", "n"), ("", "m")):
        talk.tenant = tenant
        await sent(talk, talk.body(), model)
    assert heard.kinds.count(InputRouted) == 4
    asked = [event.request for event in heard if isinstance(event, InputRouted)]
    assert asked[-1].tenant == ""
    assert len({(request.tenant, request.model) for request in asked}) == 4


async def test_notices_beyond_measure_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_NOTICES", 2)
    go_on = asyncio.Event()
    heard = []

    async def slow(event: Event) -> None:
        heard.append(event)
        if not isinstance(event, Question | Setup | PreStart):  # these two the first question waits for
            await go_on.wait()

    talk = made(slow)
    for _ in range(3):
        await sent(talk, talk.body())
    go_on.set()
    await told(talk)
    assert counted(talk, "handler_call_failures", "dropped") > 0


@pytest.mark.parametrize("answer", [Veto("日本" * 1000), Replace("日本" * 1000)], ids=["veto", "replace"])
def test_answers_are_remembered_within_bounds(answer: Veto | Replace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_MOST_BYTES", 100_000)
    known = decisions.Decisions()
    for number in range(100):
        known.settle(bytes([number]), answer)
    kept = sum(known.known(bytes([number])) is not None for number in range(100))
    assert 10 <= kept <= 100_000 // (2 * 2000)


async def test_long_texts_are_digested_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def digest(kind: type[Question], about: tuple[str, ...]) -> bytes:
        threads.append(threading.current_thread())
        return digest_about(kind, about)

    digest_about = decisions.digest_about
    monkeypatch.setattr(decisions, "digest_about", digest)
    monkeypatch.setattr(watch, "digest_about", digest)
    talk = made(Heard().on_event)
    asked = [{"role": "user", "content": f"Look into {FILE * 100}"}]
    await sent(talk, talk.form.body([*asked, *HISTORY[1:], *call(9, "bash", FILE)]))
    assert len(threads) >= 4
    assert threading.current_thread() not in threads


class TestPrefix:
    """What was sent for the first messages is what is sent for them when there are more."""

    @given(chats(), st.sampled_from(FORMS), st.integers(0, 2**32))
    @settings(max_examples=60, deadline=None)
    def test_with_any_handler_that_is_pure(self, chat: list[dict[str, Any]], form: Form, seed: int) -> None:
        def pure(event: Event) -> Any:
            return answer_of(event, random.Random(f"{seed} {key_of(repr(facts(event)))}"))

        asyncio.run(self.assert_extends(chat, form, pure))

    @given(chats(), st.sampled_from(FORMS), st.integers(0, 2**32))
    @settings(max_examples=60, deadline=None)
    def test_with_a_handler_that_changes_its_mind(self, chat: list[dict[str, Any]], form: Form, seed: int) -> None:
        chance = random.Random(seed)

        def flips(event: Event) -> Any:
            if chance.random() < 0.1:
                raise RuntimeError
            return answer_of(event, chance)

        asyncio.run(self.assert_extends(chat, form, flips))

    @given(chats(), st.sampled_from(FORMS), st.integers(0, 2**32))
    @settings(max_examples=40, deadline=None)
    def test_replicas_with_a_pure_handler_send_the_same(
        self, chat: list[dict[str, Any]], form: Form, seed: int
    ) -> None:
        def pure(event: Event) -> Any:
            if isinstance(event, PreSend):  # tells more than what is the same at all turns
                return None
            return answer_of(event, random.Random(f"{seed} {key_of(repr(facts(event)))}"))

        async def compare() -> None:
            warm = made(of_coroutine(pure), form=form)
            for end in range(1, len(chat) + 1):
                body = warm.form.body(chat[:end])
                known = await sent(warm, body)
            forget()
            assert await sent(made(of_coroutine(pure), form=form), body) == known

        if chat:
            asyncio.run(compare())

    async def assert_extends(self, chat: list[dict[str, Any]], form: Form, on_event: OnEvent) -> None:
        talk = made(of_coroutine(on_event), form=form)
        before: list[Any] = []
        for end in range(1, len(chat) + 1):
            items = form.wire.items(await sent(talk, form.body(chat[:end])))
            assert items[: len(before)] == before
            before = items


def facts(event: Event) -> Sequence[Any]:
    """What a pure handler may decide by: of the questions asked at every turn, what is the same at all of them."""
    if isinstance(event, InputReceived | PreSend):
        return (type(event).__name__, event.request, event.tools, event.opening[-1].segments)
    return (event,)


def answer_of(event: Event, chance: random.Random) -> Any:
    if isinstance(event, InputReceived | PreSend):
        return Veto() if chance.random() < 0.1 else None
    if isinstance(event, InputRouted):
        return chance.choice([None, None, Veto(), Replace("Nothing new.")])
    return Veto() if isinstance(event, InputCompressed) and chance.random() < 0.4 else None


def of_coroutine(on_event: OnEvent) -> OnEvent:
    async def called(event: Event) -> Any:
        return on_event(event)

    return called


def test_without_handlers_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "entry_points", lambda group: ())
    engine = Engine.from_settings(load_settings({}))
    assert engine._lifecycle is None
    exchange = Exchange(MessagesForm.wire, "anthropic_messages", "tenant")
    asyncio.run(engine.compress(exchange, MessagesForm().body(HISTORY)))
    assert exchange.sent
    assert exchange.watch is None


async def test_a_handler_that_sets_itself_up_is_asked_nothing_before() -> None:
    ready: list[bool] = []

    async def on_event(event: Event) -> Any:
        if isinstance(event, Setup):
            await asyncio.sleep(0.05)
            ready.append(True)
        return Veto() if ready and isinstance(event, InputRouted | InputReceived) else None

    talk = made(on_event)
    assert await sent(talk, talk.body()) == talk.body()


@every_form
async def test_a_usage_report_is_the_handler_s_own(form: Form) -> None:
    def spoils(event: Event) -> None:
        if isinstance(event, ResponseReceived):
            assert isinstance(event.usage, dict)
            for details in event.usage.values():
                if isinstance(details, dict):
                    details.clear()

    talk = made(spoils, form=form)
    wire = form.wire
    exchange = Exchange(wire, list(wire.call_types)[-1], "tenant")
    await talk.engine.compress(exchange, talk.body())
    response = form.response([Part("text", "Done.")], 1)
    before = repr(wire.usage(response))
    talk.engine.passed_on(exchange, response)
    await told(talk)
    assert counted(talk, "handler_call_failures", "error") == 0
    assert repr(wire.usage(response)) == before


async def test_a_response_of_which_no_usage_can_be_read_reaches_the_client() -> None:
    class Broken:
        def model_dump(self, **_: Any) -> Any:
            raise RuntimeError

    talk = made(Heard().on_event)
    exchange = Exchange(talk.form.wire, "anthropic_messages", "tenant")
    await talk.engine.compress(exchange, talk.body())
    talk.engine.passed_on(exchange, {"content": [], "usage": Broken()})
    assert counted(talk, "fail_open", "response") == 1


async def test_setup_waits_for_an_event_loop() -> None:
    heard = Heard()
    chosen = load_settings({"worker_processes": 0})
    counters = Counters()
    lifecycle = await asyncio.to_thread(Lifecycle, {"one": heard.on_event}, chosen, counters)
    assert heard == []
    talk = Talk(ChatForm(), Engine(chosen, MemoryStore(), counters, lifecycle), stream=False)
    await sent(talk, talk.body())
    await lifecycle.told()
    assert heard.kinds.index(Setup) < heard.kinds.index(PreStart)
    assert heard.only(Setup).settings is chosen


MODULE = """
from headroom_litellm.events import InputRouted, Veto

class Handler:
    def on_pipeline_event(self, event):
        return Veto() if isinstance(event, InputRouted) else None

class Nest:
    handler = Handler()

async def function(event):
    return Veto() if isinstance(event, InputRouted) else None

def on_pipeline_event(event):
    return Veto() if isinstance(event, InputRouted) else None

number = 7
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "handlers_of_a_test.py").write_text(MODULE)
    (tmp_path / "broken_handlers_of_a_test.py").write_text("raise RuntimeError('at import')")
    monkeypatch.syspath_prepend(tmp_path)
    return "handlers_of_a_test"


@pytest.mark.parametrize("name", ["", ":Handler", ":Nest.handler", ":function"])
async def test_handlers_are_found_by_their_import_paths(name: str, module: str) -> None:
    settings = load_settings({"worker_processes": 0, "event_handlers": [f"{module}{name}"]})
    talk = Talk(MessagesForm(), Engine.from_settings(settings), stream=False)
    talk.engine.store = MemoryStore()
    assert talk.results(await sent(talk, talk.body())) == [ROWS]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("no_such_module:handler", "ModuleNotFoundError"),
        ("handlers_of_a_test:nothing", "AttributeError"),
        ("handlers_of_a_test:number", "no on_pipeline_event"),
        ("broken_handlers_of_a_test", "at import"),
        ("", "ValueError"),
    ],
)
def test_a_handler_that_is_not_there_is_an_error_at_the_start(path: str, said: str, module: str) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        Engine.from_settings(load_settings({"event_handlers": [path]}))
    assert f"event_handlers: {path!r}" in str(error.value)


def test_packages_bring_handlers_and_a_broken_one_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ImportError("not installed whole")

    points = {
        "headroom_litellm.event_handlers": [
            SimpleNamespace(name="good", load=lambda: ProtectTool("bash")),
            SimpleNamespace(name="bad", load=broken),
        ]
    }
    monkeypatch.setattr(loading, "entry_points", lambda group: points[group])
    with caplog.at_level(logging.WARNING):
        assert list(loading.from_packages()) == ["good"]
    assert "'bad'" in caplog.text
    assert "not installed whole" in caplog.text


async def test_the_example_protects_one_tool_and_nothing_else() -> None:
    settings = load_settings({"worker_processes": 0, "event_handlers": "examples.protect_tool:handler"})
    talk = Talk(MessagesForm(), Engine.from_settings(settings), stream=False)
    chat = [*HISTORY[:1], *call(1, "get_contract", ROWS), *call(2, "bash", ROWS), *call(3, "get_contract", ROWS)]
    results = talk.results(await sent(talk, talk.form.body(chat)))
    assert results[0] == results[2] == ROWS
    assert len(results[1]) < len(ROWS) / 2


def test_the_retrieve_tool_s_own_results_are_nobody_s_business() -> None:
    heard = Heard()
    talk = made(heard.on_event)
    chat = [*HISTORY[:1], *call(1, NAME, ROWS), *call(2, "bash", "see hash=0123456789abcdef01234567")]
    asyncio.run(sent(talk, talk.form.body(chat)))
    assert InputRouted not in heard.kinds
