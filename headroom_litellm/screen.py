"""The proxy's guardrails over text that they have not seen in this request: what the store brings back.

It was let through when it was put away, but perhaps by other guardrails: some are added while the proxy runs, and
keys that share originals may have different ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import litellm
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.types.guardrails import GuardrailEventHooks

from .ccr.retrieve import Refused
from .wire import Body, Retrieval, Wire

__all__ = ["Screen", "in_stream"]

_SEEN = ("tools", "system", "instructions", "systemInstruction", "config")
"""Content beside the history. The guardrails have seen it, and write into what they are given."""
_REROUTED = "A guardrail wants another model for text that was brought back for the request, which is too late."


@dataclass(frozen=True, slots=True)
class Screen:
    """Shows texts to the guardrails as the tool outputs of a request of the same kind, by the same user."""

    wire: Wire
    call_type: str
    user: Any
    model: str
    fields: frozenset[str]

    async def __call__(self, body: Body, texts: Sequence[str]) -> list[str]:
        """The texts as the guardrails let them through. Raises Refused when one of these refuses them or fails.

        `body` is the client's request, of which the guardrails get what is no content.
        """
        from fastapi import HTTPException
        from litellm.proxy.proxy_server import proxy_logging_obj as guardrails

        history = self.wire.results([(Retrieval(f"call_{at}", "{}"), text) for at, text in enumerate(texts)])
        about = {name: body[name] for name in self.fields & body.keys() if name not in _SEEN}
        data = {**about, "model": self.model, self.wire.history: history}
        try:
            data = await _before_the_call(guardrails, self.user, data, self.call_type)
            if data.get("model") != self.model:
                raise HTTPException(400, _REROUTED)
            shown = self._texts_of(data)
            await guardrails.during_call_hook(
                data=data, user_api_key_dict=self.user, call_type=self.wire.call_types[self.call_type]
            )
        except Exception as error:  # noqa: BLE001 - whatever stops a guardrail stops the text
            raise Refused(error) from None
        if len(shown) != len(texts):
            raise Refused(HTTPException(400, "A guardrail took out text that was brought back for the request."))
        return shown

    def _texts_of(self, data: Body) -> list[str]:
        return [segment.text for _, segment in self.wire.read(data).segments() if segment.kind == "result"]


def in_stream(error: Exception) -> Exception:
    """The same error for a stream that has begun: LiteLLM breaks the connection off where it meets an HTTPException
    there, and tells the client of any other."""
    from fastapi import HTTPException

    return _InStream(error.status_code, error.detail) if isinstance(error, HTTPException) else error


class _InStream(Exception):
    type = "invalid_request_error"
    param = None

    def __init__(self, status: int, detail: Any) -> None:
        told = detail.get("error", detail) if isinstance(detail, dict) else detail
        super().__init__(told if isinstance(told, str) else str(detail))
        self.message = str(self)
        self.status_code = status
        self.code = str(status)


async def _before_the_call(guardrails: Any, user: Any, data: dict[str, Any], call_type: str) -> dict[str, Any]:
    """What the pre-call guardrails, and nothing else that runs before a call, make of it."""
    arguments = {"user_api_key_dict": user, "data": data, "call_type": call_type}
    if "guardrails_only" in inspect.signature(guardrails.pre_call_hook).parameters:
        return dict(await guardrails.pre_call_hook(**arguments, guardrails_only=True))
    # LiteLLM before 1.99.
    event = GuardrailEventHooks.pre_call
    for callback in litellm.callbacks:
        if isinstance(callback, CustomGuardrail):
            arguments["data"] = (
                await guardrails._process_guardrail_callback(callback=callback, event_type=event, **arguments)
                or arguments["data"]
            )
    return dict(arguments["data"])
