"""LiteLLM as the rest is to see it: hidden follow-up calls, routed and billed like the request they belong to, and what
it knows of models and costs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import litellm

from .budget import UNKNOWN, ModelFacts

__all__ = [
    "ARM",
    "Gateway",
    "can_call_tools",
    "cost_of",
    "deployment_of",
    "facts_of",
    "in_proxy",
    "is_claude",
    "is_hidden",
    "metadata_of",
    "takes",
    "written_in",
]

_CLAUDE_TOKENS = 1.25
"""Tokens that Claude's tokenizers make of what is one in cl100k, with some to spare: about 1.15 on code and English."""

_hidden: ContextVar[bool] = ContextVar("headroom_hidden", default=False)

_OWN_TO_THE_FIRST_CALL = ("litellm_logging_obj", "litellm_call_id", "guardrail_to_apply")
_PROXY = "litellm.proxy.proxy_server"
ARM = "headroom_output"
"""Where in the metadata of a request the arm stands that its conversation is in."""

_METADATA_FIELDS = ("metadata", "litellm_metadata")
_OF_ONE_LEVEL = ("-pro", "-chat", "codex", "deep-research", "o1-")
"""Parts of the names of models that take no other effort or verbosity than their own, whatever LiteLLM says of them."""
_METADATA_IS_LITELLMS = ("acompletion",)
_OWN_METADATA = ("compression_savings", "user_api_key_budget_reservation", "standard_logging_guardrail_information")
# Tokens that the rate limiter has reserved; LiteLLM from 1.99 on keeps them elsewhere.
_OWN_METADATA_PREFIX = "_litellm_tpm_"


class Gateway:
    """Makes follow-up calls for one client request. `deployment`: the id of the one that is to serve them, until it
    fails; "" for any."""

    def __init__(self, route: str, request: Mapping[str, Any], *, local: bool, deployment: str) -> None:
        self._route = route
        self._request = request
        self._local = local
        self._deployment = deployment

    async def call(self, body: Mapping[str, Any]) -> Any:
        """The model's response to `body`, a response object or a stream as the client's own request asks for."""
        token = _hidden.set(True)
        try:
            return await self._call(body)
        except Exception:
            self._deployment = ""
            raise
        finally:
            _hidden.reset(token)

    async def _call(self, body: Mapping[str, Any]) -> Any:
        data = {key: value for key, value in self._request.items() if key not in _OWN_TO_THE_FIRST_CALL}
        data.update(body)
        if trace_id := _trace_id_of(self._request.get("litellm_logging_obj")):
            data.setdefault("litellm_trace_id", trace_id)
        for field in _METADATA_FIELDS:
            if isinstance(data.get(field), dict):
                data[field] = _metadata_for_follow_up(data[field])
        if self._local:
            # The joined response is logged for all calls; one in a proxy is logged for itself.
            return await getattr(litellm, self._route)(**{**data, "no-log": True})
        from litellm.proxy.route_llm_request import route_request

        proxy = sys.modules[_PROXY]
        if self._deployment and _is_one_of_several(proxy.llm_router, str(data.get("model"))):
            data["model"] = self._deployment
        llm_call = await route_request(
            data=data, llm_router=proxy.llm_router, user_model=proxy.user_model, route_type=self._route
        )
        response = await llm_call
        return _HiddenStream(response) if hasattr(response, "__aiter__") else response


