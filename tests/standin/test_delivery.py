"""How answers are paced, cut and broken off."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import httpx
import openai
import pytest

from standin import Pace, Reply, Standin, ToolUse

from .common import HI, MODEL, joined, stream_chat


class TestDelivery:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
    def test_any_chunk_size_gives_the_same_stream(self, server: Standin, size: int) -> None:
        server.pace(Pace(chunk_bytes=size), model=MODEL)
        server.say(Reply("世界 🌍 ok", ToolUse("shell", {"cmd": "é"})), model=MODEL)
        body = {"model": MODEL, "max_tokens": 9, "messages": HI, "stream": True}
        with httpx.stream("POST", f"{server.url}/v1/messages", json=body) as response:
            chunks = list(response.iter_raw())
        assert {len(chunk) for chunk in chunks[:-1]} <= {size}
        assert len(chunks[-1]) <= size
        assert b"".join(chunks).endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')

    def test_the_clients_read_a_stream_of_single_bytes(
        self, server: Standin, chat: openai.OpenAI, claude: anthropic.Anthropic
    ) -> None:
        server.pace(Pace(chunk_bytes=1))
        server.say("世界 🌍", "世界 🌍")
        assert joined(stream_chat(chat)) == "世界 🌍"
        with claude.messages.stream(model=MODEL, max_tokens=9, messages=HI) as stream:
            assert stream.get_final_text() == "世界 🌍"

    def test_cuts_at_given_offsets_and_nowhere_else(self, server: Standin) -> None:
        server.pace(Pace(cut_at=(5, 6, 200)), model=MODEL)
        body = {"model": MODEL, "messages": HI, "stream": True}
        with httpx.stream("POST", f"{server.url}/v1/chat/completions", json=body) as response:
            sizes = [len(chunk) for chunk in response.iter_raw()]
        assert sizes[:3] == [5, 1, 194]
        assert len(sizes) == 4

    def test_waits_between_tokens(self, server: Standin, chat: openai.OpenAI) -> None:
        server.pace(Pace(first_token_ms=150, token_ms=30), model=MODEL)
        server.say("a b c d", "a b c d", model=MODEL)
        for stream in (True, False):
            start = time.monotonic()
            if stream:
                stream_chat(chat)
            else:
                chat.chat.completions.create(model=MODEL, messages=HI)
            assert 0.24 <= time.monotonic() - start < 1

    def test_adds_no_delay_of_its_own(self, chat: openai.OpenAI) -> None:
        chat.chat.completions.create(model=MODEL, messages=HI)
        start = time.monotonic()
        for _ in range(20):
            chat.chat.completions.create(model=MODEL, messages=HI)
        assert (time.monotonic() - start) / 20 < 0.03

    def test_breaks_the_connection_after_some_events(self, server: Standin, claude: anthropic.Anthropic) -> None:
        server.pace(Pace(abort_after=4), model=MODEL)
        server.say("a b c d", "unseen", model=MODEL)
        seen: list[Any] = []
        with (
            pytest.raises(Exception, match="peer closed connection"),
            claude.messages.stream(model=MODEL, max_tokens=9, messages=HI) as stream,
        ):
            seen.extend(event for event in stream if event.type == "text")
        assert [event.text for event in seen] == ["a"]
        with pytest.raises(anthropic.APIConnectionError):
            claude.messages.create(model=MODEL, max_tokens=9, messages=HI)
        assert [request.disconnected for request in server.wait_for(2)] == [False, False]

    def test_reports_an_error_inside_a_stream(
        self, server: Standin, chat: openai.OpenAI, claude: anthropic.Anthropic
    ) -> None:
        server.pace(Pace(error_after=3), model=MODEL)
        with pytest.raises(openai.APIError, match="Overloaded"):
            stream_chat(chat)
        with (
            pytest.raises(anthropic.APIStatusError, match="Overloaded"),
            claude.messages.stream(model=MODEL, max_tokens=9, messages=HI) as stream,
        ):
            stream.get_final_message()

    def test_a_pace_can_refuse_everything_and_leave_the_script(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("later", model=MODEL)
        server.pace(Pace(status=500))
        with pytest.raises(openai.InternalServerError):
            chat.chat.completions.create(model=MODEL, messages=HI)
        server.pace(None)
        assert joined(stream_chat(chat)) == "later"

    @pytest.mark.parametrize("after", [0, 2])
    def test_hangs_until_the_client_leaves(self, server: Standin, chat: openai.OpenAI, after: int) -> None:
        server.say(Reply("never heard", pace=Pace(hang_after=after)), model=MODEL)
        with pytest.raises(Exception, match="timed out"):
            stream_chat(chat, timeout=0.3)
        (request,) = server.wait_for(1)
        assert request.disconnected
        assert request.events_sent == after

    def test_answers_many_at_once(self, server: Standin) -> None:
        server.pace(Pace(first_token_ms=300))

        async def everybody() -> list[str | None]:
            async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:

                async def ask(name: str) -> str | None:
                    answer = await client.chat.completions.create(model=name, messages=HI)
                    return answer.choices[0].message.content

                return list(await asyncio.gather(*(ask(f"model-{number}") for number in range(20))))

        for number in range(20):
            server.say(str(number), model=f"model-{number}")
        start = time.monotonic()
        assert asyncio.run(everybody()) == [str(number) for number in range(20)]
        assert time.monotonic() - start < 3
