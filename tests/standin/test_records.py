"""What the server remembers of a request."""

from __future__ import annotations

import json
import time

import httpx
import openai
import pytest

from standin import Pace, Standin

from .common import HI, MODEL, stream_chat


class TestRecords:
    def test_keeps_every_request(self, server: Standin, chat: openai.OpenAI) -> None:
        before = time.time()
        chat.chat.completions.create(model=MODEL, messages=HI, extra_headers={"X-Test": "1"})
        with pytest.raises(openai.BadRequestError):
            chat.chat.completions.create(model="other", messages=[])
        first, second = server.wait_for(2)
        assert json.loads(first.raw) == first.body == {"model": MODEL, "messages": HI}
        assert first.headers["x-test"] == "1"
        assert first.path == "/v1/chat/completions"
        assert first.ended is not None
        assert before <= first.arrived <= first.ended <= time.time()
        assert (first.status, second.status) == (200, 400)
        assert server.requests_of("other") == [second]
        assert not first.disconnected

    def test_sees_the_client_leave_a_stream(self, server: Standin, chat: openai.OpenAI) -> None:
        server.pace(Pace(token_ms=20), model=MODEL)
        server.say("word " * 500, model=MODEL)
        with chat.chat.completions.create(model=MODEL, messages=HI, stream=True) as stream:
            next(iter(stream))
        (request,) = server.wait_for(1)
        assert request.disconnected
        assert request.events_sent < 100

    def test_a_stream_read_to_its_end_is_no_disconnect(self, server: Standin, chat: openai.OpenAI) -> None:
        for _ in range(20):
            stream_chat(chat)
        assert not any(request.disconnected for request in server.wait_for(20))

    def test_refuses_what_is_not_json(self, server: Standin) -> None:
        answer = httpx.post(f"{server.url}/v1/messages", content=b"{")
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert server.requests[0].raw == b"{"