class _HiddenStream:
    """The stream of a follow-up. One that is left early is billed for what was used, as the proxy does it with a stream
    that its client leaves."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._items = aiter(stream)
        self._ended = False

    def __aiter__(self) -> _HiddenStream:
        return self

    async def __anext__(self) -> Any:
        try:
            return await anext(self._items)
        except StopAsyncIteration:
            self._ended = True
            raise

    async def aclose(self) -> None:
        if hasattr(self._stream, "aclose"):
            await self._stream.aclose()
        logging_object = getattr(self._stream, "logging_obj", None)
        from litellm.proxy import common_request_processing

        bill = getattr(common_request_processing, "_bill_partial_streamed_spend_on_disconnect", None)
        if not self._ended and logging_object is not None and bill is not None:
            await bill({"litellm_logging_obj": logging_object}, self._stream)


def in_proxy() -> bool:
    """Whether this process is a LiteLLM proxy, and not a program that calls LiteLLM itself, which may import parts of
    the proxy too."""
    return getattr(sys.modules.get(_PROXY), "llm_router", None) is not None


def is_hidden() -> bool:
    """Whether this is within a follow-up call."""
    return _hidden.get()


def can_call_tools(model: str) -> bool:
    """Whether a model, or every model that a proxy has under this name, can call tools. One that LiteLLM does not know
    is taken to: its client would not declare tools otherwise."""
    return all(map(_can_call_tools, _deployments(model)))


def is_claude(model: str) -> bool:
    """Whether a model, or every model that a proxy has under this name, is one of Anthropic's, whoever serves it."""
    return all(map(_is_claude, _deployments(model)))


def facts_of(model: str) -> ModelFacts:
    """What LiteLLM knows of a model, or of the one with the smallest window that a proxy has under this name."""
    deployments = _deployments(model)
    known = [{**_known(one), **_said(one)} for one in deployments]
    windows = [
        int(window / (_CLAUDE_TOKENS if _is_claude(deployment) else 1))
        for deployment, one in zip(deployments, known, strict=True)
        if (window := _number(one.get("max_input_tokens")))
    ]
    read, write = _relative_prices(known[0])
    return ModelFacts(min(windows, default=None), read, write)


def _is_claude(deployment: Mapping[str, Any]) -> bool:
    return "claude" in str(deployment["litellm_params"].get("model"))


def written_in(kwargs: Mapping[str, Any]) -> tuple[dict[str, Any], int] | None:
    """Of a call that is logged, what stands in its metadata as `ARM`, and the tokens that the model wrote. None where
    it has none, nobody knows how many they were, or LiteLLM answered from a cache of its own."""
    params, logged = kwargs.get("litellm_params") or {}, kwargs.get("standard_logging_object") or {}
    found = next((there[ARM] for field in _METADATA_FIELDS if ARM in (there := params.get(field) or {})), None)
    tokens = logged.get("completion_tokens")
    if not isinstance(found, dict) or not isinstance(tokens, int) or not tokens or logged.get("cache_hit"):
        return None
    return found, tokens


def takes(model: str) -> frozenset[str]:
    """Of `reasoning_effort` and `verbosity`, what every deployment that a proxy has under this name takes, at any level
    up to medium. Only of OpenAI's models: others begin to think when they are told how hard."""
    return frozenset.intersection(*map(_takes, _deployments(model)))


def cost_of(response: Any) -> float | None:
    """What LiteLLM says on the response that the call cost; None where it says nothing."""
    cost = _hidden_params(response).get("response_cost")
    return float(cost) if isinstance(cost, int | float) else None


def deployment_of(response: Any) -> str:
    """The id of the deployment that gave a response or a stream; "" where LiteLLM does not say."""
    return str(_hidden_params(response).get("model_id") or "")


def metadata_of(data: dict[str, Any], route: str) -> dict[str, Any]:
    """The request's metadata as LiteLLM's own logging reads it, made where there is none. Where providers have a
    parameter `metadata` of their own, LiteLLM's has another name."""
    own = isinstance(data.get("litellm_metadata"), dict) or route not in _METADATA_IS_LITELLMS
    field = "litellm_metadata" if own else "metadata"
    if not isinstance(data.get(field), dict):
        data[field] = {}
    metadata: dict[str, Any] = data[field]
    return metadata


