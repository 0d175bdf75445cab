"""The Responses stream: event objects of LiteLLM's, spliced over hidden calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from .base import Answer, Splicer
from .either import changed, field
from .responses_items import (
    answer_of,
    as_dict,
    is_retrieval,
    joined,
    may_be_retrieval,
    output_of,
    shown,
)

__all__ = ["ResponsesSplicer"]

_OPENING: Final = ("response.created", "response.queued", "response.in_progress")
_FINAL: Final = ("response.completed", "response.incomplete", "response.failed")
_ITEM_ADDED: Final = "response.output_item.added"
_ITEM_DONE: Final = "response.output_item.done"


class ResponsesSplicer(Splicer):
    """Events up to the first retrieve call are passed as they are; from then on their numbers and indexes are ours.

    All events carry the id of the first response, by which clients tell that they are of one stream.
    """

    ended = False

    def __init__(self) -> None:
        self._first_id = ""
        self._earlier: list[list[Any]] = []
        self._usages: list[Any] = []
        self._followed_up = False
        self._renumbers = False
        self._number = -1
        self._numbered: bool | None = None
        self._sent_items = 0
        self._start()

    def _start(self) -> None:
        self.ended = False
        self._response: Any = None
        self._said: list[Any] = []
        self._answer: Answer | None = None
        self._held: Any = None
        self._done: dict[int, Any] = {}
        self._ours: set[int] = set()
        self._undecided: dict[int, list[Any]] = {}
        self._indexes: dict[int, int] = {}

    def feed(self, item: Any) -> Iterable[Any]:
        if not hasattr(item, "model_copy"):
            return [item]
        kind, response = getattr(item, "type", None), getattr(item, "response", None)
        if response is not None and kind in _OPENING:
            self._response = {"id": str(field(response, "id") or "")}
            self._first_id = self._first_id or self._response["id"]
            return [] if self._followed_up else [self._answering(item, shown(response))]
        if response is not None and kind in _FINAL:
            return self._final(item, response)
        index = getattr(item, "output_index", None)
        return self._of_item(item, kind, index) if isinstance(index, int) else [self._sent(item, {})]

    def answer(self) -> Answer:
        if self._answer is not None:
            return self._answer
        # A stream that broke off has not asked for anything yet.
        return replace(answer_of(self._done_items(), self._response), retrievals=())

    def next_stream(self) -> None:
        self._usages = self._all_usages(self._held)
        self._earlier.append(self._said)
        self._followed_up = self._renumbers = True
        self._start()

    def finish(self) -> Iterable[Any]:
        event, self._held = self._held, None
        return [] if event is None else self._end(event)

    def surrender(self) -> Iterable[Any]:
        waiting = [event for events in self._undecided.values() for event in events]
        return [*waiting, *([] if self._held is None else [self._held])]

    def _of_item(self, event: Any, kind: Any, index: int) -> list[Any]:
        """The events that go out for one about an output item, those that waited for the item's name among them."""
        item = getattr(event, "item", None)
        if kind == _ITEM_DONE:
            self._done[index] = item
        if is_retrieval(item):
            self._ours.add(index)
            self._undecided.pop(index, None)
        elif kind == _ITEM_ADDED and may_be_retrieval(item):
            self._undecided[index] = []
        if index in self._ours:
            self._renumbers = True
            return []
        if index in self._undecided and kind != _ITEM_DONE:
            self._renumbers = True
            self._undecided[index].append(event)
            return []
        return [self._placed(one, index) for one in [*self._undecided.pop(index, ()), event]]

    def _placed(self, event: Any, index: int) -> Any:
        if index not in self._indexes:
            self._indexes[index] = self._sent_items if self._renumbers else index
            self._sent_items = max(self._sent_items, self._indexes[index] + 1)
        return self._sent(event, {"output_index": self._indexes[index]} if self._indexes[index] != index else {})

    def _final(self, event: Any, response: Any) -> list[Any]:
        self.ended = True
        self._said = output_of(response) or self._done_items()
        self._answer = answer_of(self._said, response)
        if self._answer.retrievals:
            self._held = event
            return []
        return self._end(event)

    def _end(self, event: Any) -> list[Any]:
        response = joined(event.response, [*self._earlier, self._said], self._all_usages(event))
        if self._followed_up:
            response = changed(response, {"id": self._first_id})
        return [self._answering(event, response)]

    def _done_items(self) -> list[Any]:
        """The output as it was streamed, for final events that do not repeat it."""
        return [as_dict(item) for _, item in sorted(self._done.items())]

    def _all_usages(self, event: Any) -> list[Any]:
        usage = field(getattr(event, "response", None), "usage")
        return [*self._usages, *([] if usage is None else [usage])]

    def _answering(self, event: Any, response: Any) -> Any:
        return self._sent(event, {} if response is event.response else {"response": response})

    def _sent(self, event: Any, changes: dict[str, Any]) -> Any:
        """The event with these changes and the next number: itself where nothing changes. Streams that LiteLLM makes of
        other formats have few numbers or none; a follow-up's events get theirs from how the first stream began."""
        # Not those numbers that LiteLLM keeps on events of such streams without sending them.
        number = event.sequence_number if "sequence_number" in getattr(event, "model_fields_set", ()) else None
        if self._numbered is None:
            self._numbered = number is not None
        if self._renumbers and (self._numbered or number is not None) and number != self._number + 1:
            number = changes["sequence_number"] = self._number + 1
        self._number = self._number if number is None else max(self._number, number)
        return event.model_copy(update=changes) if changes else event
