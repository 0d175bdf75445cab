"""A key's limits count hidden calls as they count any other."""

from __future__ import annotations

import hashlib

import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import Client
from tests.proxy.script import GET
from tests.proxy.turns import Said, reread
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy

SMALL = [Said("And now?")]
LONG = " ".join(hashlib.sha512(bytes([number])).hexdigest() * 15 for number in range(20))
"""Some 25,000 tokens."""


@pytest.mark.parametrize(("limit", "refused"), [(20_000, True), (200_000, False)])
def test_tokens_of_hidden_calls_count_against_the_keys_rate_limit(
    client: Client, standin: Standin, stream: bool, seed: str, billed: Lines, limit: int, refused: bool
) -> None:
    client = client.at(client.url, key=f"sk-tpm-{limit}-{seed}")
    standin.say(Reply(Text("Let me look. "), GET), LONG, model=client.model)

    client.ask(reread(seed), stream=stream)
    billed.of(client.model, at_least=2)

    first, follow_up = (request.usage for request in standin.wait_for(2, client.model))
    assert first is not None
    assert follow_up is not None
    assert first.prompt + first.output < 20_000 < follow_up.output
    assert _refused(client) == refused


def _refused(client: Client) -> bool:
    """Whether one of a few small requests is: LiteLLM counts behind the answer's back."""
    for _ in range(5):
        try:
            client.ask(SMALL, stream=False)
        except client.form.error as error:
            return bool(error.status_code == 429)
    return False
