"""Where a conversation is rewritten: here while that is quick, in a thread, or in another process while it takes long.

The place never changes the result. A conversation stays with the process that knows its beginning, so that each new
turn costs only itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from . import offload, tokens
from .budget import UNKNOWN, Epochs, ModelFacts
from .conversation import Conversation, exceeds
from .lru import Lru
from .memory import Trimming, trim
from .offload import Deadline, ProcessPool, WorkerLost, WorkerProcess
from .pipeline import Became, Cancelled, Rewrite, Stretch, carry_on, known_turns, remember, stretch_of
from .settings import Settings

__all__ = ["Rewriter"]

_QUICK: Final = 4_000
"""Characters that are worked on in a few milliseconds at most."""
_PATIENCE: Final = 0.004
"""Seconds after which what looked quick is left to a thread at the end of its turn."""
_DIGESTED: Final = 200_000
"""Characters that are digested in as long."""
_LONG: Final = 64_000
"""Characters whose work would stall the event loop from a thread, too."""
_MANY: Final = 500
"""Changes that are taken over in as long."""


@dataclass(frozen=True, slots=True)
class _Afar:
    """A fold in another process: it has told the `changes` of the first so many `turns`, and may have gone on."""

    worker: WorkerProcess
    turns: int = 0
    changes: Sequence[Became] = ()
    weight: int = 0

    def with_told(self, told: _Told, turns: int) -> _Afar:
        """When it has gone on to so many turns. Takes over what was counted on the way."""
        tokens.learn(told.counts)
        weight = self.weight + sum(change.weight for change in told.changes)
        return _Afar(self.worker, turns, (*self.changes, *told.changes), weight)


class Rewriter:
    """`processes` is how many others may be had; `most` bytes are held of what they have told."""

    def __init__(self, processes: int, *, most: int = 64 * 1024 * 1024) -> None:
        self._pool = ProcessPool(processes)
        self._afar: Lru[bytes, _Afar] = Lru(4096, max_weight=most, weigh=lambda afar: afar.weight)

    async def rewrite(
        self, conversation: Conversation, settings: Settings, deadline: Deadline, facts: ModelFacts = UNKNOWN
    ) -> Rewrite:
        """What `pipeline.rewrite` makes of it. Stops when nobody waits for it any more. Raises TimeoutError at the
        deadline, and what work on the conversation raises."""
        quick = not exceeds(conversation.turns, _DIGESTED)

        def begin(_: Callable[[], bool]) -> tuple[Stretch, Epochs]:
            stretch = stretch_of(conversation, settings)
            return stretch, Epochs(conversation, stretch.digests, settings, facts)

        stretch, epochs = await offload.run(begin, deadline, quick=quick)
        while True:
            if epochs.conversation is not conversation:
                stretch = await offload.run(lambda _: stretch_of(epochs.conversation, settings), deadline, quick=quick)
            changes = await self._changes(stretch, settings, deadline)
            # Tokens are counted then, which takes long.
            is_quick = quick and not epochs.may_happen
            if not await offload.run(partial(_advance, epochs, changes), deadline, quick=is_quick):
                break
        return await offload.run(lambda _: Rewrite.of(changes, conversation, epochs.left_out), deadline, quick=quick)

    def close(self) -> None:
        self._pool.close()

    async def _changes(self, stretch: Stretch, settings: Settings, deadline: Deadline) -> Sequence[Became]:
        turns, known_here, is_lost = len(stretch.turns), known_turns(stretch), False
        known, afar = self._known_afar(stretch, known_here)
        if afar is not None and afar.turns == turns:
            return afar.changes
        for place in self._places(stretch, known_here, afar):
            try:
                done = await self._apart(stretch, place, settings, deadline)
            except WorkerLost as error:
                is_lost = is_lost or error.at_work
            else:
                if done is not None:
                    self._afar.pop(stretch.digests[known])
                    self._afar.put(stretch.digests[turns], done)
                    return done.changes
        if is_lost or (afar is not None and afar.turns < known):
            # The conversation may be what ends or holds up other processes: then it is not for this one either.
            raise WorkerLost(at_work=True)
        return await _here(stretch, known_here, settings, deadline)

    def _places(self, stretch: Stretch, known_here: int, afar: _Afar | None) -> Iterator[_Afar]:
        """Other processes to try: more than one, since the first may have ended by chance."""
        if afar is not None and not afar.worker.is_lost:
            yield afar
        if afar is not None or exceeds(stretch.turns[known_here:], _LONG):
            for _ in range(2):
                if (worker := self._pool.worker()) is not None:
                    yield _Afar(worker)

    def _known_afar(self, stretch: Stretch, more_than: int) -> tuple[int, _Afar | None]:
        """The longest beginning that another process was given, if it is longer than so many turns."""
        for known in range(len(stretch.turns), more_than, -1):
            if (afar := self._afar.get(stretch.digests[known])) is not None:
                return known, afar
        return 0, None

    async def _apart(self, stretch: Stretch, afar: _Afar, settings: Settings, deadline: Deadline) -> _Afar | None:
        """When it has told all changes; None where that process does not know the beginning. Raises WorkerLost."""
        end = stretch.digests[-1]
        # Where this is not awaited to the end, the next request finds what was done till then.
        self._afar.put(end, afar)
        try:
            told = await self._pool.run(afar.worker, deadline, _told, stretch.after(afar.turns), settings)
        except WorkerLost as error:
            if not error.at_work:
                self._afar.pop(end)
            raise
        if told is None:
            return None
        quick, turns = len(told.changes) <= _MANY, len(stretch.turns)
        return await offload.run(lambda _: afar.with_told(told, turns), deadline, quick=quick)


def _advance(epochs: Epochs, changes: Sequence[Became], _: Callable[[], bool]) -> bool:
    return epochs.advance(changes)


async def _here(stretch: Stretch, known: int, settings: Settings, deadline: Deadline) -> Sequence[Became]:
    # What a user says is compared with all that was put away before.
    looked_at = stretch.turns if settings.proactive_expansion else stretch.turns[known:]
    if not exceeds(looked_at, _QUICK):
        ends = time.perf_counter() + _PATIENCE
        with contextlib.suppress(Cancelled):
            return carry_on(stretch, settings, lambda: time.perf_counter() > ends) or ()
    return await offload.run(partial(carry_on, stretch, settings), deadline) or ()


@dataclass(frozen=True, slots=True)
class _Told:
    """What another process tells: the changes, and the tokens counted for them."""

    changes: Sequence[Became]
    counts: dict[str, int]


@lru_cache(maxsize=1)
def _trimming(seconds: float) -> Trimming:
    """That of this process."""
    return Trimming(seconds)


def _told(stretch: Stretch, settings: Settings, cancelled: Callable[[], bool]) -> _Told | None:
    remember(settings)
    if _trimming(settings.memory_trim_seconds).is_due():
        trim()
    changes = carry_on(stretch, settings, cancelled)
    if changes is None:
        return None
    texts = [segment.text for turn in stretch.turns for segment in turn.segments]
    shorter = [change for change in changes if change.compressed is not None]
    counts = tokens.counts(text for change in shorter for text in (texts[change.number - stretch.before], change.text))
    return _Told(changes, counts)
