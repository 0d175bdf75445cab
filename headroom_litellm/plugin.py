"""What LiteLLM calls: thin, without format knowledge and without compression.

Hooks are defined on the very classes that are registered, because LiteLLM looks them up there. Each is guarded:
an error of ours never reaches a client.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import litellm
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.integrations.custom_logger import CustomLogger
from litellm.types.guardrails import GuardrailEventHooks

from . import collector
from .ccr.retrieve import LOCAL_TENANT, Refused
from .engine import Engine
from .exchange import Exchange
from .gateway import (
    ARM,
    Gateway,
    can_call_tools,
    cost_of,
    deployment_of,
    facts_of,
    in_proxy,
    is_claude,
    is_hidden,
    metadata_of,
    takes,
    written_in,
)
from .order import keep_places
from .screen import Screen, in_stream
from .settings import Settings, load_settings
from .tenant import tenant_of
from .wire import for_call_type

__all__ = ["GuardedResponseSide", "HeadroomHook", "ResponseSide", "create_hook"]

_MADE_AGAIN = ("fallbacks", "num_retries", "context_window_fallback_dict")
"""Arguments of a call by which LiteLLM, without a proxy, makes it again on its own."""
_RENAMED = {"generationConfig": "config"}
"""Fields of a request that have another name after LiteLLM's pre-call hooks."""


def create_hook() -> HeadroomHook:
    """The hook as LiteLLM's config and the environment set it up. Raises SettingsError for what is not allowed."""
    configured = getattr(litellm, "callback_settings", None) or {}
    collector.keep_contexts_whole()
    return HeadroomHook(load_settings(configured.get("headroom_litellm")))


