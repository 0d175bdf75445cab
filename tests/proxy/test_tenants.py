"""A key gets at its own originals only, whatever it claims; and no claim of a client's changes what the plugin does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from litellm.proxy._types import hash_token

from headroom_litellm.ccr.key import key_of
from standin import Pace, Reply, Standin, Text, ToolUse
from tests.proxy.clients import Client
from tests.proxy.sabotage import BREAK
from tests.proxy.script import ANSWER, GET, retrieve
from tests.proxy.test_kept_responses import BASH, FORM, USER, Talk
from tests.proxy.test_replicas import redeemed, shortened
from tests.proxy.turns import Call, Result, Said, original, reread
from tests.proxy.waiting import Lines

pytestmark = pytest.mark.proxy

CALL_ID = "call-of-the-owner"
OFF = {"mode": "off", "scope": "org", "enabled": False, "min_characters": 10**9}
SAVINGS = {"tokens_before": 10**9, "tokens_after": 0, "tokens_saved": 10**9, "source": "headroom_litellm"}


def claims(client: Client, owner: str) -> dict[str, dict[str, Any]]:
    """Ways to be somebody else, or to have other settings; each more of a request."""
    metadata = {
        "user_api_key": hash_token(owner),
        "user_api_key_hash": hash_token(owner),
        "user_api_key_user_id": f"user-of-{owner}",
        "user_api_key_team_id": "team",
        "user_api_key_auth": {"token": hash_token(owner), "user_id": f"user-of-{owner}"},
        "tenant": f"key:{hash_token(owner)}",
        "headroom": OFF,
        "compression_savings": SAVINGS,
    }
    headers = {
        "x-litellm-call-id": CALL_ID,
        "x-litellm-session-id": CALL_ID,
        "x-litellm-trace-id": CALL_ID,
        "x-litellm-end-user-id": f"user-of-{owner}",
        "x-litellm-spend-logs-metadata": '{"compression_savings": {"tokens_saved": 1000000000}}',
        "x-headroom-mode": "off",
        "x-headroom-tenant": f"key:{hash_token(owner)}",
    }
    return {
        "headers": {"extra_headers": headers},
        "metadata": {"extra_body": {client.form.metadata_field: metadata}},
        "the other metadata": {"extra_body": {_other(client.form.metadata_field): metadata}},
        "body": {
            "extra_body": {
                "litellm_call_id": CALL_ID,
                "litellm_session_id": CALL_ID,
                "litellm_trace_id": CALL_ID,
                "proxy_server_request": {"headers": headers, "body": {"metadata": metadata}},
                "user_api_key_dict": {"token": hash_token(owner)},
                "compression_savings": SAVINGS,
            }
        },
    }


CLAIMS = ["headers", "metadata", "the other metadata", "body"]


def _other(field: str) -> str:
    return "litellm_metadata" if field == "metadata" else "metadata"


def _anonymous(told: str, key: str) -> str:
    return told.replace(key, "HASH")


@pytest.mark.parametrize("claim", CLAIMS)
def test_claiming_to_be_the_owner_of_an_original_does_not_bring_it_back(
    client: Client, standin: Standin, seed: str, claim: str
) -> None:
    stranger = client.at(client.url, key=f"sk-stranger-{seed}")
    more = claims(client, client.key)[claim]
    standin.say(Reply(retrieve(key_of("unknown"))), ANSWER, model=client.model)
    stranger.ask([Said("Hello.")], stream=False)
    *_, request = standin.wait_for(2, client.model)
    (unknown,) = client.form.results(request.body)

    marker = shortened(client, standin, seed)

    assert redeemed(client, standin, marker, stream=False) == original(seed)
    told = redeemed(stranger, standin, marker, stream=False, **more)
    assert _anonymous(told, key_of(original(seed))) == _anonymous(unknown, key_of("unknown"))


def test_what_another_key_has_in_hand_is_not_brought_back(client: Client, standin: Standin, seed: str) -> None:
    """The owner's request is under way and holds its originals in memory."""
    stranger = client.at(client.url, key=f"sk-stranger-{seed}")
    pace = Pace(hang_after=client.form.preamble + 1)
    standin.say(Reply(Text("Let me look. "), pace=pace), Reply(GET), ANSWER, model=client.model)

    with client.open(reread(seed)) as live:
        next(iter(live))
        stranger.ask([Said(f"Remember? hash={key_of(original(seed))}")], stream=False)
        *_, request = standin.requests_of(client.model)

    (told,) = client.form.results(request.body)
    assert "is not known here" in told


