"""LiteLLM called by a program, without a proxy: `litellm.callbacks = [headroom_litellm.hook]`."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

import litellm
import pytest
from litellm.integrations.custom_logger import CustomLogger

from headroom_litellm import collector
from headroom_litellm.budget import UNKNOWN, ModelFacts
from headroom_litellm.gateway import facts_of
from headroom_litellm.plugin import HeadroomHook
from headroom_litellm.settings import load_settings
from standin import Recorded, Reply, Standin, Text, ToolUse, running
from tests.proxy.turns import original

GET = ToolUse("headroom_retrieve", {"hash": "$HASH"})
TOOLS: list[Any] = [{"type": "function", "function": {"name": "Read", "parameters": {"type": "object"}}}]


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def hook(monkeypatch: pytest.MonkeyPatch) -> HeadroomHook:
    created = HeadroomHook(load_settings())
    monkeypatch.setattr(litellm, "callbacks", [created])
    return created


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    return request.node.name.replace("[", "-").replace("]", "")


def reread(seed: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Look into it."}]
    for number in (1, 2):
        function = {"name": "Read", "arguments": '{"file_path": "/a.txt"}'}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": original(seed)})
    return messages


def results(request: Recorded) -> list[str]:
    return [message["content"] for message in request.body["messages"] if message["role"] == "tool"]


async def chat(standin: Standin, model: str, **more: Any) -> Any:
    where = {"model": f"openai/{model}", "api_base": f"{standin.url}/v1", "api_key": "any"}
    return await litellm.acompletion(**where, messages=reread(model), tools=TOOLS, **more)


async def test_a_retrieval_is_answered(standin: Standin, model: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), "It was row 17.", model=model)

    answer = await chat(standin, model)

    assert answer.choices[0].message.content == "Let me look. It was row 17."
    assert not answer.choices[0].message.tool_calls
    first, follow_up = standin.wait_for(2, model)
    assert results(first)[0] == original(model)
    assert len(results(first)[1]) < len(original(model)) / 5
    assert results(follow_up)[2] == original(model)
    charged = [request.usage.prompt for request in (first, follow_up) if request.usage is not None]
    assert answer.usage.prompt_tokens == sum(charged)


async def test_a_stream_is_shortened_without_loss_and_has_no_tool(standin: Standin, model: str) -> None:
    standin.say("Done.", model=model)

    stream: AsyncIterator[Any] = await chat(standin, model, stream=True)
    text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    (request,) = standin.wait_for(1, model)
    assert text == "Done."
    assert request.tool_names == ["Read"]
    assert request.hashes == []
    assert len(results(request)[1]) < len(original(model)) / 5


@pytest.mark.parametrize("more", [{"num_retries": 2}, {"fallbacks": ["openai/other"]}])
async def test_what_may_be_made_again_has_no_tool(standin: Standin, model: str, more: dict[str, Any]) -> None:
    standin.say("Done.", model=model)

    answer = await chat(standin, model, **more)

    (request,) = standin.wait_for(1, model)
    assert answer.choices[0].message.content == "Done."
    assert request.tool_names == ["Read"]
    assert len(results(request)[1]) < len(original(model)) / 5


async def test_arguments_without_names_are_left_alone(standin: Standin, model: str) -> None:
    standin.say("Done.", model=model)

    await litellm.acompletion(
        f"openai/{model}", reread(model), api_base=f"{standin.url}/v1", api_key="any", tools=TOOLS
    )

    (request,) = standin.wait_for(1, model)
    assert request.tool_names == ["Read"]
    assert results(request) == [original(model)] * 2


async def test_a_follow_up_that_fails_for_good_leaves_what_was_said(standin: Standin, model: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), model=model)
    standin.handle(lambda request: Reply(status=400, error="no"), model)

    answer = await chat(standin, model)

    assert answer.choices[0].message.content == "Let me look. "
    assert not answer.choices[0].message.tool_calls
    assert len(standin.wait_for(3, model)) == 3


async def test_a_call_that_is_not_to_be_logged_is_answered_too(standin: Standin, model: str) -> None:
    standin.say(Reply(GET), "Done.", model=model)

    answer = await chat(standin, model, **{"no-log": True})

    assert answer.choices[0].message.content == "Done."


async def test_a_messages_call_is_answered_too(standin: Standin, model: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), "It was row 17.", model=model)
    content = original(model)
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Look into it."}]
    for number in (1, 2):
        use = {"type": "tool_use", "id": f"toolu_{number}", "name": "Read", "input": {"file_path": "/a.txt"}}
        result = {"type": "tool_result", "tool_use_id": use["id"], "content": content}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]

    answer: Any = await litellm.anthropic_messages(
        model=f"anthropic/{model}",
        api_base=standin.url,
        api_key="any",
        max_tokens=99,
        messages=messages,
        metadata={"user_id": "someone"},
        tools=[{"name": "Read", "input_schema": {"type": "object"}}],
    )

    assert "".join(block["text"] for block in answer["content"]) == "Let me look. It was row 17."
    first, follow_up = standin.wait_for(2, model)
    assert first.body["metadata"] == follow_up.body["metadata"] == {"user_id": "someone"}
    assert follow_up.body["messages"][-1]["content"][0]["content"] == content


async def test_a_responses_call_is_answered_too(standin: Standin, model: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), "It was row 17.", model=model)
    items: list[dict[str, Any]] = [{"role": "user", "content": "Look into it."}]
    for number in (1, 2):
        call = {"type": "function_call", "call_id": f"call_{number}", "name": "Read", "arguments": "{}"}
        items += [call, {"type": "function_call_output", "call_id": f"call_{number}", "output": original(model)}]

    answer: Any = await litellm.aresponses(
        model=f"openai/{model}",
        api_base=f"{standin.url}/v1",
        api_key="any",
        input=items,
        metadata={"mine": "stays"},
        tools=[{"type": "function", "name": "Read", "parameters": {"type": "object"}}],
    )

    assert answer.output_text == "Let me look. It was row 17."
    assert "headroom" not in answer.model_dump_json()
    first, follow_up = standin.wait_for(2, model)
    assert first.body["metadata"] == follow_up.body["metadata"] == {"mine": "stays"}
    assert follow_up.body["input"][-1]["output"] == original(model)


async def test_a_gemini_call_is_answered_too(standin: Standin, model: str) -> None:
    standin.say(Reply(Text("Let me look. "), GET), "It was row 17.", model=model)
    contents: list[dict[str, Any]] = [{"role": "user", "parts": [{"text": "Look into it."}]}]
    for _ in (1, 2):
        contents.append({"role": "model", "parts": [{"functionCall": {"name": "Read", "args": {}}}]})
        response = {"name": "Read", "response": {"output": original(model)}}
        contents.append({"role": "user", "parts": [{"functionResponse": response}]})

    answer: Any = await litellm.agenerate_content(
        model=f"gemini/{model}",
        api_base=f"{standin.url}/v1beta",
        api_key="any",
        contents=contents,
        config={"temperature": 0.5},
        tools=[{"functionDeclarations": [{"name": "Read", "parameters": {"type": "OBJECT"}}]}],
    )

    parts = answer.candidates[0]["content"]["parts"]
    assert "".join(part["text"] for part in parts) == "Let me look. It was row 17."
    first, follow_up = standin.wait_for(2, model)
    assert follow_up.body["generationConfig"] == first.body["generationConfig"] == {"temperature": 0.5}
    assert follow_up.body["contents"][-1]["parts"][0]["functionResponse"]["response"]["output"] == original(model)


async def test_a_hidden_call_is_logged_with_the_first(
    standin: Standin, model: str, monkeypatch: pytest.MonkeyPatch, hook: HeadroomHook
) -> None:
    logged: list[Any] = []
    is_logged = asyncio.Event()

    class Recorder(CustomLogger):  # type: ignore[misc]
        async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            logged.append(kwargs["standard_logging_object"])
            is_logged.set()

    monkeypatch.setattr(litellm, "callbacks", [hook, Recorder()])
    standin.say(Reply(GET), "It was row 17.", model=model)

    answer = await chat(standin, model)
    # LiteLLM logs behind the answer's back; what is logged for the hidden call would come first.
    await is_logged.wait()

    assert [line["prompt_tokens"] for line in logged] == [answer.usage.prompt_tokens]


@pytest.mark.parametrize("gc_freeze", [True, False])
async def test_a_proxys_first_request_freezes_what_it_holds(monkeypatch: pytest.MonkeyPatch, gc_freeze: bool) -> None:
    times: list[int] = []
    monkeypatch.setattr(collector, "freeze", lambda: times.append(1))
    hook = HeadroomHook(load_settings({"gc_freeze": gc_freeze}))
    for _ in range(2):
        await hook.async_pre_call_hook(None, None, {}, "acompletion")
    assert len(times) == gc_freeze


def _router(*models: dict[str, Any]) -> Any:
    params = [{"litellm_params": {"api_key": "any", **one.pop("params")}, **one} for one in models]
    return litellm.Router(model_list=params)


@pytest.fixture
def proxy_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes this process look like a proxy with these models."""

    def make(*models: dict[str, Any]) -> None:
        module = types.ModuleType("litellm.proxy.proxy_server")
        module.llm_router = _router(*models)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "litellm.proxy.proxy_server", module)

    return make