class HeadroomHook(CustomLogger):  # type: ignore[misc]
    """The request side, and the instance that `callbacks:` names."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.engine = Engine.from_settings(settings)
        self._exchanges: WeakKeyDictionary[Any, Exchange] = WeakKeyDictionary()
        self._local: WeakValueDictionary[str, _CallId] = WeakValueDictionary()
        self._plain = ResponseSide(self)
        self._guarded = GuardedResponseSide(self)
        self._to_freeze = settings.gc_freeze

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any] | None:
        """Compress, unless a guardrail has still to see the request: then `async_pre_call_deployment_hook` does."""
        try:
            if self._to_freeze:  # only a proxy calls this, and has started when it does
                self._to_freeze = False
                collector.freeze()
            for field in ("metadata", "litellm_metadata"):
                if isinstance(data.get(field), dict):
                    for ours in ("compression_savings", ARM):
                        data[field].pop(ours, None)
            tenant = tenant_of(user_api_key_dict, self.engine.settings.scope)
            exchange = self._begin(data, call_type, tenant)
            if exchange is None:
                return None
            exchange.screen = Screen(exchange.wire, call_type, user_api_key_dict, exchange.model, exchange.fields)
            exchange.deferred = not keep_places(self, self._plain, self._guarded)
            if exchange.deferred:
                return None
            return await self._compressed(exchange, data)
        except Exception as error:  # noqa: BLE001
            self.engine.fail_open("pre_call", error)
            return None

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> dict[str, Any] | None:
        try:
            call = getattr(call_type, "value", "")
            exchange = self.exchange_of(kwargs)
            if exchange is None and not in_proxy():
                exchange = self._begin_locally(kwargs, call)
            if exchange is None or not exchange.deferred:
                return None
            if call not in exchange.wire.call_types:
                return None  # LiteLLM serves the format by way of another; the outer call has been dealt with
            return await self._compressed(exchange, kwargs)
        except Exception as error:  # noqa: BLE001
            self.engine.fail_open("pre_call_deployment", error)
            return None

    async def async_post_call_success_deployment_hook(
        self, request_data: dict[str, Any], response: Any, call_type: Any
    ) -> Any:
        """Answer retrieve calls where there is no proxy, whose own hook does."""
        exchange = self.exchange_of(request_data)
        if exchange is None or not exchange.local:
            return None
        try:
            return await self.complete(request_data, response)
        except Exception as error:  # noqa: BLE001 - LiteLLM would hand on the response with the retrieve call in it
            self.engine.fail_open("follow_up", error)
            return exchange.wire.join([response])

    async def async_log_success_event(
        self, kwargs: dict[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Where LiteLLM knows what the model wrote, streaming or not, in whatever format."""
        try:
            written = written_in(kwargs)
            if written is not None:
                self.engine.written(**written[0], tokens=written[1])
        except Exception as error:  # noqa: BLE001
            self.engine.fail_open("log", error)

    def _begin(self, data: dict[str, Any], call_type: str, tenant: str) -> Exchange | None:
        """The exchange that this request becomes, None for one that is none of ours."""
        wire = for_call_type(call_type)
        if wire is None or self.engine.settings.mode == "off" or not wire.handles(data):
            return None
        exchange = Exchange(wire, call_type, tenant, model=str(data.get("model") or ""), fields=frozenset(data))
        exchange.can_call = can_call_tools(exchange.model)
        exchange.takes_breakpoints = self.engine.settings.auto_cache_control and is_claude(exchange.model)
        if self.engine.settings.budget.window or self.engine.settings.budget.stale:
            exchange.facts = facts_of(exchange.model)
        if {self.engine.settings.output_effort, self.engine.settings.output_verbosity} != {"keep"}:
            exchange.takes = takes(exchange.model)
        if "litellm_logging_obj" in data:
            self._exchanges[data["litellm_logging_obj"]] = exchange
        else:
            call_id = _CallId(data["litellm_call_id"])
            call_id.exchange = exchange
            self._local[data["litellm_call_id"]] = call_id
            data["litellm_call_id"] = call_id
        return exchange

    def _begin_locally(self, data: dict[str, Any], call_type: str) -> Exchange | None:
        """As `_begin`, for a call that a program makes itself. What cannot be followed up here gets no tool: streams,
        and calls that LiteLLM may make again without telling."""
        wire = for_call_type(call_type)
        if wire is None or is_hidden() or wire.declares_retrieve(data) or not {"model", wire.history} <= data.keys():
            return None  # of ours, the inner call of one that was dealt with, or with arguments that are not in sight
        exchange = self._begin(data, call_type, LOCAL_TENANT)
        if exchange is not None:
            exchange.local = exchange.deferred = True
            again = litellm.num_retries or any(data.get(name) for name in _MADE_AGAIN)
            exchange.can_call = exchange.can_call and not data.get("stream") and not again
        return exchange

    async def _compressed(self, exchange: Exchange, data: dict[str, Any]) -> dict[str, Any]:
        sent = await self.engine.compress(exchange, data)
        if exchange.savings.tokens_before:
            before, after = exchange.savings.tokens_before, exchange.savings.tokens_after
            metadata_of(data, exchange.route)["compression_savings"] = {
                "tokens_before": before,
                "tokens_after": after,
                "tokens_saved": before - after,
                "source": "headroom_litellm",
            }
        if exchange.assignment is not None:
            metadata_of(data, exchange.route)[ARM] = {**asdict(exchange.assignment), "answers": 1}
        return {**data, **sent}

    def exchange_of(self, data: dict[str, Any]) -> Exchange | None:
        """The exchange that this request is, known by LiteLLM's own logging object, which no client can set."""
        logging_object = data.get("litellm_logging_obj")
        if logging_object is None:
            return None
        if logging_object in self._exchanges:
            return self._exchanges[logging_object]
        call_id = self._local.get(getattr(logging_object, "litellm_call_id", ""))
        return call_id.exchange if call_id is not None else None

    async def complete(self, data: dict[str, Any], response: Any) -> Any:
        exchange = self.exchange_of(data)
        if exchange is None:
            return None
        if not exchange.intercepts:
            self.engine.passed_on(exchange, response)
            return None
        gateway = _gateway(exchange, data, response)
        costs = [cost_of(response)]

        async def reenter(body: Mapping[str, Any]) -> Any:
            followed = await gateway.call(body)
            costs.append(cost_of(followed))
            return followed

        try:
            final = await self.engine.complete(exchange, data, response, reenter)
        except Refused as refused:
            raise refused.error from None
        known = [cost for cost in costs if cost is not None]
        exchange.cost = sum(known) if len(known) == len(costs) > 1 else None
        return final

    def headers(self, data: dict[str, Any]) -> dict[str, str] | None:
        """The headers that one call behind another changes."""
        exchange = self.exchange_of(data)
        if exchange is None or exchange.cost is None:
            return None
        return {"x-litellm-response-cost": str(exchange.cost)}

    async def stream(self, data: dict[str, Any], response: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
        exchange = self.exchange_of(data)
        if exchange is None or not exchange.intercepts:
            watch = exchange.watch if exchange is not None else None
            async for item in response:
                if watch is not None:
                    watch.sent(streamed=True)
                yield item
            if watch is not None:
                watch.answered(streamed=True)
            return
        # LiteLLM may also show guardrails what it put together of the first call's stream, behind the client's back.
        exchange.intercepts = False
        async with aclosing(
            self.engine.stream(exchange, data, response, _gateway(exchange, data, response).call)
        ) as items:
            try:
                async for item in items:
                    yield item
            except Refused as refused:
                raise in_stream(refused.error) from None


class ResponseSide(CustomLogger):  # type: ignore[misc]
    """Answers retrieve calls, before any other callback sees the response."""

    def __init__(self, hook: HeadroomHook) -> None:
        super().__init__()
        self._hook = hook

    async def async_post_call_success_hook(self, data: dict[str, Any], user_api_key_dict: Any, response: Any) -> Any:
        return await self._hook.complete(data, response)

    async def async_post_call_response_headers_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, response: Any, request_headers: Any = None
    ) -> dict[str, str] | None:
        return self._hook.headers(data)

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        async with aclosing(self._hook.stream(request_data, response)) as items:
            async for item in items:
                yield item


