"""The chat stream: chunk objects of LiteLLM's, spliced over hidden calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..ccr import tool
from .base import Answer, Retrieval, Splicer, add_usage

__all__ = ["ChatSplicer", "answer_of", "sum_usage"]


class _Call:
    """One tool call as it arrives. Whose it is shows when its name is complete."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.name = ""
        self.arguments = ""
        self.index: int | None = None
        self.waiting: list[Any] = []

    @property
    def ours(self) -> bool:
        return tool.is_retrieve_tool(self.name)

    @property
    def undecided(self) -> bool:
        return not self.ours and tool.NAME.startswith(self.name)

    def take(self, delta: Any) -> None:
        self.name += getattr(delta.function, "name", None) or ""
        self.arguments += getattr(delta.function, "arguments", None) or ""
        extra = delta.model_dump(exclude_none=True, exclude={"function", "index"})
        self.fields.update(extra)

    def whole(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": self.arguments}
        return {"type": "function", **self.fields, "function": function}


class ChatSplicer(Splicer):
    def __init__(self) -> None:
        self._head: Any = None
        self._sent_calls = 0
        self._hidden_usage: list[Any] = []
        self._start()

    def _start(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._thinking: list[dict[str, Any]] = []
        self._ending: list[Any] = []

    def feed(self, item: Any) -> Iterable[Any]:
        first = self._head is None
        if first:
            self._head = item
        choice = item.choices[0] if getattr(item, "choices", None) else None
        out = list(self._calls_of(item, choice)) if choice is not None and choice.delta.tool_calls else [item]
        if choice is not None:
            self._remember(choice.delta)
        usage = getattr(item, "usage", None)
        if self._holding and (usage is not None or (choice is not None and choice.finish_reason)):
            self._ending += out
            return []
        if usage is not None and self._hidden_usage:
            out = [self._with_usage(item)]
        return out if first else [chunk for chunk in map(self._in_one_stream, out) if chunk is not None]

    def answer(self) -> Answer:
        turn: dict[str, Any] = {"role": "assistant", "content": "".join(self._text) or None}
        if self._calls:
            turn["tool_calls"] = [call.whole() for _, call in sorted(self._calls.items())]
        if self._reasoning:
            turn["reasoning_content"] = "".join(self._reasoning)
        if self._thinking:
            turn["thinking_blocks"] = self._thinking
        return answer_of(turn)

    def next_stream(self) -> None:
        self._hidden_usage += [chunk.usage for chunk in self._ending if getattr(chunk, "usage", None) is not None]
        self._start()

    def finish(self) -> Iterable[Any]:
        ending, self._ending = self._ending, []
        for chunk in ending:
            if getattr(chunk, "usage", None) is not None and self._hidden_usage:
                chunk = self._with_usage(chunk)
            if chunk.choices and chunk.choices[0].finish_reason == "tool_calls" and not self._sent_calls:
                chunk = chunk.model_copy(deep=True)
                chunk.choices[0].finish_reason = "stop"
            joined = self._in_one_stream(chunk)
            if joined is not None:
                yield joined

    @property
    def _holding(self) -> bool:
        return any(call.ours for call in self._calls.values())

    def _calls_of(self, chunk: Any, choice: Any) -> Iterator[Any]:
        """The chunk less what is ours of its tool calls, and what waited for a name that is now known."""
        passed = []
        for delta in choice.delta.tool_calls:
            call = self._calls.setdefault(delta.index, _Call())
            call.take(delta)
            if call.ours:
                call.waiting.clear()
            elif call.undecided:
                call.waiting.append(delta)
            else:
                if call.index is None:
                    call.index, self._sent_calls = self._sent_calls, self._sent_calls + 1
                passed += [(call.index, part) for part in (*call.waiting, delta)]
                call.waiting.clear()
        if [part for _, part in passed] == choice.delta.tool_calls and all(at == part.index for at, part in passed):
            yield chunk
            return
        rest = chunk.model_copy(deep=True)
        rest.choices[0].delta.tool_calls = [part.model_copy(update={"index": at}) for at, part in passed] or None
        if passed or _says_something(rest.choices[0]):
            yield rest

    def _remember(self, delta: Any) -> None:
        if delta.content:
            self._text.append(delta.content)
        if getattr(delta, "reasoning_content", None):
            self._reasoning.append(delta.reasoning_content)
        for block in getattr(delta, "thinking_blocks", None) or ():
            block = dict(block)
            last = self._thinking[-1] if self._thinking else None
            if last is not None and block.get("type") == last.get("type") == "thinking" and not last.get("signature"):
                last["thinking"] = (last.get("thinking") or "") + (block.get("thinking") or "")
                if block.get("signature"):
                    last["signature"] = block["signature"]
            else:
                self._thinking.append(block)

    def _in_one_stream(self, chunk: Any) -> Any | None:
        """The chunk as a part of the first stream: same id, no second role; None when nothing is left of it."""
        same = chunk.id == self._head.id
        role = bool(chunk.choices) and chunk.choices[0].delta.role is not None and not same
        if same and not role:
            return chunk
        chunk = chunk.model_copy(deep=True)
        chunk.id, chunk.created, chunk.model = self._head.id, self._head.created, self._head.model
        if role:
            chunk.choices[0].delta.role = None
            if not _says_something(chunk.choices[0]) and getattr(chunk, "usage", None) is None:
                return None
        return chunk

    def _with_usage(self, chunk: Any) -> Any:
        chunk = chunk.model_copy(deep=True)
        chunk.usage = sum_usage([*self._hidden_usage, chunk.usage])
        return chunk


def _says_something(choice: Any) -> bool:
    delta = choice.delta.model_dump(exclude_none=True, exclude={"role"})
    return bool(choice.finish_reason) or any(value not in ("", [], {}) for value in delta.values())


def answer_of(turn: dict[str, Any]) -> Answer:
    """An assistant message, taken apart into what is ours to answer and what is the client's."""
    calls = turn.get("tool_calls") or []
    ours = [call for call in calls if tool.is_retrieve_tool(call["function"].get("name") or "")]
    retrievals = tuple(Retrieval(call["id"], call["function"].get("arguments") or "") for call in ours)
    return Answer(turn, retrievals, client_calls=len(ours) < len(calls))


def sum_usage(usages: Sequence[Any]) -> Any:
    """Usage objects of LiteLLM's, summed into a new one of the same class."""
    total: Any = {}
    for usage in usages:
        total = add_usage(total, usage.model_dump(exclude_none=True))
    return type(usages[-1])(**total)