class TestFactsOf:
    def test_a_model_that_litellm_knows(self) -> None:
        name, known = next(
            (name, one)
            for name, one in litellm.model_cost.items()
            if one.get("litellm_provider") == "anthropic" and one.get("cache_creation_input_token_cost")
        )
        facts = facts_of(name)
        assert facts.window == known["max_input_tokens"] / 1.25, "its tokenizer makes more of the same text"
        assert facts.read == pytest.approx(0.1, rel=0.2)
        assert facts.write == pytest.approx(1.25, rel=0.01)
        assert facts_of(f"anthropic/{name}") == facts

    def test_one_that_counts_much_as_is_done_here(self) -> None:
        assert facts_of("gpt-4o").window == litellm.model_cost["gpt-4o"]["max_input_tokens"]

    def test_one_that_nobody_knows(self) -> None:
        assert facts_of("openai/never-heard-of") == UNKNOWN
        assert facts_of("") == UNKNOWN

    def test_one_whose_provider_gives_no_discount(self) -> None:
        chats = {name: one for name, one in litellm.model_cost.items() if one.get("mode") == "chat"}
        priced = {name: one for name, one in chats.items() if one.get("input_cost_per_token")}
        name = next(name for name, one in priced.items() if one.get("cache_read_input_token_cost") is None)
        assert (facts_of(name).read, facts_of(name).write) == (1.0, 1.0)

    def test_what_the_operator_says_goes_first(self, proxy_of: Any) -> None:
        info = {"max_input_tokens": 8_000, "input_cost_per_token": 2e-6}
        params = {"model": "openai/never-heard-of", "cache_read_input_token_cost": "1e-6"}
        proxy_of({"model_name": "mine", "params": params, "model_info": info})
        assert facts_of("mine") == ModelFacts(8_000, 0.5, 1.0)

    def test_the_model_that_the_operator_says_it_is(self, proxy_of: Any) -> None:
        proxy_of({"model_name": "m", "params": {"model": "azure/prod-1"}, "model_info": {"base_model": "azure/gpt-4o"}})
        assert facts_of("m").window == litellm.model_cost["azure/gpt-4o"]["max_input_tokens"]

    def test_of_several_deployments_the_smallest_window_holds(self, proxy_of: Any) -> None:
        proxy_of(
            {"model_name": "m", "params": {"model": "openai/one"}, "model_info": {"max_input_tokens": 32_000}},
            {"model_name": "m", "params": {"model": "openai/two"}, "model_info": {"max_input_tokens": 16_000}},
            {"model_name": "m", "params": {"model": "openai/three"}},
            {"model_name": "other", "params": {"model": "openai/four"}, "model_info": {"max_input_tokens": 4_000}},
        )
        assert facts_of("m").window == 16_000
