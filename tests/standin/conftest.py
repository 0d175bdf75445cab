from __future__ import annotations

from collections.abc import Iterator

import anthropic
import openai
import pytest
from google import genai
from google.genai.types import HttpOptions

from standin import Standin, running


@pytest.fixture(scope="module")
def shared() -> Iterator[Standin]:
    with running() as server:
        yield server


@pytest.fixture
def server(shared: Standin) -> Standin:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def chat_client(shared: Standin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{shared.url}/v1", api_key="any", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def claude_client(shared: Standin) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=shared.url, api_key="any", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def gemini_client(shared: Standin) -> Iterator[genai.Client]:
    with genai.Client(api_key="any", http_options=HttpOptions(base_url=shared.url, timeout=10_000)) as client:
        yield client


@pytest.fixture
def chat(server: Standin, chat_client: openai.OpenAI) -> openai.OpenAI:
    return chat_client


@pytest.fixture
def claude(server: Standin, claude_client: anthropic.Anthropic) -> anthropic.Anthropic:
    return claude_client


@pytest.fixture
def gemini(server: Standin, gemini_client: genai.Client) -> genai.Client:
    return gemini_client
