"""`compress()`: the engine as a library, for any client that talks to a provider itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from . import tokens
from .ccr.key import encode
from .ccr.retrieve import LOCAL_TENANT, answer, parse
from .conversation import Conversation, Path
from .fold import Compressed, Rewrite
from .pipeline import rewrite
from .rewritten import rewritten
from .settings import Settings, load_settings
from .stores import MemoryStore, Store
from .stores.blocking import run_blocking
from .wire import Chat, Messages, Wire
from .wire.content import json_text

__all__ = ["CompressResult", "compress"]


@dataclass(frozen=True)
class CompressResult:
    """What `compress` did.

    messages: the messages to send; those that were not changed are the same objects
    tools:    the tools to send: the given ones and, where it may be needed, the retrieve tool behind them
    items:    what was made shorter, one entry a tool output
    markers:  the original of every marker in `messages`, by its hash
    store:    holds these originals too, under the tenant "local"
    """

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] | None
    items: tuple[Compressed, ...]
    markers: Mapping[str, str]
    store: Store
    _before: tuple[str, ...]
    _after: tuple[str, ...]

    @cached_property
    def tokens_before(self) -> int:
        """Tokens (cl100k) of all texts in the conversation as given."""
        return sum(map(tokens.count, self._before))

    @cached_property
    def tokens_after(self) -> int:
        """Tokens (cl100k) of all texts in `messages`."""
        return sum(map(tokens.count, self._after))

    @property
    def tokens_saved(self) -> int:
        return self.tokens_before - self.tokens_after

    def retrieve(self, arguments: str | Mapping[str, Any]) -> str:
        """The answer to a `headroom_retrieve` call: its arguments as JSON text or as a mapping."""
        return run_blocking(answer(parse(arguments), self.markers, self.store, LOCAL_TENANT))


def compress(
    messages: Sequence[Mapping[str, Any]],
    *,
    model: str | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    system: str | list[dict[str, Any]] | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    store: Store | None = None,
) -> CompressResult:
    """Make the tool outputs in `messages` shorter, losing nothing.

    messages: OpenAI chat messages or Anthropic messages, told apart by their content blocks and tools; mappings, or
              the client libraries' own objects
    model:    taken so that a request can be passed as it is; the result never depends on it
    tools:    the request's tools; without any there is no way to retrieve, and only lossless forms are used
    system:   Anthropic's system prompt, which counts as seen
    settings: a Settings, or a mapping of them
    store:    where originals are kept for later retrievals; in this process's memory by default

    Pure but for the store: the same history gives the same result, and a longer one has it as its beginning.
    Raises SettingsError for settings that are not allowed and StoreError when a given store fails.
    """
    if not isinstance(settings, Settings):
        settings = load_settings(settings)
    readable = _plain(list(messages))
    wire = _format_of(readable, tools)
    body: dict[str, Any] = {"messages": list(messages)}
    if tools:
        body["tools"] = list(tools)
    if system is not None:
        body["system"] = system
    # A retrieve tool among `tools` is the one that an earlier call gave: its caller answers it with `retrieve`.
    conversation = wire.read({**body, "messages": readable})
    conversation = replace(conversation, retrievable=bool(tools), declared=json_text(list(tools or ())))
    result = rewrite(conversation, settings) if settings.mode == "optimize" else Rewrite()
    sent = rewritten(wire, body, conversation, result)
    if tools and settings.mode == "optimize" and settings.compress_cache.enabled and not wire.declares_retrieve(body):
        sent = wire.declare(sent)
    keep = store if store is not None else MemoryStore(max_entries=max(1, len(result.originals)))
    if result.originals:
        values = {key: encode(original) for key, original in result.originals.items()}
        run_blocking(keep.put_many(LOCAL_TENANT, values, settings.compress_cache.ttl_seconds))
    segments = [segment for _, segment in conversation.segments() if segment.kind != "picture"]
    left_out = _left_out(conversation, result)
    note = result.left_out.note if result.left_out is not None else ""
    return CompressResult(
        messages=sent["messages"],
        tools=sent.get("tools"),
        items=tuple(result.compressed),
        markers=result.originals,
        store=keep,
        _before=tuple(segment.text for segment in segments),
        _after=(
            note,
            *(result.texts.get(segment.path, segment.text) for segment in segments if segment.path not in left_out),
        ),
    )


def _left_out(conversation: Conversation, result: Rewrite) -> set[Path]:
    if result.left_out is None:
        return set()
    turns = (turn for at, turn in enumerate(conversation.turns) if at in result.left_out)
    return {segment.path for turn in turns for segment in turn.segments}


def _plain(value: Any) -> Any:
    """The value with the client libraries' own message and block objects as mappings, for reading."""
    if isinstance(value, Mapping):
        return {key: _plain(item) if key in ("content", "tool_calls") else item for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.model_dump(exclude_none=True) if hasattr(value, "model_dump") else value


def _format_of(messages: Sequence[Any], tools: Sequence[Mapping[str, Any]] | None) -> Wire:
    if any("input_schema" in entry for entry in tools or ()):
        return Messages()
    contents = (message.get("content") for message in messages if isinstance(message, Mapping))
    blocks = (block for content in contents if isinstance(content, list) for block in content)
    anthropic = any(isinstance(block, Mapping) and block.get("type") in ("tool_use", "tool_result") for block in blocks)
    return Messages() if anthropic else Chat()
