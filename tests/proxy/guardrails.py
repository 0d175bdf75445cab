"""Guardrails of the kinds that LiteLLM knows. Those that watch write what they saw, one JSON line for each time, to the
file that `GUARDRAILS_FILE` names."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.integrations.custom_logger import CustomLogger
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

__all__ = [
    "ADDED",
    "EARLY",
    "FORBIDDEN",
    "LATE",
    "MASK",
    "OF_A_MODEL",
    "AddedBlocking",
    "AddedMasking",
    "Beside",
    "Blocking",
    "Final",
    "LateMasking",
    "ModelMasking",
    "early_masking",
    "manager",
]

EARLY = "early-secret-4f1c"
LATE = "late-secret-9b2e"
OF_A_MODEL = "models-secret-c3d7"
ADDED = "added-secret-5d0e"
FORBIDDEN = "forbidden-word-77aa"
MASK = "[MASKED]"

_BESIDE_THE_TESTS = str(Path(__file__).parents[2] / "config.yaml")
"""Where LiteLLM is to think that its config is: it looks for the modules of guardrails beside that."""


class _Masking(CustomGuardrail):
    secret = ""

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        return {**data, _history(data): _replaced(data[_history(data)], self.secret)}


class _EarlyMasking(_Masking):
    secret = EARLY


class LateMasking(_Masking):
    secret = LATE


class ModelMasking(_Masking):
    """For `guardrails` of a deployment."""

    secret = OF_A_MODEL


class AddedMasking(_Masking):
    """To be added while the proxy runs."""

    secret = ADDED


class AddedBlocking(CustomGuardrail):
    """To be added while the proxy runs, in any mode."""

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> None:
        self._check(data)

    async def async_moderation_hook(self, data: dict[str, Any], user_api_key_dict: Any, call_type: str) -> None:
        self._check(data)

    def _check(self, data: dict[str, Any]) -> None:
        if ADDED in json.dumps(data[_history(data)], default=str):
            raise HTTPException(400, "added secret refused")


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


async def _change(request: Request) -> JSONResponse:
    """Adds or removes a guardrail, as LiteLLM does it for the UI and the database."""
    from litellm.proxy.guardrails.guardrail_registry import IN_MEMORY_GUARDRAIL_HANDLER

    id_ = request.path_params["id"]
    if request.method == "DELETE":
        IN_MEMORY_GUARDRAIL_HANDLER.delete_in_memory_guardrail(id_)
    else:
        params = {"default_on": True, **await request.json()}
        IN_MEMORY_GUARDRAIL_HANDLER.initialize_guardrail(
            {"guardrail_id": id_, "guardrail_name": id_, "litellm_params": params}, _BESIDE_THE_TESTS
        )
    return JSONResponse({})


class _Manager(CustomLogger):
    """Gives the proxy that loads it a route of its own, `/added-guardrails/ID`."""

    def __init__(self) -> None:
        super().__init__()
        if (proxy := sys.modules.get("litellm.proxy.proxy_server")) is not None:
            proxy.app.router.routes.insert(0, Route("/added-guardrails/{id}", _change, methods=["PUT", "DELETE"]))


manager = _Manager()


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
