"""The two sides of a request, with the provider replaced by a function."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from headroom_litellm import rewriter
from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.tool import NAME
from headroom_litellm.engine import Engine
from headroom_litellm.exchange import Exchange
from headroom_litellm.fold import Fold
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore
from headroom_litellm.wire import Messages
from headroom_litellm.wire.sse import write_event

from .conversations import MESSAGES_TOOLS

ROWS = json.dumps([{"id": number * 7919 % 1009, "size": number * 104729 % 10007} for number in range(3000)])


def body(*, stream: bool = False) -> dict[str, Any]:
    use = {"type": "tool_use", "id": "t", "name": "api", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": ROWS}
    messages = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    return {"model": "m", "messages": messages, "tools": MESSAGES_TOOLS, "stream": stream}


def made(**settings: Any) -> tuple[Engine, Exchange]:
    settings = {"worker_processes": 0, **settings}
    return Engine(load_settings(settings), MemoryStore()), Exchange(Messages(), "anthropic_messages", "tenant")


def said(*blocks: dict[str, Any]) -> dict[str, Any]:
    stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    return {"role": "assistant", "content": list(blocks), "stop_reason": stop, "usage": {"output_tokens": 5}}


def text(content: str) -> dict[str, Any]:
    return {"type": "text", "text": content}


def retrieve(key: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": "r", "name": NAME, "input": {"hash": key}}


async def test_originals_are_stored_for_later_requests_without_waiting() -> None:
    engine, exchange = made()
    sent = await engine.compress(exchange, body())
    assert set(sent) == {"messages", "tools"}
    assert sent["tools"][-1]["name"] == NAME
    await engine.outbox.drain()
    assert await engine.store.get("tenant", key_of(ROWS)) == ROWS.encode()
    assert engine.counters.get("originals_stored") == 1


async def test_originals_are_not_written_again_at_every_turn() -> None:
    engine, exchange = made()
    for _ in range(3):
        await engine.compress(exchange, body())
        await engine.outbox.drain()
    assert engine.counters.get("originals_stored") == 1


async def test_a_failing_compression_lets_the_request_go_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret content")

    monkeypatch.setattr(rewriter, "carry_on", broken)
    engine, exchange = made()
    assert await engine.compress(exchange, body()) == {}
    assert not exchange.intercepts
    assert engine.counters.get("fail_open", cause="compress") == 1


async def test_a_missed_deadline_lets_the_request_go_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []

    def slow(_: Any, __: Any, cancelled: Any) -> None:
        while not cancelled():
            time.sleep(0.001)
        stopped.append(True)

    monkeypatch.setattr(rewriter, "carry_on", slow)
    engine, exchange = made(deadline_seconds=0.02)
    assert await engine.compress(exchange, body()) == {}
    assert engine.counters.get("fail_open", cause="compress") == 1
    for _ in range(200):
        if stopped:
            break
        await asyncio.sleep(0.005)
    assert stopped, "work that nobody waits for goes on"


async def test_a_conversation_too_long_for_one_deadline_gets_through_at_the_next_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = Fold.step

    def slow(fold: Fold, role: Any, segment: Any) -> None:
        time.sleep(0.05)
        step(fold, role, segment)

    monkeypatch.setattr(Fold, "step", slow)
    engine, _ = made(deadline_seconds=0.12)
    long = body()
    said = ({"role": "user", "content": f"turn {number} " + "and so on " * 200} for number in range(8))
    long["messages"] = [*said, *long["messages"]]
    attempts = 1
    while not await engine.compress(Exchange(Messages(), "anthropic_messages", "tenant"), long) and attempts < 20:
        attempts += 1
        await asyncio.sleep(0.08)
    assert 1 < attempts < 20


async def test_the_deadline_holds_while_the_store_hangs() -> None:
    class Hanging(MemoryStore):
        async def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, bytes]:
            await asyncio.Event().wait()
            raise AssertionError

    engine = Engine(load_settings({"worker_processes": 0, "deadline_seconds": 0.1}), Hanging())
    exchange = Exchange(Messages(), "anthropic_messages", "tenant")
    request = body()
    request["messages"] = [*request["messages"], said(text("Done.")), {"role": "user", "content": "And now?"}]
    assert await asyncio.wait_for(engine.compress(exchange, request), 20) == {}
    assert engine.counters.get("fail_open", cause="compress") == 1


async def test_originals_of_nobody_are_not_stored() -> None:
    engine, _ = made()
    exchange = Exchange(Messages(), "anthropic_messages", "")
    assert await engine.compress(exchange, body())
    await engine.outbox.drain()
    assert (await engine.store.stats()).entries == 0
    assert key_of(ROWS) in exchange.originals


async def test_failures_are_logged_without_content(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(ROWS)

    monkeypatch.setattr(rewriter, "carry_on", broken)
    engine, exchange = made()
    await engine.compress(exchange, body())
    assert "RuntimeError" in caplog.text
    assert "size" not in caplog.text


async def test_audit_counts_and_changes_nothing() -> None:
    engine, exchange = made(mode="audit")
    assert await engine.compress(exchange, body()) == {}
    assert engine.counters.get("tokens_saved") > 0
    assert not exchange.intercepts


async def test_a_request_without_tools_gets_none() -> None:
    engine, exchange = made()
    plain = {"messages": [{"role": "user", "content": "hi"}]}
    assert await engine.compress(exchange, plain) == {}


async def test_a_client_with_a_retrieve_tool_of_its_own_keeps_it() -> None:
    engine, exchange = made()
    request = body()
    request["tools"] = [*request["tools"], {"name": f"mcp__x__{NAME}", "input_schema": {}}]
    sent = await engine.compress(exchange, request)
    assert "tools" not in sent
    assert not exchange.intercepts
    assert exchange.originals == {}


async def test_retrievals_may_be_left_to_the_client() -> None:
    engine, exchange = made(handle_responses=False)
    sent = await engine.compress(exchange, body())
    assert sent["tools"][-1]["name"] == NAME
    assert not exchange.intercepts


async def test_a_retrieval_is_answered_and_the_final_answer_handed_on() -> None:
    engine, exchange = made()
    sent = await engine.compress(exchange, body())
    calls: list[Mapping[str, Any]] = []

    async def reenter(changed: Mapping[str, Any]) -> Any:
        calls.append(changed)
        return said(text("done"))

    first = said(text("let me see"), retrieve(key_of(ROWS)))
    final = await engine.complete(exchange, body(), first, reenter)
    assert final["content"] == [text("let me see"), text("done")]
    assert (final["stop_reason"], final["usage"]) == ("end_turn", {"output_tokens": 10})
    assert calls[0]["messages"][: len(sent["messages"])] == sent["messages"]
    assert calls[0]["messages"][-1]["content"][0]["content"] == ROWS
    assert calls[0]["tools"] == sent["tools"]


async def test_a_response_without_retrievals_is_the_same_object() -> None:
    engine, exchange = made()
    await engine.compress(exchange, body())
    response = said(text("hello"))

    async def reenter(_: Mapping[str, Any]) -> Any:
        raise AssertionError

    assert await engine.complete(exchange, body(), response, reenter) is response


async def test_a_failing_follow_up_falls_back_to_the_request_as_it_came() -> None:
    engine, exchange = made()
    await engine.compress(exchange, body())
    calls: list[Mapping[str, Any]] = []

    async def reenter(changed: Mapping[str, Any]) -> Any:
        calls.append(changed)
        if len(calls) == 1:
            raise ConnectionError
        return said(text("from the original"))

    final = await engine.complete(exchange, body(), said(text("hm"), retrieve(key_of(ROWS))), reenter)
    assert final["content"] == [text("hm"), text("from the original")]
    assert calls[1]["messages"] == body()["messages"]
    assert calls[1]["tools"] == MESSAGES_TOOLS
    assert engine.counters.get("fail_open", cause="follow_up") == 1


async def test_a_response_of_an_unknown_shape_is_handed_on() -> None:
    engine, exchange = made()
    await engine.compress(exchange, body())

    async def reenter(_: Mapping[str, Any]) -> Any:
        raise AssertionError

    for response in ("text", 7, {"content": 5}, {"content": [5]}):
        assert await engine.complete(exchange, body(), response, reenter) is response


def events(*blocks: dict[str, Any]) -> list[bytes]:
    out: list[dict[str, Any]] = [{"type": "message_start", "message": {"usage": {"input_tokens": 1}}}]
    for index, block in enumerate(blocks):
        out.append({"type": "content_block_start", "index": index, "content_block": block})
        out.append({"type": "content_block_stop", "index": index})
    stop = said(*blocks)["stop_reason"]
    out.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 5}})
    return [write_event(event) for event in [*out, {"type": "message_stop"}]]


class Stream:
    def __init__(self, items: list[bytes]) -> None:
        self._items = items
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for item in self._items:
            yield item

    async def aclose(self) -> None:
        self.closed = True


async def test_follow_up_streams_are_closed_when_the_client_leaves() -> None:
    engine, exchange = made()
    await engine.compress(exchange, body(stream=True))
    hidden = Stream(events(text("one"), text("two")))

    async def reenter(_: Mapping[str, Any]) -> Any:
        return hidden

    first = Stream(events(retrieve(key_of(ROWS))))
    stream = engine.stream(exchange, body(stream=True), aiter(first), reenter)
    async for item in stream:
        if b"one" in item:
            break
    await stream.aclose()
    assert hidden.closed


async def test_a_splicer_that_breaks_lets_the_stream_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, exchange = made()
    await engine.compress(exchange, body(stream=True))

    class Broken:
        def feed(self, _: Any) -> Any:
            raise KeyError

    monkeypatch.setattr(Messages, "splicer", lambda _: Broken())
    items = events(text("hello"))

    async def reenter(_: Mapping[str, Any]) -> Any:
        raise AssertionError

    got = [item async for item in engine.stream(exchange, body(), aiter(Stream(items)), reenter)]
    assert got == items
    assert engine.counters.get("fail_open", cause="stream") == 1


class Broken(Stream):
    """Raises where an item is due."""

    def __init__(self, items: list[bytes]) -> None:
        super().__init__(items)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for item in self._items:
            yield item
        raise ConnectionError


OVERLOADED = write_event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})


@pytest.mark.parametrize("failed", [Broken([]), Stream([OVERLOADED])], ids=["an error", "an error event"])
async def test_a_follow_up_stream_that_fails_before_it_begins_falls_back(failed: Stream) -> None:
    engine, exchange = made()
    await engine.compress(exchange, body(stream=True))
    streams = [failed, Stream(events(text("from the original")))]
    calls: list[Mapping[str, Any]] = []

    async def reenter(changed: Mapping[str, Any]) -> Any:
        calls.append(changed)
        return streams[len(calls) - 1]

    first = aiter(Stream(events(retrieve(key_of(ROWS)))))
    got = b"".join([item async for item in engine.stream(exchange, body(stream=True), first, reenter)])
    assert b"from the original" in got
    assert b"error" not in got
    assert calls[1]["messages"] == body()["messages"]
    assert failed.closed
    assert engine.counters.get("fail_open", cause="follow_up") == 1


async def test_a_follow_up_stream_that_fails_later_is_passed_on() -> None:
    engine, exchange = made()
    await engine.compress(exchange, body(stream=True))

    async def reenter(_: Mapping[str, Any]) -> Any:
        return Stream([*events(text("one"))[:2], OVERLOADED])

    first = aiter(Stream(events(retrieve(key_of(ROWS)))))
    got = [item async for item in engine.stream(exchange, body(stream=True), first, reenter)]
    assert got[-1] == OVERLOADED
