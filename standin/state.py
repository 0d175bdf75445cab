"""The stand-in itself: scripts, paces, cache and memory, without a line of HTTP.

Everything is kept by the model name of the request, so that tests that run at the same time, each with a name of its
own, do not see each other. What is set without a model name applies to the models that have nothing of their own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock

from standin.cache import PromptCache, as_text, count_tokens
from standin.pace import Pace
from standin.record import Recorded
from standin.responses_kept import Kept
from standin.script import Handler, Reply, Script, Thinking, ToolUse, resolve
from standin.wire import Answer, Format, Refused, fragments

__all__ = ["Standin"]


class Standin:
    """Control and memory of a stand-in server. Every method may be called from any thread, while it serves."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        """Where it listens, without a path: `http://127.0.0.1:PORT`."""
        self.cache = PromptCache()
        self.kept = Kept()
        self._scripts: dict[str | None, Script] = {}
        self._paces: dict[str | None, Pace] = {}
        self._requests: list[Recorded] = []
        self._count = 0
        self._lock = Lock()
        # Loads the vocabulary now, so that no request is slowed down by it.
        count_tokens("")

    def say(self, *replies: Reply | str, model: str | None = None) -> None:
        """Queue replies, one for each coming call. Without a model: for calls that their own queue leaves open."""
        with self._lock:
            queue = self._script(model).queue
            queue.extend(Reply(reply) if isinstance(reply, str) else reply for reply in replies)

    def handle(self, handler: Handler | None, model: str | None = None) -> None:
        """Let a callable answer what no queued reply answers."""
        with self._lock:
            self._script(model).handler = handler

    def pace(self, pace: Pace | None, model: str | None = None) -> None:
        """Set the timing and the accidents of all answers from now on. None takes the setting back."""
        with self._lock:
            if pace is None:
                self._paces.pop(model, None)
            else:
                self._paces[model] = pace

    def reset(self, model: str | None = None) -> None:
        """Forget the scripts, paces, requests, kept responses and cached prompts of this model, or everything."""
        with self._lock:
            self.cache.clear(model)
            self.kept.clear(model)
            if model is None:
                self._scripts.clear()
                self._paces.clear()
                self._requests.clear()
            else:
                self._scripts.pop(model, None)
                self._paces.pop(model, None)
                self._requests = [request for request in self._requests if request.model != model]

    @property
    def requests(self) -> list[Recorded]:
        """All requests to the wire formats so far, in order of arrival, those being served among them."""
        return self.requests_of(None)

    def requests_of(self, model: str | None) -> list[Recorded]:
        with self._lock:
            return [request for request in self._requests if model in (None, request.model)]

    def wait_for(self, count: int, model: str | None = None, timeout: float = 5.0) -> list[Recorded]:
        """The requests, as soon as so many of them have ended. Raises `TimeoutError`."""
        deadline = time.monotonic() + timeout
        while len(ended := [request for request in self.requests_of(model) if request.ended is not None]) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(ended)} of {count} requests ended within {timeout} s")
            time.sleep(0.002)
        return ended

    @property
    def problems(self) -> list[str]:
        """What went wrong in scripts and handlers. Empty after a test that went as planned."""
        return [request.problem for request in self.requests if request.problem]

    @property
    def models(self) -> list[str]:
        """The model names that were scripted or asked for, sorted."""
        with self._lock:
            names = {*self._scripts, *self._paces, *(request.model for request in self._requests)}
            return sorted(name for name in names if name)

    def record(
        self, path: str, headers: dict[str, str], raw: bytes, in_path: Mapping[str, str] | None = None
    ) -> Recorded:
        """Take down a request that has just arrived."""
        arrived = time.time()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        with self._lock:
            self._count += 1
            body = body if isinstance(body, dict) else {}
            recorded = Recorded(self._count, path, headers, raw, body, arrived, in_path or {})
            self._requests.append(recorded)
            return recorded

    def pace_of(self, model: str) -> Pace:
        with self._lock:
            return self._paces.get(model) or self._paces.get(None) or Pace()

    def answer(self, request: Recorded, form: Format) -> tuple[Answer, Pace]:
        """Decide on the answer to a request that has passed its format's check, and charge for it.

        Slow (tokens are counted, a handler may do anything): not for an event loop. Raises `Refused` if the script
        says so, `LookupError` if it cannot be followed, and what a handler raises.
        """
        blocks = form.blocks(request.asked)
        request.text = as_text(block for block in blocks if not block.is_tool)
        reply = self._reply(request)
        if reply.status >= 400:
            raise Refused(reply.error or f"scripted status {reply.status}", status=reply.status, headers=reply.headers)
        parts = resolve(reply.parts, request)
        called = any(isinstance(part, ToolUse) for part in parts)
        reasoning = sum(count_tokens(part.text) for part in parts if isinstance(part, Thinking))
        said = sum(count_tokens("".join(fragments(part))) for part in parts if not isinstance(part, Thinking))
        charged = self.cache.charge(request.model, blocks)
        request.usage = replace(charged, output=reasoning + said, reasoning=reasoning)
        stop = reply.stop_reason or ("tools" if called else "end")
        answer = Answer(request.asked, parts, stop, request.usage, int(request.arrived), reply.headers)
        return answer, reply.pace or self.pace_of(request.model)

    def _reply(self, request: Recorded) -> Reply:
        for model in (request.model, None):
            with self._lock:
                script = self._scripts.get(model) or Script()
                reply: Reply | str | None = script.take(request)
            # Outside the lock: a handler may take its time, or script what comes next.
            if reply is None and script.handler is not None:
                reply = script.handler(request)
            if reply is not None:
                return Reply(reply) if isinstance(reply, str) else reply
        return Reply(f"{request.model} got {len(request.messages)} messages.")

    def _script(self, model: str | None) -> Script:
        return self._scripts.setdefault(model, Script())
