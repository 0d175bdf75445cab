"""The outcome, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from .pricing import CACHED, OUTPUT, UNCACHED, bill, tokens_sent
from .replay import Outcome, Plan, Side, added_seconds

__all__ = ["show"]

_FORMATS: Final = {"claude": "Anthropic", "openai": "OpenAI"}
_NOTES: Final = (
    "Real recorded sessions (examples/sessions), two real LiteLLM proxies and the providers' own client libraries; the "
    "provider is a stand-in that says what the recorded model said. Recordings lack the agents' own system prompts and "
    "tool declarations, which cost the same either way.",
    f"Bill: in units of one input token at list price. An input token costs {CACHED:g} if the provider has it cached "
    f"and {UNCACHED:g} if not (it is written to the cache), an output token {OUTPUT:g}.",
    "Retrieved: how often the scripted model asked for an original; each came back byte for byte, and the client saw "
    "nothing of it. These hidden calls are in the tokens and the bill.",
    "Added wait: what the client waited longer for the first event of a stream, or for a whole answer; the median over "
    "turns. The stand-in answers at once, so nothing hides it.",
)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the table, the verdict, what the figures mean, and every fault."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("Session", ratio=1)
    for heading in ("Tokens sent", "Bill", "Retrieved", "Added\nwait", "Same\nanswers"):
        table.add_column(heading, justify="right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(f"{outcome.plan.title}\n[dim]{_how(outcome.plan)}", *_figures([outcome]))
    table.add_section()
    turns = sum(outcome.plan.turns for outcome in outcomes)
    table.add_row(f"[bold]All of them[/]\n[dim]{len(outcomes)} sessions, {turns} turns", *_figures(outcomes))
    console.print("\n[bold]The same agent sessions through LiteLLM: without the plugin → with it[/]\n")
    console.print(table)
    _verdict(console, outcomes, turns)
    for note in _NOTES:
        console.print(f"[dim]{note}[/]", highlight=False)
    console.print()


def _how(plan: Plan) -> str:
    recorded = len(plan.session.turns)
    turns = f"{plan.turns} turns" if plan.turns == recorded else f"{plan.turns} of {recorded} turns"
    return f"{_FORMATS[plan.format]}, {'streamed, ' if plan.stream else ''}{turns}"


def _verdict(console: Console, outcomes: Sequence[Outcome], turns: int) -> None:
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    for fault in faults:
        console.print(f"[bold red]✗[/] {fault}", highlight=False)
    plain, plugin = _sides(outcomes)
    sent = _change(tokens_sent(plain.calls), tokens_sent(plugin.calls))
    price = _change(bill(plain.calls), bill(plugin.calls))
    if faults:
        console.print("\n[bold red]✗ The plugin, or this demo, is broken: see above.[/]\n")
    else:
        what = f"{_words(sent, 'tokens sent')}, {_words(price, 'to pay')}; all {turns} answers identical."
        console.print(f"[bold green]✓[/] [bold]{what}[/]\n", highlight=False)


def _figures(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    plain, plugin = _sides(outcomes)
    pairs = [(tokens_sent(plain.calls), tokens_sent(plugin.calls)), (bill(plain.calls), bill(plugin.calls))]
    amounts = [f"{_short(before)} → {_short(after)}\n{_coloured(_change(before, after))}" for before, after in pairs]
    retrieved = sum(outcome.retrievals for outcome in outcomes)
    differing = sum(len(outcome.faults) for outcome in outcomes)
    turns = sum(outcome.plan.turns for outcome in outcomes)
    same = "[bold red]✗[/]\n[red]see ↓" if differing else f"[bold green]✓[/]\n[dim]all {turns}"
    wait = f"{added_seconds(plain, plugin) * 1000:+.0f} ms"
    return (*amounts, str(retrieved), wait, same)


def _sides(outcomes: Sequence[Outcome]) -> tuple[Side, Side]:
    plain, plugin = Side(), Side()
    for outcome in outcomes:
        plain += outcome.plain
        plugin += outcome.plugin
    return plain, plugin


def _change(before: float, after: float) -> float:
    return (after - before) / before


def _coloured(change: float) -> str:
    return f"[{'green' if change < 0 else 'red' if change > 0 else 'dim'}]{change:+.1%}".replace("-", "−")


def _words(change: float, what: str) -> str:
    return f"{abs(change):.0%} {'less' if change <= 0 else 'more'} {what}".replace("less tokens", "fewer tokens")


def _short(amount: float) -> str:
    return f"{amount / 1e6:.2f}M" if amount >= 1e6 else f"{amount / 1e3:.0f}k"