def _hidden_params(response: Any) -> Mapping[str, Any]:
    hidden = response.get("_hidden_params") if isinstance(response, dict) else getattr(response, "_hidden_params", None)
    return hidden if isinstance(hidden, Mapping) else {}


def _is_one_of_several(router: Any, model: str) -> bool:
    """Whether several deployments serve the model, and can be called by their ids. One alone keeps its public name, by
    which spend is told apart; those of a pattern must be told the model by its name."""
    deployments = router.get_model_list(model_name=model) or () if router is not None else ()
    return len(deployments) > 1 and not any("*" in one["litellm_params"]["model"] for one in deployments)


def _takes(deployment: Mapping[str, Any]) -> frozenset[str]:
    name, known = str(deployment["litellm_params"].get("model") or ""), _known(deployment)
    if not known.get("supports_reasoning") or known.get("litellm_provider") not in ("openai", "azure"):
        return frozenset()
    if any(part in name for part in _OF_ONE_LEVEL):
        return frozenset()
    supported = litellm.get_supported_openai_params(model=name) or ()
    return frozenset({"reasoning_effort", "verbosity"}.intersection(supported))


def _deployments(model: str) -> Sequence[Mapping[str, Any]]:
    """Those that a proxy has under the name; the model itself where there is no proxy."""
    router = getattr(sys.modules.get(_PROXY), "llm_router", None)
    deployments = router.get_model_list(model_name=model) if router is not None else None
    return deployments or [{"litellm_params": {"model": model}}]


def _known(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    """LiteLLM's own entry on the model of a deployment, or on the one that its operator says it is."""
    params, info = deployment["litellm_params"], deployment.get("model_info") or {}
    names = [str(name) for name in (info.get("base_model"), params.get("base_model"), params.get("model")) if name]
    known = (litellm.model_cost.get(name) or litellm.model_cost.get(name.partition("/")[2]) for name in names)
    return next((entry for entry in known if entry), {})


def _said(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an operator says of a deployment."""
    told = {**deployment["litellm_params"], **(deployment.get("model_info") or {})}
    return {name: value for name, value in told.items() if value is not None}


def _relative_prices(known: Mapping[str, Any]) -> tuple[float, float]:
    """Of a token read from cache and of one that is not, against one without a cache."""
    price, read = _number(known.get("input_cost_per_token")), _number(known.get("cache_read_input_token_cost"))
    if not price or read is None:
        return (UNKNOWN.read, UNKNOWN.write) if not price else (1.0, 1.0)
    return read / price, max(1.0, (_number(known.get("cache_creation_input_token_cost")) or price) / price)


def _number(value: Any) -> float | None:
    """YAML makes a text of what has no point in it, such as 1e-6."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _can_call_tools(deployment: Mapping[str, Any]) -> bool:
    said = (deployment.get("model_info") or {}).get("supports_function_calling")
    if said is not None:
        return bool(said)
    known = _known(deployment)
    # An entry that an operator's own prices have made says nothing of the mode.
    return bool(known.get("supports_function_calling")) or not known.get("mode")


def _trace_id_of(logging_object: Any) -> str | None:
    """The id under which the first call is logged: LiteLLM makes one up where the client sends none."""
    params = getattr(logging_object, "model_call_details", {}).get("litellm_params") or {}
    return params.get("litellm_trace_id") or getattr(logging_object, "litellm_trace_id", None)


def _metadata_for_follow_up(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without what belongs to the first call alone: a reservation is settled once."""
    copied = {
        key: value
        for key, value in metadata.items()
        if key not in _OWN_METADATA and not key.startswith(_OWN_METADATA_PREFIX)
    }
    if isinstance(copied.get(ARM), dict):
        copied[ARM] = {**copied[ARM], "answers": 0}
    auth: Any = copied.get("user_api_key_auth")
    if getattr(auth, "budget_reservation", None) is not None:
        copied["user_api_key_auth"] = auth.model_copy(update={"budget_reservation": None})
    return copied
