"""A key's limits count hidden calls as they count any other."""

from __future__ import annotations

import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import Client
from tests.proxy.script import ANSWER, GET
from tests.proxy.turns import Said, reread
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy

SMALL = [Said("And now?")]


def test_tokens_of_hidden_calls_count_against_the_keys_rate_limit(
    client: Client, standin: Standin, stream: bool, seed: str, billed: Lines
) -> None:
    first, follow_up = _spent(client, standin, seed, stream=stream)
    below = client.at(client.url, key=f"sk-tpm-{first + follow_up // 2}-{seed}")
    above = client.at(client.url, key=f"sk-tpm-{2 * (first + follow_up)}-{seed}")
    for limited in (below, above):
        _spent(limited, standin, seed, stream=stream)
    billed.of(client.model, at_least=6)

    assert _refused(below)
    assert not _refused(above)


def _spent(client: Client, standin: Standin, seed: str, *, stream: bool) -> tuple[int, int]:
    """The tokens of a first call and of the hidden one behind it."""
    before = len(standin.requests_of(client.model))
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)
    client.ask(reread(seed), stream=stream)
    usages = [request.usage for request in standin.wait_for(before + 2, client.model)[before:]]
    first, follow_up = (usage.prompt + usage.output for usage in usages if usage is not None)
    return first, follow_up


def _refused(client: Client) -> bool:
    """Whether one of a few small requests is: LiteLLM counts behind the answer's back."""
    for _ in range(5):
        try:
            client.ask(SMALL, stream=False)
        except client.form.error as error:
            return bool(error.status_code == 429)
    return False
