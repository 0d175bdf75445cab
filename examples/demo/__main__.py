"""Runs the demo. Needs no API key and no network; exit status 1 if any answer was not what it should have been."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, NoReturn

import anthropic
import openai
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from standin import Standin, running

from .clients import agent
from .proxies import Proxies, proxies
from .replay import Outcome, Plan, replay
from .table import show

PLANS: Final = (
    Plan("claude-code", "Claude Code, Elixir", "claude", stream=True, most_turns=50),
    Plan("mini-swe-sphinx", "mini-SWE-agent, Sphinx", "openai", stream=True),
    Plan("mini-swe-django", "mini-SWE-agent, Django", "claude", stream=False),
    Plan("tau-airline", "τ-bench, airline desk", "openai", stream=False),
)
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m examples.demo", description="Replay recorded sessions, with and without the plugin."
    )
    parser.add_argument(
        "--whole", action="store_true", help="replay every session to its end, which takes twice as long"
    )
    whole = parser.parse_args().whole
    plans = [replace(plan, most_turns=None) for plan in PLANS] if whole else PLANS
    console = Console(width=None if sys.stdout.isatty() else 100)
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        with TemporaryDirectory(prefix="headroom-demo-") as folder, running() as standin:
            outcomes = _run(console, standin, Path(folder), plans)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    except RuntimeError as failure:
        console.print(str(failure), markup=False, highlight=False)
        return 1
    show(console, outcomes)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


def _run(console: Console, standin: Standin, folder: Path, plans: Sequence[Plan]) -> list[Outcome]:
    with ExitStack() as stack:
        with console.status("Starting two LiteLLM proxies, one with the plugin and one without …"):
            through = stack.enter_context(proxies(standin.url, folder))
        try:
            return _replay(console, standin, through, plans)
        except (openai.OpenAIError, anthropic.AnthropicError) as error:
            raise RuntimeError(f"{type(error).__name__}: {error}\n{through.log_tails()}") from error


def _replay(console: Console, standin: Standin, through: Proxies, plans: Sequence[Plan]) -> list[Outcome]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    outcomes = []
    with Progress(*columns, console=console, transient=True) as progress:
        tasks = [progress.add_task(plan.title, total=plan.turns, start=False) for plan in plans]
        for plan, task in zip(plans, tasks, strict=True):
            progress.start_task(task)
            plain, plugin = (
                agent(plan.format, url, through.key, stream=plan.stream)
                for url in (through.plain.url, through.plugin.url)
            )
            outcomes.append(replay(plan, standin, plain, plugin, done=partial(progress.advance, task)))
    return outcomes


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Stop, once; no further signal may keep the proxies from being stopped too."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.stderr.write("\nStopping the proxies …\n")
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
