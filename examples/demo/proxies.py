"""Two real LiteLLM proxies on loopback ports: one with the plugin, one without."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Both the proxies and this process load litellm, which would first ask the network for its price list.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from standin.proxy import Proxy, proxy

__all__ = ["Proxies", "proxies"]

_HERE: Final = Path(__file__).resolve().parent
_NOT_OURS: Final = ("REDIS_", "HEADROOM_", "DATABASE_URL", "LITELLM_SALT_KEY")


@dataclass(frozen=True)
class Proxies:
    """The running proxies, and the key that both take."""

    plain: Proxy
    plugin: Proxy
    key: str

    def log_tails(self) -> str:
        """The last lines that each proxy printed."""
        return "\n".join(f"--- {each.log.name}\n{_tail(each.log)}" for each in (self.plain, self.plugin))


@contextmanager
def proxies(provider_url: str, folder: Path) -> Iterator[Proxies]:
    """Both proxies, in front of the provider at `provider_url`; gone when this returns, whatever interrupts it.

    `folder` takes their logs. Raises RuntimeError with the end of a log when one does not start.
    """
    # The demo shows the defaults, not what the shell it is run from is set up for.
    for name in [name for name in os.environ if name.startswith(_NOT_OURS)]:
        del os.environ[name]
    key = f"sk-{secrets.token_hex(24)}"
    env = {"LITELLM_MASTER_KEY": key, "STANDIN_URL": provider_url, "STANDIN_OPENAI_URL": f"{provider_url}/v1"}
    env["NO_PROXY"] = "127.0.0.1,localhost"
    contexts = [
        proxy(_HERE / f"{name}.yaml", log=folder / f"{name}.log", env=env) for name in ("without_plugin", "with_plugin")
    ]
    with ExitStack() as stack, ThreadPoolExecutor(len(contexts)) as pool:
        starts = [pool.submit(context.__enter__) for context in contexts]
        for context, start in zip(contexts, starts, strict=True):
            # Even when one fails or we are interrupted, the other is waited for, because only then can it be stopped.
            stack.push(
                lambda *error, context=context, start=start: start.exception() is None and context.__exit__(*error)
            )
        plain, plugin = [start.result() for start in starts]
        yield Proxies(plain, plugin, key)


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
