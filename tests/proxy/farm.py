"""The proxies of a test run: each started once, in a thread of its own, so that they start at the same time."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.version import Version

from standin.proxy import Proxy, proxy
from tests.proxy.versions import INSTALLED

__all__ = ["Farm", "Plan", "config"]

_ROOT = Path(__file__).parents[2]
_PRICES = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5}


@dataclass(frozen=True)
class Plan:
    """A proxy to start: its config, and what is added to its environment."""

    config: Mapping[str, Any]
    env: Mapping[str, str] = field(default_factory=dict)


def config(
    standin_url: str,
    *,
    callbacks: list[str] | str,
    guarded_models: Sequence[str] = (),
    window: int | None = None,
    **sections: Any,
) -> dict[str, Any]:
    """A proxy config with the models `openai-*`, `ft:gpt-*`, `claude-*` and `gemini-*`, served by the stand-in each in
    its own format; `toolless-*`, which cannot call tools; and `twin`, which two accounts at one provider serve. With
    `guarded_models` there is one of each format, `…-under-guard`, whose own guardrails these are. `window`
    is what is said of all models' `max_input_tokens`. Sections replace the ones here, `litellm_settings` adds."""
    models = {
        "openai-*": {"model": "openai/openai-*", "api_base": f"{standin_url}/v1"},
        # Of models of OpenAI's that it does not know at all, LiteLLM makes up the streams of responses itself.
        "ft:gpt-*": {"model": "openai/ft:gpt-*", "api_base": f"{standin_url}/v1"},
        "claude-*": {"model": "anthropic/claude-*", "api_base": standin_url},
        "gemini-*": {"model": "gemini/gemini-*", "api_base": f"{standin_url}/v1beta"},
        "toolless-*": {"model": "openai/toolless-*", "api_base": f"{standin_url}/v1"},
    }
    twin = {"model": "openai/ft:gpt-twin", "api_base": f"{standin_url}/v1"}
    twins = [("twin", {**twin, "api_key": f"sk-twin-{number}"}) for number in (1, 2)]
    guarded = [
        (name.replace("*", "under-guard"), {**params, "model": params["model"].replace("*", "under-guard")})
        for name, params in models.items()
        if guarded_models and name != "toolless-*"
    ]
    guarded = [(name, {**params, "guardrails": list(guarded_models)}) for name, params in guarded]
    return {
        "model_list": [
            {
                "model_name": name,
                "litellm_params": {"api_key": "sk-none", **params, **_PRICES},
                "model_info": {
                    **({"supports_function_calling": False} if name == "toolless-*" else {}),
                    **({"max_input_tokens": window} if window else {}),
                },
            }
            for name, params in [*models.items(), *twins, *guarded]
        ],
        # Every test fails calls of its own: none may be retried, or keep the next test's calls away.
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {
            "master_key": "sk-test-0123456789abcdef0123456789abcdef",
            "custom_auth": "tests.proxy.auth.user_api_key_auth",
            "pass_through_endpoints": [{"path": "/raw", "target": f"{standin_url}/v1/messages"}],
        },
        **sections,
        "litellm_settings": {"callbacks": callbacks, **sections.get("litellm_settings", {})},
    }


class Farm:
    """Starts what is asked for, and keeps it until `close`."""

    def __init__(self, folder: Path, plans: Mapping[str, Plan]) -> None:
        self._folder = folder
        self._plans = plans
        self._started: dict[str, Future[Proxy]] = {}
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()

    def start(self, names: Iterable[str]) -> None:
        """Begin to start these; does not wait."""
        for name in names:
            if name not in self._started:
                self._started[name] = Future()
                self._threads.append(threading.Thread(target=self._run, args=(name,), name=f"proxy {name}"))
                self._threads[-1].start()

    def get(self, name: str) -> Proxy:
        """The proxy, as soon as it serves. Raises RuntimeError when it does not start."""
        self.start([name])
        return self._started[name].result()

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, name: str) -> None:
        plan, started = self._plans[name], self._started[name]
        path = self._folder / f"{name}.yaml"
        path.write_text(json.dumps(plan.config))
        _place_modules(plan.config, self._folder)
        try:
            with proxy(path, log=self._folder / f"{name}.log", env={"PYTHONPATH": str(_ROOT), **plan.env}) as running:
                started.set_result(running)
                self._over.wait()
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)


def _place_modules(value: Any, folder: Path) -> None:
    """LiteLLM before 1.94 finds the modules that a config names beside the config only: put them there for it."""
    if Version("1.94") <= INSTALLED:
        return
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            _place_modules(item, folder)
    elif isinstance(value, str) and re.fullmatch(r"(tests|headroom_litellm)(\.\w+)+", value):
        module, _, name = value.rpartition(".")
        file = folder.joinpath(*module.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text() if file.exists() else ""
        file.write_text(f"{text}from {module} import {name}\n")
