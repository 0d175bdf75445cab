"""What volatile values cost: how much of a prompt had been sent before, and could not be read from the cache because a
value before it was another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Final

from ..ccr.key import key_of
from ..conversation import Turn
from ..lru import Lru
from ..report.counters import Counters
from .aligner import Aligned

__all__ = ["Losses"]

_CHARACTERS_A_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class _Sent:
    """What was sent last: the keys of the values, and how many characters behind the system prompt."""

    values: tuple[str, ...]
    characters: int


class Losses:
    """Remembers what was sent, by its keys. Knows of this process's requests only, and takes a provider to forget
    nothing."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._sent: Lru[str, _Sent] = Lru(4096, max_weight=100_000, weigh=lambda sent: len(sent.values))

    def count(self, aligned: Aligned, turns: Sequence[Turn], *, moved: bool) -> None:
        """One request with these values, and with this conversation behind them. `moved`: they stand behind it."""
        for kind, number in Counter(value.kind for value in aligned.values).items():
            self._counters.add("volatile_values", number, cause=kind)
        if tokens := self._tokens(aligned, turns):
            self._counters.add("volatile_tokens", tokens, cause="kept" if moved else "lost")

    def _tokens(self, aligned: Aligned, turns: Sequence[Turn]) -> int:
        """About how many tokens stand behind the first value that has changed and had been sent before: of the prompt
        where another conversation had the same, of the conversation too where it is one that is known."""
        rest = list(dropwhile(lambda turn: turn.role == "system", turns))
        begins = "".join(segment.text for turn in rest[:1] for segment in turn.segments)
        conversation = f"{aligned.key} {key_of(begins)}"
        known = self._sent.get(conversation)
        last = known or self._sent.get(aligned.key)
        now = _Sent(
            tuple(key_of(value.text) for value in aligned.values),
            sum(len(segment.text) for turn in rest for segment in turn.segments),
        )
        self._sent.put(conversation, now)
        self._sent.put(aligned.key, now)
        # Not as many: the prompts are alike by chance, because one has a placeholder in its words.
        if last is None or last.values == now.values or len(last.values) != len(now.values):
            return 0
        changed = next(at for at, pair in enumerate(zip(last.values, now.values, strict=True)) if pair[0] != pair[1])
        behind = aligned.values[changed].behind + (known.characters if known else 0)
        return behind // _CHARACTERS_A_TOKEN
