"""A conversation from one budget event to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from .. import tokens
from ..conversation import GONE, Conversation, LeftOut
from ..fold import Became
from ..lru import Lru
from ..settings import Settings
from .cleared import NOTHING, Cleared
from .facts import ModelFacts
from .held import held, task_of
from .rounds import leave_out
from .stale import stale
from .window import to_make_room

__all__ = ["Epochs"]


_FRAME: Final = 6
"""Tokens around a text: who says it, and where it ends."""
_CALL: Final = 40
"""Tokens around the arguments of a call: its id and name, and the quoting."""


@dataclass(frozen=True, slots=True)
class _State:
    """All that is cleared, and behind how many turns that was last looked at."""

    cleared: Cleared = NOTHING
    turns: int = 0

    @property
    def weight(self) -> int:
        return 200 + sum(200 + len(stub) for stub in self.cleared.stubs.values())


_states: Final = Lru[tuple[bytes, ModelFacts, int], _State](
    4096, max_weight=16 * 1024 * 1024, weigh=lambda state: state.weight
)
"""What is known of conversations by their digest, the model and what else is in its window. Only spares finding it
out again."""


class Epochs:
    """`conversation` is as it stands behind the last event found so far. `digests` are those of the given one: of it
    up to each number of turns."""

    def __init__(
        self, conversation: Conversation, digests: Sequence[bytes], settings: Settings, facts: ModelFacts
    ) -> None:
        self._whole = conversation
        self._digests = digests
        self._budget = settings.budget
        self._facts = replace(facts, window=settings.budget.context_window or facts.window)
        self._can_clear = conversation.retrievable and settings.compress_cache.enabled
        self._room = int((self._facts.window or 0) * settings.budget.full)
        self._declared = tokens.count(conversation.declared) if self._may_be_full() else 0
        self._state = self._known() if self._may_happen() else _State()
        self._stand()

    @property
    def left_out(self) -> LeftOut | None:
        """The rounds that are left out as a whole."""
        turns, until = self._whole.turns, self._state.cleared.until
        return leave_out(turns, task_of(turns) + 1, until) if until else None

    def advance(self, changes: Sequence[Became]) -> bool:
        """Whether there is another event, given what the conversation as it stands becomes. It is another one then."""
        if not self._may_happen():
            return False
        sizes = self._sizes(changes)
        before = list(accumulate(sizes, initial=self._declared))
        ends = list(accumulate(len(turn.segments) for turn in self.conversation.turns))
        for turns in range(max(1, self._state.turns), len(ends) + 1):
            found = self._event(turns, before[ends[turns - 1]], sizes)
            if found.gain:
                self._state = _State(self._state.cleared.and_also(found), turns)
                _states.put(self._name_of(turns), self._state)
                self._stand()
                return True
        _states.put(self._name_of(len(ends)), replace(self._state, turns=len(ends)))
        return False

    def _event(self, turns: int, size: int, sizes: Sequence[int]) -> Cleared:
        """What is cleared behind so many turns, which take up `size` tokens."""
        seen = self.conversation.turns[:turns]
        if self._room and self._budget.window and size > self._room:
            excess = size - int(self._room * self._budget.cleared_to)
            # With half of that room the next event is far enough off for words to stay.
            return to_make_room(held(seen), sizes, excess, (self._room - size + excess) // 2, seen)
        return stale(seen, sizes, self._budget, self._facts) if self._budget.stale else NOTHING

    def _sizes(self, changes: Sequence[Became]) -> list[int]:
        """Tokens of each segment as it is shown."""
        shown = {change.number: change.text for change in changes}
        return [
            0
            if segment.stub == GONE
            else tokens.count(shown.get(number, segment.text)) + (_CALL if segment.kind == "call" else _FRAME)
            for number, (_, segment) in enumerate(self.conversation.segments())
        ]

    def _stand(self) -> None:
        cleared = self._state.cleared
        left_out = range(task_of(self._whole.turns) + 1, cleared.until)
        self.conversation = _with(self._whole, cleared.stubs, left_out)

    def _may_happen(self) -> bool:
        return self._can_clear and (self._budget.stale or self._may_be_full())

    def _may_be_full(self) -> bool:
        """Whether there may be more tokens than there is room for: a token takes up a byte at least."""
        if not (self._room and self._budget.window):
            return False
        size = sum(len(segment.text) * (1 if segment.text.isascii() else 4) for _, segment in self._whole.segments())
        return size + 4 * len(self._whole.declared) > self._room

    def _known(self) -> _State:
        for turns in range(len(self._digests) - 1, 0, -1):
            if (state := _states.get(self._name_of(turns))) is not None:
                return state
        return _State()

    def _name_of(self, turns: int) -> tuple[bytes, ModelFacts, int]:
        return self._digests[turns], self._facts, self._declared


def _with(conversation: Conversation, stubs: Mapping[int, str], left_out: range) -> Conversation:
    if not stubs and not left_out:
        return conversation
    turns, number = [], 0
    for at, turn in enumerate(conversation.turns):
        numbers = range(number, number + len(turn.segments))
        if at in left_out or any(one in stubs for one in numbers):
            segments = tuple(
                replace(segment, stub=GONE if at in left_out else stubs.get(one, ""))
                for one, segment in zip(numbers, turn.segments, strict=True)
            )
            turn = replace(turn, segments=segments)
        turns.append(turn)
        number += len(turn.segments)
    return replace(conversation, turns=tuple(turns))
