"""One recorded session, sent turn by turn through both proxies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from standin import Standin, Usage

from .clients import Agent, Received
from .script import Script
from .sessions import Session, load

__all__ = ["Outcome", "Plan", "Side", "added_seconds", "replay"]


@dataclass(frozen=True)
class Plan:
    """How a session is replayed.

    name:       that of its file
    format:     `openai` or `claude`
    most_turns: stop after so many; a session's cost grows with the square of its length
    """

    name: str
    title: str
    format: str
    stream: bool
    most_turns: int | None = None

    @cached_property
    def session(self) -> Session:
        return load(self.name)

    @property
    def turns(self) -> int:
        """How many turns are replayed."""
        return len(self.session.turns[: self.most_turns])


@dataclass
class Side:
    """One way through: every call that reached the provider, hidden ones included, and every wait of the agent."""

    calls: list[Usage] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __iadd__(self, other: Side) -> Side:
        self.calls += other.calls
        self.waits += other.waits
        return self


@dataclass
class Outcome:
    """What came of a session.

    retrievals: how often the model asked for an original
    faults:     every turn that was not answered as it should have been, and why
    """

    plan: Plan
    plain: Side = field(default_factory=Side)
    plugin: Side = field(default_factory=Side)
    retrievals: int = 0
    faults: list[str] = field(default_factory=list)


def added_seconds(plain: Side, plugin: Side) -> float:
    """The median of what the agent waited longer, turn by turn."""
    return median(ours - theirs for ours, theirs in zip(plugin.waits, plain.waits, strict=True))


def replay(plan: Plan, standin: Standin, plain: Agent, plugin: Agent, done: Callable[[], None]) -> Outcome:
    """Replay a whole session; `done` is called after each turn."""
    session, outcome = plan.session, Outcome(plan)
    ways = [
        _Way(standin, f"{plan.format}-{plan.name}-{label}", agent, side, plan)
        for label, agent, side in (("plain", plain, outcome.plain), ("plugin", plugin, outcome.plugin))
    ]
    for number, at in enumerate(session.turns[: plan.most_turns], 1):
        # Taking turns at going first, so that neither always finds the other's work done.
        answers = {way: way.send(at) for way in (ways if number % 2 else ways[::-1])}
        ours, theirs = answers[ways[1]], answers[ways[0]]
        if not ours.same_as(theirs):
            outcome.faults.append(f"{plan.name}, turn {number}: the two answers differ")
        if not theirs.says(session.messages[at]):
            outcome.faults.append(f"{plan.name}, turn {number}: the answer is not the recorded one")
        done()
    script = ways[1].script
    outcome.retrievals = len(script.retrieved)
    outcome.faults += [f"{plan.name}: the original of {found} did not come back exact" for found in script.wrong]
    for way in ways:
        way.close()
    return outcome


class _Way:
    """A session on its way through one proxy, under a model name of its own."""

    def __init__(self, standin: Standin, model: str, agent: Agent, side: Side, plan: Plan) -> None:
        self.script = Script(plan.turns)
        self._standin, self._model, self._agent, self._side, self._session = standin, model, agent, side, plan.session
        standin.handle(self.script, model)

    def send(self, at: int) -> Received:
        self.script.next_turn(self._session.messages[at])
        received = self._agent.ask(self._model, self._session, self._session.messages[:at])
        self._side.waits.append(received.waited)
        return received

    def close(self) -> None:
        """Take down what the provider charged, and let it forget this session."""
        self._side.calls = [call.usage for call in self._standin.requests_of(self._model) if call.usage is not None]
        self._standin.reset(self._model)