class GuardedResponseSide(CustomGuardrail):  # type: ignore[misc]
    """The same as a guardrail, for proxies with guardrails: those run before all other callbacks."""

    def __init__(self, hook: HeadroomHook) -> None:
        super().__init__(guardrail_name="headroom_litellm", event_hook=GuardrailEventHooks.post_call, default_on=True)
        self._hook = hook

    def should_run_guardrail(self, data: Any, event_type: GuardrailEventHooks) -> bool:
        return bool(event_type == GuardrailEventHooks.post_call)

    async_post_call_success_hook = ResponseSide.async_post_call_success_hook
    async_post_call_response_headers_hook = ResponseSide.async_post_call_response_headers_hook
    async_post_call_streaming_iterator_hook = ResponseSide.async_post_call_streaming_iterator_hook


class _CallId(str):
    """The id of a call, which keeps its exchange as long as the call's arguments live. LiteLLM up to 1.99 shows its
    logging object, which has that id too, only after a program's call has begun."""

    exchange: Exchange


def _gateway(exchange: Exchange, data: dict[str, Any], response: Any) -> Gateway:
    """For hidden calls that are made like the first one: with the request's own fields and ours, and no other."""
    own = exchange.fields | exchange.sent.keys() | {_RENAMED[name] for name in exchange.fields if name in _RENAMED}
    if exchange.assignment is not None:
        own |= {"litellm_metadata"}  # which may have been made for that
    request = {name: value for name, value in data.items() if name in own}
    deployment = deployment_of(response) if exchange.wire.bound else ""
    return Gateway(exchange.route, request, local=exchange.local, deployment=deployment)
