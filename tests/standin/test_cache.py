"""The simulated prompt cache."""

from __future__ import annotations

from typing import Any

import anthropic
import openai

from standin import count_tokens

from .common import CHAT_TOOL, HI, MODEL, TOOL


class TestPromptCache:
    def test_a_prefix_sent_before_is_read(self, chat: openai.OpenAI) -> None:
        history: list[Any] = [{"role": "system", "content": "be brief"}, *HI]
        first: Any = chat.chat.completions.create(model=MODEL, messages=history, tools=[CHAT_TOOL]).usage
        longer = [*history, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "and now?"}]
        second: Any = chat.chat.completions.create(model=MODEL, messages=longer, tools=[CHAT_TOOL]).usage
        assert first.prompt_tokens_details.cached_tokens == 0
        assert second.prompt_tokens_details.cached_tokens == first.prompt_tokens
        assert second.prompt_tokens > first.prompt_tokens
        assert second.total_tokens == second.prompt_tokens + second.completion_tokens

    def test_a_change_in_the_middle_loses_what_follows(self, chat: openai.OpenAI) -> None:
        def cached(*texts: str, tools: Any = openai.omit) -> int:
            messages: list[Any] = [{"role": "user", "content": text} for text in texts]
            usage: Any = chat.chat.completions.create(model=MODEL, messages=messages, tools=tools).usage
            return int(usage.prompt_tokens_details.cached_tokens)

        cached("a", "b", "c")
        size = count_tokens("user\na")
        assert cached("a", "x", "c") == size
        assert cached("a", "b", "y") == 2 * size
        assert cached("a", "b", "c", tools=[CHAT_TOOL]) == 0

    def test_models_do_not_share(self, chat: openai.OpenAI) -> None:
        chat.chat.completions.create(model="one", messages=HI)
        usage: Any = chat.chat.completions.create(model="two", messages=HI).usage
        assert usage.prompt_tokens_details.cached_tokens == 0

    def test_breakpoints_split_writes_from_fresh_tokens(self, claude: anthropic.Anthropic) -> None:
        def usage(system_ttl: str, marked: bool, more: tuple[str, ...] = ()) -> Any:
            system: Any = [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": system_ttl}}]
            first: Any = {"type": "text", "text": "a"}
            if marked:
                first["cache_control"] = {"type": "ephemeral"}
            content = [first, *({"type": "text", "text": text} for text in more)]
            messages: Any = [{"role": "user", "content": content}]
            return claude.messages.create(model=MODEL, max_tokens=9, system=system, messages=messages).usage

        block = count_tokens("user\na")
        one = usage("1h", marked=True, more=("b",))
        assert (one.cache_read_input_tokens, one.cache_creation_input_tokens, one.input_tokens) == (0, 1 + block, block)
        assert one.cache_creation.ephemeral_1h_input_tokens == 1
        assert one.cache_creation.ephemeral_5m_input_tokens == block
        two = usage("5m", marked=False, more=("b", "c"))
        assert (two.cache_read_input_tokens, two.cache_creation_input_tokens) == (1 + 2 * block, 0)
        assert two.input_tokens == block

    def test_a_string_is_the_same_as_one_text_block(self, claude: anthropic.Anthropic) -> None:
        blocks: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
        claude.messages.create(model=MODEL, max_tokens=9, messages=HI)
        usage = claude.messages.create(model=MODEL, max_tokens=9, messages=blocks).usage
        assert usage.input_tokens == 0

    def test_the_order_of_keys_counts_in_arguments_only(self, claude: anthropic.Anthropic) -> None:
        def fresh(call: dict[str, Any]) -> int:
            result = {"type": "tool_result", "tool_use_id": "t1", "content": "ok"}
            messages: Any = [*HI, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
            return claude.messages.create(model=MODEL, max_tokens=9, messages=messages, tools=[TOOL]).usage.input_tokens

        fresh({"type": "tool_use", "id": "t1", "name": "shell", "input": {"a": 1, "b": 2}})
        assert fresh({"name": "shell", "id": "t1", "input": {"a": 1, "b": 2}, "type": "tool_use"}) == 0
        assert fresh({"type": "tool_use", "id": "t1", "name": "shell", "input": {"b": 2, "a": 1}}) > 0

    def test_a_streamed_answer_reports_the_same_usage(self, claude: anthropic.Anthropic) -> None:
        whole = claude.messages.create(model="one", max_tokens=9, messages=HI).usage
        with claude.messages.stream(model="two", max_tokens=9, messages=HI) as stream:
            streamed = stream.get_final_message().usage
        assert streamed.input_tokens == whole.input_tokens == count_tokens("user\nhi")
        assert streamed.output_tokens == whole.output_tokens
