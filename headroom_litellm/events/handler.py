"""One handler, called so that it can harm nobody: for a limited time, off the event loop, and not at all for a while
when it keeps failing."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
from collections import deque
from typing import Any, Final, Literal, TypeAlias

from ..report.counters import Counters
from ..report.outage import Outage
from ..stores.breaker import Breaker
from .answers import Answer, Veto
from .events import Event, Question
from .loading import OnEvent

__all__ = ["Handler"]

_LOG = logging.getLogger("headroom_litellm")

_FAILURES: Final = 3
"""Calls in a row that fail before it is rested."""
_REST: Final = 30.0
"""Seconds."""
_OVERDUE: Final = 4
"""Calls past their time that have not ended: with so many of them there is no further one."""
_NOTICES: Final = 1000
"""Notices that wait to be told."""

_Outcome: TypeAlias = "tuple[Any, str]"
"""What a call returned, and the name of what it raised; "" for nothing."""


class _Rest(Breaker):
    def _count(self, what: Literal["opened", "closed", "held_back"]) -> None:
        if what == "held_back":
            self._counters.add("handler_call_failures", cause=what)
        else:
            self._counters.add("handler_breaker", cause=what)


class Handler:
    """Counts `handler_calls`, `handler_call_failures` by kind, `handler_breaker` and `handler_answers` by event. Logs
    one line when it begins to fail and one when it works again."""

    def __init__(self, name: str, on_event: OnEvent, *, timeout: float, counters: Counters) -> None:
        self._name = name
        self._on_event = on_event
        self._is_async = _is_async(on_event)
        self._timeout = timeout
        self._counters = counters
        self._breaker = _Rest(retry_after=_REST, timeout=timeout, counters=counters, after=_FAILURES)
        self._outage = Outage(f"the event handler {name} fails, and requests go on without it")
        self._overdue: set[asyncio.Future[Any]] = set()
        self._notices: deque[Event] = deque()
        self._telling: asyncio.Task[None] | None = None
        self._is_set_up = False
        """What was told before the first question has been heard, or has had its time: it may need to set itself up."""

    def tell(self, event: Event) -> None:
        """Tell it behind everybody's back, after what it was told before; where no event loop runs, as soon as one
        does."""
        if len(self._notices) >= _NOTICES:
            self._counters.add("handler_call_failures", cause="dropped")
            return
        self._notices.append(event)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._telling is None or self._telling.done() or self._telling.get_loop() is not loop:
            self._telling = loop.create_task(self._tell_all())

    async def told(self, timeout: float | None = None) -> None:
        """When all notices have been told, or so many seconds are over."""
        if self._telling is not None and self._telling.get_loop() is asyncio.get_running_loop():
            await asyncio.wait({self._telling}, timeout=timeout)

    async def ask(self, question: Question) -> Answer | None:
        """Its answer; None where it has none, is late, fails or rests."""
        if not self._is_set_up:
            await self.told(self._timeout)
            self._is_set_up = True
        answer: Answer | None = await self._called(question)
        if answer is not None:
            kind = type(question).__name__
            self._counters.add("handler_answers", cause=kind)
            if isinstance(answer, Veto):
                _LOG.debug("headroom: the event handler %s vetoes %s: %s", self._name, kind, answer.reason)
        return answer

    async def _tell_all(self) -> None:
        while self._notices:
            await self._called(self._notices.popleft())

    async def _called(self, event: Event) -> Any:
        """What it returns to a question; None where it is not called, is late, raises or returns anything else."""
        if len(self._overdue) >= _OVERDUE:
            self._failed("held_back", "too many calls of it do not end")
            return None
        if not self._breaker.admits():
            return None
        self._counters.add("handler_calls")
        call = asyncio.ensure_future(self._awaited(event)) if self._is_async else self._in_thread(event)
        try:
            await asyncio.wait({call}, timeout=self._timeout)
        finally:
            if not call.done():
                self._overdue.add(call)
                call.add_done_callback(self._overdue.discard)
                if isinstance(call, asyncio.Task):
                    call.cancel()  # and not waited for: it may not heed that
        if not call.done():
            self._failed("timeout", f"it takes longer than {self._timeout:g} s")
            return None
        answer, error = (None, "CancelledError") if call.cancelled() else call.result()
        if error:
            self._failed("error", f"it raises {error}")
            return None
        if not isinstance(event, Question):
            answer = None
        elif answer is not None and not isinstance(answer, event.answers):
            self._failed("error", f"it answers {type(event).__name__} by {type(answer).__name__}")
            return None
        self._breaker.succeeded()
        self._outage.worked()
        return answer

    def _failed(self, cause: str, why: str) -> None:
        self._counters.add("handler_call_failures", cause=cause)
        self._breaker.failed()
        self._outage.failed(RuntimeError(why))

    async def _awaited(self, event: Event) -> _Outcome:
        try:
            return await self._on_event(event), ""
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - an exit would else end the proxy
            return None, type(error).__name__

    def _in_thread(self, event: Event) -> asyncio.Future[_Outcome]:
        """In a thread of its own, which does not hold up the end of the process: the call may never end."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[_Outcome] = loop.create_future()

        def call() -> None:
            try:
                outcome: _Outcome = self._on_event(event), ""
            except BaseException as error:  # noqa: BLE001
                outcome = None, type(error).__name__
            self._overdue.discard(ended)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(_end, ended, outcome)

        threading.Thread(target=call, daemon=True, name="headroom event handler").start()
        return ended


def _is_async(on_event: OnEvent) -> bool:
    return inspect.iscoroutinefunction(on_event) or inspect.iscoroutinefunction(type(on_event).__call__)


def _end(future: asyncio.Future[_Outcome], outcome: _Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
