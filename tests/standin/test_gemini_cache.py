"""What a prompt of the Gemini API costs."""

from __future__ import annotations

from typing import Any

from google import genai

from standin import Standin, count_tokens

from .gemini_common import DECLARED, HI, ask, call, model, post, response, usage_of, user


class TestCache:
    def read(self, gemini: genai.Client, *contents: Any, **config: Any) -> int:
        return usage_of(ask(gemini, *contents, **config)).cached_content_token_count or 0

    def test_a_prefix_sent_before_is_read(self, gemini: genai.Client) -> None:
        first = usage_of(ask(gemini, HI, system_instruction="be brief"))
        second = usage_of(ask(gemini, HI, model({"text": "hello"}), user({"text": "?"}), system_instruction="be brief"))
        assert first.cached_content_token_count is None
        assert second.cached_content_token_count == first.prompt_token_count

    def test_every_part_is_a_block(self, gemini: genai.Client) -> None:
        assert self.read(gemini, user({"text": "a"}, {"text": "b"}, {"text": "c"}), tools=[]) == 0
        size = count_tokens("user\na")
        assert self.read(gemini, user({"text": "a"}, {"text": "b"}, {"text": "x"}), tools=[]) == 2 * size
        assert self.read(gemini, user({"text": "a"}), user({"text": "b"}, {"text": "c"}), tools=[]) == 3 * size
        assert self.read(gemini, user({"text": "a"})) == 0

    def test_a_thought_is_no_text(self, gemini: genai.Client) -> None:
        first = usage_of(ask(gemini, HI)).prompt_token_count or 0
        thought = usage_of(ask(gemini, HI, model({"text": "hm", "thought": True})))
        assert thought.prompt_token_count == first + count_tokens("model\nhm")
        assert self.read(gemini, HI, model({"text": "hm"})) == first

    def test_ids_and_spellings_make_no_difference(self, server: Standin) -> None:
        def fresh(calling: dict[str, Any], answered: dict[str, Any], tool: dict[str, Any]) -> int:
            contents = [HI, model(calling), user(answered)]
            post(server, {"contents": contents, "tools": [{"functionDeclarations": [tool]}]})
            usage = server.requests[-1].usage
            assert usage is not None
            return usage.fresh

        assert fresh(call(id="a"), response(id="a"), DECLARED) > 0
        snake = {"name": "shell", "parameters": {"type": "object"}, "description": "Runs."}
        answered = {"function_response": {"response": {"output": "ok"}, "name": "shell"}}
        assert fresh(call(id="b"), answered, snake) == 0
        size = count_tokens("model\n{}\nshell")
        assert fresh({**call(), "thoughtSignature": "c2ln"}, answered, snake) == size + count_tokens("user\nshell\nok")

    def test_the_order_of_keys_counts_in_arguments_only(self, gemini: genai.Client) -> None:
        def fresh(arguments: dict[str, int]) -> int:
            usage = usage_of(ask(gemini, HI, model(call(args=arguments)), user(response())))
            return (usage.prompt_token_count or 0) - (usage.cached_content_token_count or 0)

        fresh({"a": 1, "b": 2})
        assert fresh({"a": 1, "b": 2}) == 0
        assert fresh({"b": 2, "a": 1}) > 0

    def test_binary_data_counts_nothing(self, gemini: genai.Client) -> None:
        picture = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
        usage = usage_of(ask(gemini, user(picture), tools=[]))
        assert usage.prompt_token_count == count_tokens("user\nimage/png")
