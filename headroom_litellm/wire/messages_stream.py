"""The Messages stream: raw server-sent events, spliced over hidden calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..ccr import tool
from .base import Answer, Retrieval, add_usage
from .content import json_text
from .event_splicer import EventSplicer
from .sse import Event, write_event

__all__ = ["MessagesSplicer", "answer_of", "is_retrieval"]

_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
_INPUT_FIELDS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class MessagesSplicer(EventSplicer):
    def __init__(self) -> None:
        self._started = False
        self._sent_blocks = 0
        self._sent_calls = False
        self._hidden_usage: dict[str, Any] = {}
        super().__init__()

    def _start(self) -> None:
        super()._start()
        self._blocks: dict[int, dict[str, Any]] = {}
        self._inputs: dict[int, list[str]] = {}
        self._indexes: dict[int, int | None] = {}
        self._start_usage: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self.ended = False

    def answer(self) -> Answer:
        answer = answer_of([{**block, **self._input(index)} for index, block in sorted(self._blocks.items())])
        # A stream that broke off has not asked for anything yet.
        return answer if self.ended else replace(answer, retrievals=())

    def next_stream(self) -> None:
        self._hidden_usage = add_usage(self._hidden_usage, self._whole_usage(self._usage))
        super().next_stream()

    @property
    def _holding(self) -> bool:
        return None in self._indexes.values()

    def _pass(self, event: Event) -> bytes:
        data = event.data or {}
        kind = data.get("type")
        if kind == "message_start":
            self._start_usage = dict((data.get("message") or {}).get("usage") or {})
            repeated, self._started = self._started, True
            return b"" if repeated else event.raw
        if kind == "content_block_start":
            return self._block_start(event, data)
        if kind in ("content_block_delta", "content_block_stop"):
            if kind == "content_block_delta":
                self._remember(data["index"], data.get("delta") or {})
            return self._renumbered(event, data)
        if kind == "message_delta":
            self._usage = dict(data.get("usage") or {})
            self.ended = True
        if kind in ("message_delta", "message_stop"):
            if self._holding:
                self._ending.append(event)
                return b""
            return self._end(event)
        return event.raw

    def _block_start(self, event: Event, data: dict[str, Any]) -> bytes:
        index, block = data["index"], dict(data.get("content_block") or {})
        self._blocks[index] = block
        if block.get("type") == "tool_use":
            self._inputs[index] = []
        if is_retrieval(block):
            self._indexes[index] = None
            return b""
        self._sent_calls = self._sent_calls or block.get("type") == "tool_use"
        self._indexes[index] = self._sent_blocks
        self._sent_blocks += 1
        return self._renumbered(event, data)

    def _renumbered(self, event: Event, data: dict[str, Any]) -> bytes:
        index = self._indexes.get(data["index"])
        if index is None:
            return b"" if data["index"] in self._indexes else event.raw
        return event.raw if index == data["index"] else write_event({**data, "index": index})

    def _remember(self, index: int, delta: dict[str, Any]) -> None:
        block = self._blocks.get(index)
        if block is None:
            return
        if delta.get("type") == "input_json_delta":
            self._inputs.setdefault(index, []).append(delta.get("partial_json") or "")
        elif delta.get("type") == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta.get("citation")]
        elif (field := _DELTAS.get(delta.get("type") or "")) is not None:
            block[field] = (block.get(field) or "") + (delta.get(field) or "")

    def _input(self, index: int) -> dict[str, Any]:
        """The arguments of the block as they were streamed; none of one that had them from the start."""
        joined = "".join(self._inputs.get(index, ()))
        try:
            return {"input": json.loads(joined)} if joined else {}
        except (ValueError, RecursionError):
            # Cut short or malformed: sent back as text, so that the call still has its answer.
            return {"input": {"malformed_arguments": joined}}

    def _end(self, event: Event) -> bytes:
        data = event.data or {}
        if data.get("type") != "message_delta":
            return event.raw
        changed = dict(data)
        if self._hidden_usage:
            # The client has the first call's input figures from `message_start`; the last delta corrects them.
            changed["usage"] = add_usage(self._hidden_usage, self._whole_usage(data.get("usage") or {}))
        delta = data.get("delta") or {}
        if self._holding and delta.get("stop_reason") == "tool_use" and not self._sent_calls:
            changed["delta"] = {**delta, "stop_reason": "end_turn"}
        return event.raw if changed == data else write_event(changed)

    def _whole_usage(self, at_end: Mapping[str, Any]) -> dict[str, Any]:
        """All that the end of a stream can tell of the call's usage."""
        return {**{name: value for name, value in self._start_usage.items() if name in _INPUT_FIELDS}, **at_end}


def is_retrieval(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "tool_use" and tool.is_retrieve_tool(str(block.get("name") or ""))


def answer_of(content: list[dict[str, Any]]) -> Answer:
    """The blocks of an assistant turn, taken apart into what is ours to answer and what is the client's."""
    uses = [block for block in content if block.get("type") == "tool_use"]
    ours = [block for block in uses if is_retrieval(block)]
    retrievals = tuple(Retrieval(str(block.get("id") or ""), json_text(block.get("input"))) for block in ours)
    # The provider streams empty text blocks, and refuses them when they are sent back.
    said = [block for block in content if block.get("type") != "text" or str(block.get("text") or "").strip()]
    # As it refuses a turn without any, in the midst of a history.
    items = ({"role": "assistant", "content": said},) if said else ()
    return Answer(items, retrievals, client_calls=len(ours) < len(uses))
