"""All handlers of one plugin, and what they have decided."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..exchange import Exchange
from ..report.counters import Counters
from ..settings import Settings
from .answers import Answer
from .decisions import Decisions
from .events import Event, PostStart, PreStart, Question, Setup
from .handler import Handler
from .loading import OnEvent, from_packages, from_paths
from .watch import Watch

__all__ = ["Lifecycle"]


class Lifecycle:
    """Starts as the plugin does."""

    def __init__(self, handlers: Mapping[str, OnEvent], settings: Settings, counters: Counters) -> None:
        timeout = settings.event_handler_timeout_seconds
        self.decisions = Decisions()
        self._settings = settings
        self._handlers = [
            Handler(name, on_event, timeout=timeout, counters=counters) for name, on_event in handlers.items()
        ]
        self._has_begun = self._has_started = False
        self.tell(Setup(settings))

    @classmethod
    def from_settings(cls, settings: Settings, counters: Counters) -> Lifecycle | None:
        """With the handlers that the settings name and that installed packages bring; None where there are none. Raises
        SettingsError for one of the settings' that cannot be used."""
        handlers = from_paths(settings.event_handlers) | from_packages()
        return cls(handlers, settings, counters) if handlers else None

    def watch(self, exchange: Exchange) -> Watch:
        """For what happens to one request."""
        if not self._has_begun:
            self._has_begun = True
            self.tell(PreStart())
        return Watch(self, exchange, self._settings)

    def started(self, seconds: float) -> None:
        """A request is ready to be sent, so long after it came."""
        if not self._has_started:
            self._has_started = True
            self.tell(PostStart(seconds))

    def tell(self, event: Event) -> None:
        """Tell it behind everybody's back."""
        for handler in self._handlers:
            handler.tell(event)

    async def decide(self, question: Question, digest: bytes, *, tells: bool = False) -> Answer | None:
        """The answer that holds for all questions of this digest: the one remembered, else that of the first handler
        that has one. `tells`: handlers hear of it even where the answer is known, and need not answer then."""
        known = self.decisions.known(digest)
        if known is not None:
            if tells:
                self.tell(question)
            return known[0]
        answers = await asyncio.gather(*(handler.ask(question) for handler in self._handlers))
        return self.decisions.settle(digest, next((answer for answer in answers if answer is not None), None))

    async def told(self) -> None:
        """When all that was told has been heard."""
        for handler in self._handlers:
            await handler.told()
