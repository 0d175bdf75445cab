"""What is no conversation passes byte for byte."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from standin import Standin
from tests.proxy.clients import FORMATS, Client
from tests.proxy.test_transparency import timeless
from tests.proxy.turns import reread

pytestmark = pytest.mark.proxy


def bodies(seed: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """By what it is, where it is sent and the request."""
    claude = FORMATS["messages"].body(f"claude-{seed}", reread(seed), ("bash",))
    responses = FORMATS["responses"].body(f"openai-{seed}", reread(seed), ("bash",))
    return {
        "embeddings": ("/v1/embeddings", {"model": f"openai-{seed}", "input": ["naïve ✓", "two"]}),
        "text completions": ("/v1/completions", {"model": f"openai-{seed}", "prompt": "Say: ", "max_tokens": 5}),
        "counting of tokens": ("/v1/messages/count_tokens", claude),
        "pass-through": ("/raw", claude),
        "responses in the background": ("/v1/responses", {**responses, "background": True}),
    }


@pytest.mark.parametrize("what", list(bodies("")))
def test_it_passes_byte_for_byte(plugin: str, bare: str, standin: Standin, seed: str, what: str) -> None:
    path, body = bodies(seed)[what]
    headers = {"authorization": f"Bearer sk-{seed}"}

    answers = [httpx.post(f"{url}{path}", json=body, headers=headers, timeout=60) for url in (plugin, bare)]

    assert [answer.status_code for answer in answers] == [200, 200]
    with_plugin, without = (timeless(answer.content) for answer in answers)
    assert with_plugin == without
    first, second = standin.wait_for(2, body["model"])
    assert first.raw == second.raw
    assert b"headroom" not in first.raw


def test_a_model_that_cannot_call_tools_gets_no_marker_and_no_tool(
    plugin: str, standin: Standin, stream: bool, seed: str
) -> None:
    client = Client(FORMATS["chat"], plugin, f"toolless-{seed}", f"sk-{seed}")

    client.ask(reread(seed), stream=stream)

    (request,) = standin.wait_for(1, client.model)
    assert request.tool_names == ["bash"]
    assert request.hashes == []
    first, second = client.form.results(request.body)
    assert len(second) < len(first) / 5
