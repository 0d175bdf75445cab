"""Runs the demo. Needs no API key and no network; exit status 1 if any answer was not what it should have been."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

# Before anything loads litellm, which would ask the network for its price list first.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from standin import running
from standin.proxy import Proxy, proxy

from .clients import Agent, ChatAgent, MessagesAgent
from .replay import Outcome, Plan, replay
from .sessions import load
from .table import show

_HERE: Final = Path(__file__).resolve().parent
_PLANS: Final = (
    Plan("claude-code", "Claude Code, a feature", "messages, streamed", "claude", True),
    Plan("mini-swe-sphinx", "mini-SWE-agent, Sphinx bug", "chat, streamed", "openai", True),
    Plan("mini-swe-django", "mini-SWE-agent, Django bug", "messages", "claude", False),
    Plan("tau-airline", "τ-bench, airline desk", "chat", "openai", False),
)


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 100)
    with _one_interrupt():
        try:
            outcomes = _run(console)
        except KeyboardInterrupt:
            console.print("Stopped.")
            return 130
        except RuntimeError as error:  # a proxy that did not start; the end of its log is in the message
            console.print(str(error), markup=False)
            return 1
    show(console, outcomes)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


def _run(console: Console) -> list[Outcome]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="headroom-demo-")))
        standin = stack.enter_context(running())
        key = f"sk-{secrets.token_hex(24)}"
        with console.status("Starting a stand-in provider and two LiteLLM proxies, one with the plugin …"):
            plain, plugin = _proxies(stack, folder, standin.url, key)
        with Progress(*columns, console=console, transient=True) as progress:
            tasks = [progress.add_task(plan.title, total=len(load(plan.name).turns)) for plan in _PLANS]
            outcomes = []
            for plan, task in zip(_PLANS, tasks, strict=True):
                agents = (_agent(plan, plain, key), _agent(plan, plugin, key))
                try:
                    outcomes.append(replay(plan, standin, *agents, done=lambda task=task: progress.advance(task)))
                except (openai_error, anthropic_error) as error:
                    raise RuntimeError(f"{plan.name}: {error}\n{_tail(plugin.log)}") from error
    return outcomes
