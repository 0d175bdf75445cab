"""The chat stream: chunk objects of LiteLLM's, spliced over hidden calls.

Only for streams of one choice: with more of them the retrieve tool is not declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..ccr import tool
from ..conversation import Path
from .base import Answer, Retrieval, Splicer, add_usage

__all__ = ["ChatSplicer", "answer_of", "arguments_in", "called", "sum_usage"]

_GIVEN = {"function": "arguments", "custom": "input"}
_SAID = ("content", "tool_calls", "function_call", "refusal", "audio")


class _Call:
    """One tool call as it arrives. Whose it is shows when its name is complete: when its arguments begin, when
    another call does, or at the end."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.name = ""
        self.arguments = ""
        self.is_custom = False
        self.complete = False
        self.index: int | None = None
        self.waiting: list[Any] = []

    @property
    def ours(self) -> bool:
        return self.complete and tool.is_retrieve_tool(self.name)

    @property
    def undecided(self) -> bool:
        return not self.complete and (tool.NAME.startswith(self.name) or tool.is_retrieve_tool(self.name))

    def take(self, delta: Any) -> None:
        extra = delta.model_dump(exclude_none=True, exclude={"index"})
        self.is_custom = self.is_custom or "custom" in extra
        said = extra.pop(self._kind, None) or {}
        self.name += said.get("name") or ""
        self.arguments += said.get(self._given) or ""
        self.complete = self.complete or bool(self.arguments) or self.is_custom
        self.fields.update(extra)
        self.waiting.append(delta)

    def released(self) -> list[Any]:
        """What waited, as one delta: clients' libraries take no two of one call in a chunk."""
        if len(self.waiting) < 2:
            return self.waiting.copy()
        first = self.waiting[0]
        return [type(first)(**{**self.whole(), "index": first.index})]

    def whole(self) -> dict[str, Any]:
        said = {"name": self.name, self._given: self.arguments}
        return {"type": self._kind, **self.fields, self._kind: said}

    @property
    def _kind(self) -> str:
        return "custom" if self.is_custom else "function"

    @property
    def _given(self) -> str:
        return _GIVEN[self._kind]


