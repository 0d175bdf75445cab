"""The responses that the Responses API keeps, and what a request means that refers to them."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from standin.wire import Json, Refused, objects

__all__ = ["Kept", "Known"]


class Known(NamedTuple):
    """An output item of a kept response. A reasoning item and what it led to belong together: `leader` is the id of
    the reasoning item right before this one, `follower` that of the item right behind this reasoning item."""

    item: Json
    leader: str | None
    follower: str | None


class _Entry(NamedTuple):
    response: Json
    prompt: list[Json]


class Kept:
    """Responses by id. Safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._items: dict[str, Known] = {}
        self._lock = Lock()

    def keep(self, response: Json, prompt: list[Json]) -> None:
        """Keep a finished response to these items."""
        output = response["output"]
        with self._lock:
            self._entries[response["id"]] = _Entry(response, prompt)
            for before, item, behind in zip([None, *output], output, [*output[1:], None], strict=False):
                leader = before["id"] if before and before["type"] == "reasoning" else None
                follower = behind["id"] if behind and item["type"] == "reasoning" else None
                self._items[item["id"]] = Known(item, leader, follower)

    def get(self, response_id: str) -> Json:
        """The response. Raises `Refused` where there is none."""
        with self._lock:
            return self._entry(response_id).response

    def delete(self, response_id: str) -> None:
        """Forget the response and its output. Raises `Refused` where there is none."""
        with self._lock:
            self._forget(self._entry(response_id).response)

    def clear(self, model: str | None = None) -> None:
        """Forget the responses of this model, or all."""
        with self._lock:
            for entry in list(self._entries.values()):
                if model in (None, entry.response["model"]):
                    self._forget(entry.response)

    def known(self, item: Json) -> Known | None:
        """What is known of an item by its id."""
        with self._lock:
            return self._items.get(item.get("id", ""))

    def prompt(self, body: Json) -> list[Json]:
        """All items that the model reads: the kept conversation, then the input, references followed.

        Raises `Refused` for what is not kept.
        """
        given = body.get("input")
        items = [{"role": "user", "content": given}] if isinstance(given, str) else objects(given, "input")
        return self._conversation(body.get("previous_response_id")) + [self._meant(item, body) for item in items]

    def _conversation(self, response_id: str | None) -> list[Json]:
        if response_id is None:
            return []
        with self._lock:
            entry = self._entries.get(response_id)
        if entry is None:
            text = f"Previous response with id '{response_id}' not found."
            raise Refused(text, param="previous_response_id", code="previous_response_not_found")
        return [*entry.prompt, *entry.response["output"]]

    def _meant(self, item: Json, body: Json) -> Json:
        # Reasoning that comes back without its encrypted content is looked up, whatever else stands in it.
        reference = item.get("type") == "item_reference"
        if not reference and (item.get("type") != "reasoning" or item.get("encrypted_content") or not item.get("id")):
            return item
        known = self.known(item)
        if known is None:
            text = f"Item with id '{item.get('id')}' not found."
            if body.get("store") is False:
                text += " Items are not persisted when `store` is set to false."
                text += " Try again with `store` set to true, or remove this item from your input."
            raise Refused(text, status=404, param="input")
        return known.item

    def _entry(self, response_id: str) -> _Entry:
        if response_id not in self._entries:
            raise Refused(f"Response with id '{response_id}' not found.", status=404)
        return self._entries[response_id]

    def _forget(self, response: Json) -> None:
        del self._entries[response["id"]]
        for item in response["output"]:
            del self._items[item["id"]]
