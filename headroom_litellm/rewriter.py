"""Where a conversation is rewritten: here while that is quick, in a thread, or in another process while it takes long.

The place never changes the result. A conversation stays with the process that knows its beginning, so that each new
turn costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from . import offload, tokens
from .conversation import Conversation
from .lru import Lru
from .offload import Deadline, ProcessPool, WorkerLost, WorkerProcess
from .pipeline import Became, Rewrite, Stretch, carry_on, known_turns, stretch_of
from .settings import Settings

__all__ = ["Rewriter"]

_QUICK: Final = 8_000
"""Characters that are worked on in a millisecond or so."""
_DIGESTED: Final = 200_000
"""Characters whose digest takes as long."""
_LONG: Final = 64_000
"""Characters whose work would stall the event loop from a thread, too."""


@dataclass(frozen=True, slots=True)
class _Afar:
    """A fold in another process, and what it has told of it."""

    worker: WorkerProcess
    changes: Sequence[Became]

    @property
    def weight(self) -> int:
        return sum(200 + len(change.text) for change in self.changes)


class Rewriter:
    """`processes` is how many others may be had."""

    def __init__(self, processes: int) -> None:
        self._pool = ProcessPool(processes)
        self._afar: Lru[bytes, _Afar] = Lru(4096, max_weight=64 * 1024 * 1024, weigh=lambda afar: afar.weight)

    async def rewrite(self, conversation: Conversation, settings: Settings, deadline: Deadline) -> Rewrite:
        """What `pipeline.rewrite` makes of it. Stops when nobody waits for it any more. Raises TimeoutError at the
        deadline, and what work on the conversation raises."""
        size = sum(len(segment.text) for _, segment in conversation.segments())
        stretch = await offload.run(lambda _: stretch_of(conversation, settings), deadline, quick=size <= _DIGESTED)
        return Rewrite.of(await self._changes(stretch, settings, deadline), conversation.paths())

    def close(self) -> None:
        self._pool.close()

    async def _changes(self, stretch: Stretch, settings: Settings, deadline: Deadline) -> Sequence[Became]:
        known_here, lost = known_turns(stretch), None
        for known, afar in self._places(stretch, known_here):
            try:
                changes = await self._apart(stretch, known, afar, settings, deadline)
            except WorkerLost as error:
                lost = error if error.at_work else lost
            else:
                if changes is not None:
                    return changes
        if lost is not None:
            raise lost  # The conversation may be what ended it: then it is not for this process either.
        quick = stretch.after(known_here).characters <= _QUICK
        return await offload.run(partial(carry_on, stretch, settings), deadline, quick=quick) or ()

    def _places(self, stretch: Stretch, known_here: int) -> Iterator[tuple[int, _Afar]]:
        """Other processes to try, with how many turns each knows: two, since the first one may have ended by chance."""
        known, afar = self._known_afar(stretch, known_here)
        if afar is not None:
            yield known, afar
        if afar is not None or stretch.after(known_here).characters > _LONG:
            for _ in range(2):
                if (worker := self._pool.worker()) is not None:
                    yield 0, _Afar(worker, ())

    def _known_afar(self, stretch: Stretch, more_than: int) -> tuple[int, _Afar | None]:
        """The longest beginning that another process knows, if it is longer than so many turns."""
        for known in range(len(stretch.turns), more_than, -1):
            afar = self._afar.get(stretch.digests[known])
            if afar is not None and not afar.worker.is_lost:
                return known, afar
        return 0, None

    async def _apart(
        self, stretch: Stretch, known: int, afar: _Afar, settings: Settings, deadline: Deadline
    ) -> Sequence[Became] | None:
        """All changes; None where that process does not know the beginning. Raises WorkerLost."""
        rest = stretch.after(known)
        told = await self._pool.run(afar.worker, deadline, _told, rest, settings)
        if told is None:
            return None
        tokens.learn(told.counts)
        texts = [segment.text for turn in rest.turns for segment in turn.segments]
        new = [_with_original(change, texts[change.number - rest.before]) for change in told.changes]
        changes = [*afar.changes, *new]
        self._afar.pop(stretch.digests[known])
        self._afar.put(stretch.digests[-1], _Afar(afar.worker, changes))
        return changes


@dataclass(frozen=True, slots=True)
class _Told:
    """What another process tells: the changes, without originals that are known, and tokens counted for them."""

    changes: Sequence[Became]
    counts: dict[str, int]


def _told(stretch: Stretch, settings: Settings, cancelled: Callable[[], bool]) -> _Told | None:
    changes = carry_on(stretch, settings, cancelled)
    if changes is None:
        return None
    outputs = [change.compressed for change in changes if change.compressed is not None]
    counts = tokens.counts([text for output in outputs for text in (output.original, output.text)])
    return _Told([_with_original(change, "") for change in changes], counts)


def _with_original(change: Became, original: str) -> Became:
    """The change of a segment whose text that is."""
    output = change.compressed
    if output is None:
        return change
    originals = {key: original if key == output.key else text for key, text in change.originals.items()}
    return replace(change, compressed=replace(output, original=original), originals=originals)
