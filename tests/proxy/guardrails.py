"""Guardrails of the kinds that LiteLLM knows. Those that watch write what they saw, one JSON line for each time, to the
file that `GUARDRAILS_FILE` names."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail

__all__ = ["EARLY", "FORBIDDEN", "LATE", "MASK", "Beside", "Blocking", "Final", "LateMasking", "early_masking"]

EARLY = "early-secret-4f1c"
LATE = "late-secret-9b2e"
FORBIDDEN = "forbidden-word-77aa"
MASK = "[MASKED]"


class _Masking(CustomGuardrail):
    secret = ""

    def masked(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, _history(data): _replaced(data[_history(data)], self.secret)}


class _EarlyMasking(_Masking):
    secret = EARLY

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        return self.masked(data)


class LateMasking(_Masking):
    secret = LATE

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        return self.masked(data)


class Blocking(CustomGuardrail):
    """Refuses the forbidden word. For `run_in_parallel`, which runs behind all other pre-call hooks."""

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> None:
        _saw("parallel", data, data[_history(data)])
        if FORBIDDEN in json.dumps(data[_history(data)]):
            raise HTTPException(400, "forbidden word")


class Beside(CustomGuardrail):
    """Runs beside the provider call."""

    async def async_moderation_hook(self, data: dict[str, Any], user_api_key_dict: Any, call_type: str) -> None:
        _saw("during_call", data, data[_history(data)])


class Final(CustomGuardrail):
    """Sees what is about to go to the client."""

    async def async_post_call_success_hook(self, data: dict[str, Any], user_api_key_dict: Any, response: Any) -> None:
        _saw("post_call", data, response if isinstance(response, dict) else response.model_dump())

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: AsyncIterator[Any], request_data: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        seen = []
        async for item in response:
            seen.append(item.decode() if isinstance(item, bytes) else item.model_dump_json())
            yield item
        _saw("post_call_stream", request_data, seen)


early_masking = _EarlyMasking(guardrail_name="early-masking", event_hook="pre_call", default_on=True)
"""To be named in `callbacks:`, so that it stands before what follows there."""


def _history(data: dict[str, Any]) -> str:
    """The field with the conversation."""
    return next(field for field in ("messages", "input", "contents") if field in data)


def _replaced(value: Any, secret: str) -> Any:
    if isinstance(value, str):
        return value.replace(secret, MASK)
    if isinstance(value, list):
        return [_replaced(item, secret) for item in value]
    return {key: _replaced(item, secret) for key, item in value.items()} if isinstance(value, dict) else value


def _saw(hook: str, data: dict[str, Any], value: Any) -> None:
    line = {"hook": hook, "model": data["model"], "saw": json.dumps(value, ensure_ascii=False, default=str)}
    with Path(os.environ["GUARDRAILS_FILE"]).open("a") as out:
        out.write(json.dumps(line) + "\n")
