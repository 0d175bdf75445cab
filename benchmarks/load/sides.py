"""The sides that are compared: LiteLLM proxies of one configuration, with the plugin and without it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from standin.proxy import Proxy, proxy

from .client import Client
from .process import Use, use_of
from .requests import MODELS

__all__ = ["PLAIN", "PLUGIN", "Side", "provider", "sides", "started"]

PLAIN = "plain"
PLUGIN = "plugin"
_ROOT = Path(__file__).parents[2]
_NOT_OURS = ("REDIS_", "HEADROOM_", "DATABASE_URL", "LITELLM_SALT_KEY")
_PRICES = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5}

_SOON_FULL = {"compress_cache": {"max_bytes": 16 * 1024**2}, "remembered_bytes": 32 * 1024**2}
"""So that memory which goes on growing is not taken for what is kept by intent."""


@dataclass(frozen=True)
class Side:
    name: str
    proxy: Proxy
    client: Client

    @property
    def pid(self) -> int:
        return self.proxy.process.pid

    def use(self) -> Use:
        return use_of(self.pid)


@contextmanager
def provider() -> Iterator[tuple[str, int]]:
    """The provider's address and its process id."""
    command = [sys.executable, "-m", "benchmarks.load.provider"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def started(name: str, provider_url: str, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Side]:
    """A proxy with one worker, which has the plugin unless its name is `plain`. `env` is added to its environment."""
    key = f"sk-{secrets.token_hex(24)}"
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(_config(provider_url, key, plugin=name != PLAIN)))
    cleared = {name: "" for name in os.environ if name.startswith(_NOT_OURS)}
    own = {"NO_PROXY": "127.0.0.1,localhost", "PYTHONPATH": str(_ROOT), **(env or {})}
    with proxy(path, log=folder / f"{name}.log", env={**cleared, **own}) as running:
        client = Client(int(running.url.rpartition(":")[2]), key)
        try:
            yield Side(name, running, client)
        finally:
            client.close()


@contextmanager
def sides(
    provider_url: str, folder: Path, *, other: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[list[Side]]:
    """`plain`, `plugin` and, where another checkout of the plugin is given, `other`. One starts after the other, so
    that none is in the other's way."""
    with ExitStack() as stack:
        found = [stack.enter_context(started(PLAIN, provider_url, folder, env))]
        found.append(stack.enter_context(started(PLUGIN, provider_url, folder, env)))
        if other is not None:
            # Python would otherwise look for the package in the working directory first.
            elsewhere = {**(env or {}), "PYTHONPATH": str(other.resolve()), "PYTHONSAFEPATH": "1"}
            found.append(stack.enter_context(started("other", provider_url, folder, elsewhere)))
        yield found


def _config(provider_url: str, key: str, *, plugin: bool) -> dict[str, object]:
    urls = {"chat": ("openai", f"{provider_url}/v1"), "messages": ("anthropic", provider_url)}
    names = [(form, model + variant) for form, model in MODELS.items() for variant in ("", "-paced", "-asks")]
    models = [
        {
            "model_name": name,
            "litellm_params": {
                "model": f"{urls[form][0]}/{name}",
                "api_base": urls[form][1],
                "api_key": "sk-none",
                **_PRICES,
            },
        }
        for form, name in names
    ]
    return {
        "model_list": models,
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "litellm_settings": {"callbacks": ["headroom_litellm.hook"]} if plugin else {},
        "callback_settings": {
            "headroom_litellm": {"compress_cache": {"max_bytes": 16 * 1024**2}, "remembered_bytes": 32 * 1024**2}
        }
        if plugin
        else {},
        "general_settings": {"master_key": key},
    }