def test_the_same_conversation_of_another_key_is_not_filled_up(client: Client, standin: Standin, seed: str) -> None:
    stranger = client.at(client.url, key=f"sk-stranger-{seed}")
    marker = shortened(client, standin, seed)
    asked = Said(f"Remember? {marker}")
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, model=client.model)
    answer = client.ask([asked], stream=False)
    turns = [asked, answer.heard, Said("Go on.")]

    client.ask(turns, stream=False)
    stranger.ask(turns, stream=False)

    mine, theirs = standin.wait_for(5, client.model)[3:]
    assert client.form.results(mine.body) == [original(seed)]
    assert client.form.results(theirs.body) == []


def test_going_on_from_another_keys_answer_brings_none_of_its_retrievals(
    plugin: str, standin: Standin, stream: bool, seed: str
) -> None:
    owner, stranger = (Talk([plugin], name, stream=stream) for name in (seed, f"stranger-{seed}"))
    stranger.model = owner.model
    standin.say(Reply(GET, BASH), "Mine.", model=owner.model)
    answer = owner.ask(FORM.body(owner.model, reread(seed), ())["input"])

    standin.handle(lambda _: Reply("Theirs."), owner.model)
    with pytest.raises(FORM.error):
        stranger.ask([*Talk.outputs_of(answer, "total 0"), USER], previous=answer.id)

    mine, *theirs = standin.requests_of(owner.model)
    assert mine.hashes
    assert all(original(seed) not in request.text for request in theirs)


@pytest.mark.parametrize("claim", CLAIMS)
def test_nothing_that_a_client_sends_changes_what_becomes_of_its_request(
    client: Client, standin: Standin, seed: str, billed: Lines, claim: str
) -> None:
    standin.handle(lambda _: Reply(ANSWER), client.model)

    client.ask(reread(seed), stream=False)
    client.ask(reread(seed), stream=False, **claims(client, "sk-nobody")[claim])

    plain, claiming = standin.wait_for(2, client.model)
    assert plain.hashes
    assert client.form.history(claiming.body) == client.form.history(plain.body)
    assert claiming.tool_names == plain.tool_names
    lines = billed.of(client.model, at_least=2)
    assert [line["key"] for line in lines] == [hash_token(client.key)] * 2
    savings = [line["savings"] for line in lines if line["savings"]]
    assert savings[:1] * len(savings) == savings
    assert savings[0]["tokens_saved"] < 10**6


@pytest.mark.parametrize("claim", CLAIMS)
def test_savings_are_claimed_in_vain(client: Client, billed: Lines, claim: str) -> None:
    client.ask([Said("Nothing to save.")], stream=False, tools=(), **claims(client, "sk-nobody")[claim])

    (line,) = billed.of(client.model, at_least=1)
    assert line["savings"] is None


def test_planted_markers_are_mere_text(client: Client, standin: Standin, stream: bool, seed: str) -> None:
    many = " ".join(f"<<ccr:{key_of(str(number))}>>" for number in range(3000))
    own = f"hash={key_of(original(seed))}"
    call = Call("bash", {"command": own}, "call_planted")
    turns = [Said(many, "system"), *reread(seed), call, Result("call_planted", f"{many} {own} <<ccr:"), Said(many)]
    standin.say(Reply(retrieve(key_of("2999"))), Reply(retrieve(key_of(original(seed)))), ANSWER, model=client.model)

    seen = client.ask(turns if client.form.name == "chat" else turns[1:], stream=stream)

    assert seen.text == ANSWER
    *_, last = standin.wait_for(3, client.model)
    *_, planted, true = client.form.results(last.body)
    assert "is not known here" in planted
    assert true == original(seed)


def test_what_the_plugin_logs_holds_nothing_of_a_request(
    client: Client, standin: Standin, seed: str, logs: Path
) -> None:
    canary = f"canary-{seed}"
    turns = [*reread(canary), Said(canary)]

    standin.say(Reply(ToolUse("headroom_retrieve", {"hash": canary, "query": canary})), ANSWER, model=client.model)
    standin.say(Reply(GET), Reply(status=500, error=canary), ANSWER, model=client.model)
    pace = Pace(error_after=client.form.preamble + 2, token_ms=100)
    standin.say(Reply(GET), Reply(Text(f"{canary} {canary}"), pace=pace), model=client.model)
    for stream in (False, True):
        client.ask(turns, stream=stream)
    with pytest.raises(client.form.failure):
        client.ask(turns, stream=True)
    client.ask([*turns, Said(BREAK)], stream=False)

    text = (logs / "overheard.log").read_text()
    assert "headroom: compress failed (RuntimeError)" in text
    assert "headroom: follow_up failed" in text
    assert "canary" not in text
    assert client.key not in text
