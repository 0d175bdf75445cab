"""A stand-in provider, and the proxies in front of it: started when first needed, those of a run at the same time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from standin import Standin, running
from tests.fault_proxy import REFUSE, FaultProxy
from tests.proxy.clients import FORMATS, Client, Format
from tests.proxy.farm import Farm, Plan, config
from tests.proxy.versions import skip_what_is_missing
from tests.proxy.waiting import Lines
from tests.redis_server import RedisServer

_PROXIES = {
    "plugin": ["plugin"],
    "bare": ["bare"],
    "pair": ["pair_a", "pair_b"],
    "guarded": ["guarded"],
    "aligned": ["aligned"],
    "small": ["small"],
    "faulty": ["faulty", "pair_b"],
}
_HOOK = "headroom_litellm.hook"
_ALIGNED = {"headroom_litellm": {"aligner": "move", "align_tools": True, "auto_cache_control": True}}
_RECORDER = "tests.proxy.recorder.recorder"
_SABOTAGE = "tests.proxy.sabotage.sabotage"
_OVERHEARD = "tests.proxy.overheard.overheard"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip_what_is_missing(items)


@pytest.fixture(scope="session")
def standin() -> Iterator[Standin]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def between(redis: RedisServer) -> Iterator[FaultProxy]:
    """On one proxy's way to Redis, which is down at first."""
    with FaultProxy(redis.port) as proxy:
        proxy.begin(REFUSE)
        yield proxy


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxies")


@pytest.fixture(scope="session")
def farm(request: pytest.FixtureRequest, standin: Standin, logs: Path) -> Iterator[Farm]:
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    env = {"RECORDER_FILE": str(logs / "billed.jsonl")}
    overheard = {**env, "OVERHEARD_FILE": str(logs / "overheard.log")}
    plans = {
        "plugin": Plan(config(standin.url, callbacks=[_HOOK, _RECORDER, _SABOTAGE, _OVERHEARD]), overheard),
        "bare": Plan(config(standin.url, callbacks=[_RECORDER]), env),
        "aligned": Plan(config(standin.url, callbacks=[_HOOK], callback_settings=_ALIGNED)),
        "small": Plan(config(standin.url, callbacks=[_HOOK], window=8_000)),
        "guarded": Plan(_guarded(standin.url), {**env, "GUARDRAILS_FILE": str(logs / "guardrails.jsonl")}),
    }
    if wanted & {"pair", "faulty"}:
        server: RedisServer = request.getfixturevalue("redis")
        shared = {"REDIS_URL": server.url, "HEADROOM_ENCRYPTION_KEY": "a passphrase of the tests"}
        plans |= {name: Plan(config(standin.url, callbacks=_HOOK), shared) for name in _PROXIES["pair"]}
    if "faulty" in wanted:
        url = f"redis://127.0.0.1:{request.getfixturevalue('between').port}/0"
        plans["faulty"] = Plan(config(standin.url, callbacks=[_HOOK, "prometheus"]), {**shared, "REDIS_URL": url})
    proxies = Farm(logs, plans)
    try:
        proxies.start(name for fixture, names in _PROXIES.items() if fixture in wanted for name in names)
        yield proxies
    finally:
        proxies.close()


def _guarded(standin_url: str) -> dict[str, Any]:
    def guardrail(name: str, mode: str, **more: Any) -> dict[str, Any]:
        given = more.pop("guardrail_name", name)
        params = {"guardrail": f"tests.proxy.guardrails.{name}", "mode": mode, "default_on": True, **more}
        return {"guardrail_name": given, "litellm_params": params}

    content_filter = {
        "guardrail": "litellm_content_filter",
        "mode": "pre_call",
        "default_on": True,
        "patterns": [{"pattern_type": "prebuilt", "pattern_name": "email", "action": "MASK"}],
        "blocked_words": [{"keyword": "filtered-word-e01b", "action": "BLOCK"}],
    }
    return config(
        standin_url,
        callbacks=["tests.proxy.guardrails.early_masking", _HOOK, _RECORDER, "tests.proxy.guardrails.manager"],
        guarded_models=["model-masking"],
        # The other way for requests to /v1/messages for `openai-*`, which go to /v1/responses otherwise.
        litellm_settings={"use_chat_completions_url_for_anthropic_messages": True},
        guardrails=[
            guardrail("LateMasking", "pre_call"),
            {"guardrail_name": "content-filter", "litellm_params": content_filter},
            guardrail("ModelMasking", "pre_call", guardrail_name="model-masking", default_on=False),
            guardrail("Blocking", "pre_call", run_in_parallel=True),
            guardrail("Beside", "during_call"),
            guardrail("Final", "post_call"),
        ],
    )


@pytest.fixture(scope="session")
def plugin(farm: Farm) -> str:
    """The URL of a proxy with the plugin and the memory store."""
    return farm.get("plugin").url


@pytest.fixture(scope="session")
def bare(farm: Farm) -> str:
    """The URL of the same proxy without the plugin."""
    return farm.get("bare").url


@pytest.fixture(scope="session")
def pair(farm: Farm) -> tuple[str, str]:
    """The URLs of two proxies with the plugin that share one Redis. Their `callbacks:` is a plain string."""
    return farm.get("pair_a").url, farm.get("pair_b").url


@pytest.fixture(scope="session")
def faulty(farm: Farm) -> str:
    """The URL of a proxy with the plugin that shares the pair's Redis, with `between` on its way there."""
    return farm.get("faulty").url


@pytest.fixture(scope="session")
def guarded(farm: Farm) -> str:
    """The URL of a proxy with the plugin and with guardrails before it and behind it."""
    return farm.get("guarded").url


@pytest.fixture(scope="session")
def aligned(farm: Farm) -> str:
    """The URL of a proxy with the plugin that moves volatile values and sets cache breakpoints."""
    return farm.get("aligned").url


@pytest.fixture(scope="session")
def small(farm: Farm) -> str:
    """The URL of a proxy with the plugin whose models have a window of 8,000 tokens, as its operator says."""
    return farm.get("small").url


@pytest.fixture(params=list(FORMATS))
def form(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture(params=["stream", "whole"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "stream")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> str:
    """A word that no other test has: its texts and keys are its own."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")


@pytest.fixture
def model(form: Format, seed: str) -> str:
    return form.model(seed)


@pytest.fixture
def client(form: Format, plugin: str, model: str, seed: str) -> Client:
    """Talks to the proxy with the plugin."""
    return Client(form, plugin, model, key=f"sk-{seed}")


@pytest.fixture
def billed(logs: Path) -> Lines:
    return Lines(logs / "billed.jsonl")


@pytest.fixture
def watched(logs: Path) -> Lines:
    return Lines(logs / "guardrails.jsonl")


@pytest.fixture(autouse=True)
def _scripts_were_followed(standin: Standin) -> Iterator[None]:
    before = len(standin.problems)
    yield
    assert standin.problems[before:] == []
