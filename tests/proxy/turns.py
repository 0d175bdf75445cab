"""Conversations in no particular format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from standin.script import sign

__all__ = ["Call", "Heard", "Result", "Said", "Thought", "Turn", "original", "reread"]


@dataclass(frozen=True)
class Thought:
    """Thinking of the model's, with the stand-in's signature."""

    text: str

    @property
    def signature(self) -> str:
        return sign(self.text)


@dataclass(frozen=True)
class Said:
    text: str
    role: str = "user"


@dataclass(frozen=True)
class Call:
    """A tool call of the model's."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    thought: Thought | None = None


@dataclass(frozen=True)
class Result:
    """The output for the call of this id."""

    id: str
    text: str


@dataclass(frozen=True)
class Heard:
    """An answer of the model's as its client sends it back: items of the format's own history."""

    items: tuple[Any, ...]


Turn: TypeAlias = "Said | Call | Result | Heard"


def original(seed: str, number: int = 1) -> str:
    """A file's text, with everything that a careless round trip loses."""
    rows = [f'{seed}/{number} row {at}: naïve — "q" \\n \t{at * at} \u2028✓😀  ' for at in range(120)]
    rows[3] += "\r"
    return "\n".join(["", *rows, "\r", "  "])


def reread(seed: str, *, files: int = 1, thoughts: Sequence[Thought | None] = (None,)) -> list[Turn]:
    """The model has read each file twice, so that the second output is shortened: `original(seed, number)` is what its
    marker stands for. The calls go through `thoughts`, the last of which holds for all that follow."""
    turns: list[Turn] = [Said(f"Look into {seed}.")]
    for number in range(1, files + 1):
        for attempt in (1, 2):
            at = len(turns) // 2
            thought = thoughts[min(at, len(thoughts) - 1)]
            call = Call("Read", {"file_path": f"/{seed}/{number}.txt"}, f"call_{seed}_{number}_{attempt}", thought)
            turns += [call, Result(call.id, original(seed, number))]
    return turns
