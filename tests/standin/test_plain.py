"""The endpoints beside the conversation."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import openai
import pytest

from standin import Standin, count_tokens

from .common import MODEL, respond


class TestPlainEndpoints:
    def test_embeds(self, server: Standin, chat: openai.OpenAI) -> None:
        one = chat.embeddings.create(model=MODEL, input="hi")
        two = chat.embeddings.create(model=MODEL, input=["hi", "ho"], encoding_format="float")
        assert [item.embedding for item in two.data] == [one.data[0].embedding] * 2
        assert len(one.data[0].embedding) == 3
        assert [item.index for item in two.data] == [0, 1]
        assert two.usage.prompt_tokens == 2 * one.usage.prompt_tokens == 2

    def test_completes_texts(self, server: Standin, chat: openai.OpenAI) -> None:
        whole = chat.completions.create(model=MODEL, prompt="Once upon a time")
        streamed = list(chat.completions.create(model=MODEL, prompt="Once upon a time", stream=True))
        assert whole.choices[0].text == "".join(chunk.choices[0].text for chunk in streamed) != ""
        assert whole.usage is not None
        assert whole.usage.prompt_tokens == count_tokens("Once upon a time")

    def test_counts_tokens(self, server: Standin, claude: anthropic.Anthropic) -> None:
        messages: Any = [{"role": "user", "content": "hi"}]
        assert claude.messages.count_tokens(model=MODEL, messages=messages).input_tokens == count_tokens("user\nhi")

    def test_records_the_requests_and_leaves_the_script(self, server: Standin, chat: openai.OpenAI) -> None:
        server.say("later", model=MODEL)
        chat.embeddings.create(model=MODEL, input="hi", extra_headers={"X-Test": "1"})
        with pytest.raises(openai.BadRequestError, match="'prompt'"):
            chat.completions.create(model=MODEL, prompt=None)
        first, second = server.wait_for(2, MODEL)
        assert (first.path, first.status, first.headers["x-test"]) == ("/v1/embeddings", 200, "1")
        assert json.loads(first.raw) == first.body == {"model": MODEL, "input": "hi", "encoding_format": "base64"}
        assert (second.path, second.status) == ("/v1/completions", 400)
        assert respond(chat).output_text == "later"
