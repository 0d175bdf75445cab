"""A conversation from one budget event to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from .. import tokens
from ..ccr.key import key_of
from ..conversation import GONE, Conversation, LeftOut
from ..fold import Became
from ..lru import Lru
from ..settings import Settings
from .cleared import NOTHING, Cleared
from .facts import ModelFacts
from .held import held, task_of
from .rounds import kept_of, leave_out
from .sizes import at_most, sizes
from .stale import stale
from .window import NOTE, to_make_room

__all__ = ["Epochs"]


@dataclass(frozen=True, slots=True)
class _State:
    """All that is cleared, and behind how many turns that was last looked at."""

    cleared: Cleared = NOTHING
    turns: int = 0

    @property
    def weight(self) -> int:
        return 200 + sum(200 + len(stub) for stub in self.cleared.stubs.values())


_states: Final = Lru[tuple[bytes, ModelFacts, str], _State](
    4096, max_weight=16 * 1024 * 1024, weigh=lambda state: state.weight
)
"""What is known of conversations by their digest, the model and the key of what else is in its window. Only spares
finding it out again."""


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
        self._room = int((self._facts.window or 0) * settings.budget.full) if settings.budget.window else 0
        self.may_happen = conversation.retrievable and settings.compress_cache.enabled
        """Whether there may be events. Where not, all else is quick."""
        if self.may_happen and not self._budget.stale:
            self.may_happen = self._room > 0 and self._room < at_most(
                (segment for _, segment in conversation.segments()),
                conversation.declared,
                expands=settings.proactive_expansion,
            )
        self._beside = key_of(conversation.declared) if self.may_happen else ""
        self._state = self._known() if self.may_happen else _State()
        self._stand()

    @property
    def left_out(self) -> LeftOut | None:
        """The rounds that are left out as a whole."""
        turns, cleared = self._whole.turns, self._state.cleared
        return leave_out(turns, task_of(turns) + 1, cleared.until, cleared.words) if cleared.until else None

    def advance(self, changes: Sequence[Became]) -> bool:
        """Whether there is another event, given what the conversation as it stands becomes. It is another one then."""
        if not self.may_happen:
            return False
        shown = sizes((segment for _, segment in self.conversation.segments()), changes)
        beside = tokens.count(self._whole.declared) + (NOTE if self._state.cleared.until else 0)
        before = list(accumulate(shown, initial=beside))
        ends = list(accumulate(len(turn.segments) for turn in self.conversation.turns))
        for turns in range(max(1, self._state.turns), len(ends) + 1):
            found = self._event(turns, before[ends[turns - 1]], shown)
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
        if self._room and size > self._room:
            excess = size - int(self._room * self._budget.cleared_to)
            # With half of that room the next event is far enough off for words to stay.
            return to_make_room(held(seen), sizes, excess, (self._room - size + excess) // 2, seen)
        return stale(seen, sizes, self._budget, self._facts) if self._budget.stale else NOTHING

    def _stand(self) -> None:
        turns, cleared = self._whole.turns, self._state.cleared
        first = task_of(turns) + 1 if cleared.until else 0
        left_out = range(first, cleared.until)
        gone = frozenset(left_out) - kept_of(turns, first, cleared.until, cleared.words)
        self.conversation = _with(self._whole, cleared.stubs, gone)

    def _known(self) -> _State:
        for turns in range(len(self._digests) - 1, 0, -1):
            if (state := _states.get(self._name_of(turns))) is not None:
                return state
        return _State()

    def _name_of(self, turns: int) -> tuple[bytes, ModelFacts, str]:
        return self._digests[turns], self._facts, self._beside


def _with(conversation: Conversation, stubs: Mapping[int, str], gone: Set[int]) -> Conversation:
    if not stubs and not gone:
        return conversation
    turns, number = [], 0
    for at, turn in enumerate(conversation.turns):
        numbers = range(number, number + len(turn.segments))
        if at in gone or any(one in stubs for one in numbers):
            segments = tuple(
                replace(segment, stub=GONE if at in gone else stubs.get(one, segment.stub))
                for one, segment in zip(numbers, turn.segments, strict=True)
            )
            turn = replace(turn, segments=segments)
        turns.append(turn)
        number += len(turn.segments)
    return replace(conversation, turns=tuple(turns))