class ChatSplicer(Splicer):
    def __init__(self) -> None:
        self._head: Any = None
        self._followed_up = False
        self._sent_role = False
        self._sent_calls = 0
        self._hidden_usage: list[Any] = []
        self._start()

    def _start(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._thinking: list[dict[str, Any]] = []
        self.ended = False
        self._ending: list[Any] = []
        self._held: list[Any] = []

    def feed(self, item: Any) -> Iterable[Any]:
        out = self._spliced(item)
        undecided = [part for call in self._calls.values() if call.undecided for part in call.released()]
        self._held = [*([_only_calls(item, undecided)] if undecided else []), *self._ending]
        return out

    def _spliced(self, item: Any) -> list[Any]:
        if self._head is None:
            self._head = item
        choice = item.choices[0] if getattr(item, "choices", None) else None
        out = [item]
        if choice is not None:
            self._remember(choice.delta)
            self.ended = self.ended or bool(choice.finish_reason)
            if choice.delta.tool_calls or (choice.finish_reason and self._calls):
                out = self._without_ours(item, choice)
        usage = getattr(item, "usage", None)
        if self._holding:
            self._ending += [end for end in map(_end_of, out) if end is not None]
            out = [said for said in map(_said_in, out) if said is not None]
        elif usage is not None and self._hidden_usage:
            out = [self._with_usage(item)]
        return [chunk for chunk in map(self._in_one_stream, out) if chunk is not None]

    def answer(self) -> Answer:
        turn: dict[str, Any] = {"role": "assistant", "content": "".join(self._text) or None}
        if self._calls:
            turn["tool_calls"] = [call.whole() for _, call in sorted(self._calls.items())]
        if self._reasoning:
            turn["reasoning_content"] = "".join(self._reasoning)
        if self._thinking:
            turn["thinking_blocks"] = [block.copy() for block in self._thinking]
        answer = answer_of(turn)
        # A stream that broke off has not asked for anything yet.
        return answer if self.ended else replace(answer, retrievals=())

    def next_stream(self) -> None:
        self._hidden_usage += [chunk.usage for chunk in self._ending if getattr(chunk, "usage", None) is not None]
        self._followed_up = True
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
        self._held = []

    def surrender(self) -> Iterable[Any]:
        return self._held

    @property
    def _holding(self) -> bool:
        return any(call.ours for call in self._calls.values())

    def _without_ours(self, chunk: Any, choice: Any) -> list[Any]:
        """The chunk less what is ours of its tool calls, with what waited for a name that is now known."""
        for delta in choice.delta.tool_calls or ():
            if delta.index not in self._calls:
                self._complete_all()
            self._calls.setdefault(delta.index, _Call()).take(delta)
        if choice.finish_reason:
            self._complete_all()
        passed = []
        for call in self._calls.values():
            if call.undecided:
                continue
            if not call.ours:
                if call.index is None:
                    call.index, self._sent_calls = self._sent_calls, self._sent_calls + 1
                passed += [(call.index, part) for part in call.released()]
            call.waiting.clear()
        if [part for _, part in passed] == (choice.delta.tool_calls or []) and all(at == p.index for at, p in passed):
            return [chunk]
        rest = chunk.model_copy(deep=True)
        rest.choices[0].delta.tool_calls = None
        out = [rest] if _says_something(rest.choices[0]) or (choice.delta.role and not self._sent_role) else []
        if passed:
            calls = _only_calls(chunk, [part.model_copy(update={"index": at}) for at, part in passed])
            out = [*out, calls] if not choice.finish_reason else [calls, *out]
        return out

    def _complete_all(self) -> None:
        for call in self._calls.values():
            call.complete = True

    def _remember(self, delta: Any) -> None:
        if delta.content:
            self._text.append(delta.content)
        if getattr(delta, "reasoning_content", None):
            self._reasoning.append(delta.reasoning_content)
        for block in getattr(delta, "thinking_blocks", None) or ():
            block = dict(block)
            last = self._thinking[-1] if self._thinking else None
            if last is not None and block.get("type") == last.get("type") == "thinking" and not last.get("signature"):
                said, more = last.get("thinking") or "", block.get("thinking") or ""
                # LiteLLM up to 1.99 says all of it again beside the signature.
                last["thinking"] = said if block.get("signature") and more == said else said + more
                if block.get("signature"):
                    last["signature"] = block["signature"]
            else:
                self._thinking.append(block)

    def _in_one_stream(self, chunk: Any) -> Any | None:
        """The chunk as a part of the first stream: same id, no second role; None when nothing is left of it."""
        role = bool(chunk.choices) and chunk.choices[0].delta.role is not None
        if not self._followed_up:
            self._sent_role = self._sent_role or role
            return chunk
        chunk = chunk.model_copy(deep=True)
        chunk.id, chunk.created, chunk.model = self._head.id, self._head.created, self._head.model
        if role and self._sent_role:
            chunk.choices[0].delta.role = None
            if not _says_something(chunk.choices[0]) and getattr(chunk, "usage", None) is None:
                return None
        self._sent_role = self._sent_role or role
        return chunk

    def _with_usage(self, chunk: Any) -> Any:
        chunk = chunk.model_copy(deep=True)
        chunk.usage = sum_usage([*self._hidden_usage, chunk.usage])
        return chunk


def _only_calls(chunk: Any, calls: list[Any]) -> Any:
    """A chunk like the given one with nothing but parts of calls."""
    only = chunk.model_copy(deep=True)
    only.choices[0].finish_reason = None
    only.choices[0].delta = type(only.choices[0].delta)()
    only.choices[0].delta.tool_calls = calls
    if hasattr(only, "usage"):
        only.usage = None
    return only


def _is_end(chunk: Any) -> bool:
    return getattr(chunk, "usage", None) is not None or bool(chunk.choices and chunk.choices[0].finish_reason)


def _end_of(chunk: Any) -> Any | None:
    """The end of the stream, where the chunk holds it, without what the model says in the same chunk."""
    if not _is_end(chunk) or _said_in(chunk) is None:
        return chunk if _is_end(chunk) else None
    end = chunk.model_copy(deep=True)
    end.choices[0].delta = type(end.choices[0].delta)()
    return end


def _said_in(chunk: Any) -> Any | None:
    """What the model says in the chunk, without the end of the stream."""
    if not _is_end(chunk):
        return chunk
    if not chunk.choices or not _has_words(chunk.choices[0].delta):
        return None
    said = chunk.model_copy(deep=True)
    said.choices[0].finish_reason = None
    if hasattr(said, "usage"):
        said.usage = None
    return said


def called(call: Mapping[str, Any]) -> tuple[str, str]:
    """Name and arguments of a tool call, of a function or of a custom tool."""
    for kind, arguments in _GIVEN.items():
        part = call.get(kind)
        if isinstance(part, Mapping):
            text = part.get(arguments)
            return str(part.get("name") or ""), text if isinstance(text, str) else ""
    return "", ""


def arguments_in(call: Mapping[str, Any]) -> Path:
    """Where in a tool call its arguments stand."""
    return next(((kind, name) for kind, name in _GIVEN.items() if isinstance(call.get(kind), Mapping)), ())


def answer_of(turn: dict[str, Any]) -> Answer:
    """An assistant message, taken apart into what is ours to answer and what is the client's."""
    calls = turn.get("tool_calls") or []
    ours = [call for call in calls if tool.is_retrieve_tool(called(call)[0])]
    retrievals = tuple(Retrieval(str(call.get("id") or ""), called(call)[1]) for call in ours)
    # Providers refuse a message that says nothing when it is sent back.
    items = (turn,) if any(turn.get(name) for name in _SAID) else ()
    return Answer(items, retrievals, client_calls=len(ours) < len(calls))


def sum_usage(usages: Sequence[Any]) -> Any:
    """Usage objects of LiteLLM's, summed into a new one of the same class."""
    total: Any = {}
    for usage in usages:
        total = add_usage(total, usage.model_dump(exclude_none=True))
    return type(usages[-1])(**total)


def _says_something(choice: Any) -> bool:
    return bool(choice.finish_reason) or _has_words(choice.delta)


def _has_words(delta: Any) -> bool:
    said = delta.model_dump(exclude_none=True, exclude={"role"})
    return any(value not in ("", [], {}) for value in said.values())
