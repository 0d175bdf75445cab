"""Where settings come from, and how they are merged.

Strongest first: arguments, environment (`HEADROOM_*`, nested names joined by `__`),
`callback_settings.headroom_litellm` of the LiteLLM config, the defaults. Where none of them sets `redis_url` or
`compress_cache.cache_path`, LiteLLM's own environment (`REDIS_URL`, `REDIS_HOST`, …) names the Redis. LiteLLM's
`cache_params` do not: whether they have been read when callbacks are made depends on the order of the file.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from . import litellm_redis
from .model import Settings

__all__ = ["SettingsError", "load_settings"]


class SettingsError(ValueError):
    """A setting has a value that is not allowed; the message names the setting, the value and what is."""


def load_settings(configured: Mapping[str, Any] | None = None, **arguments: Any) -> Settings:
    """All sources merged. `configured` is `callback_settings.headroom_litellm`.

    Raises SettingsError naming the settings that are wrong, their values and what is allowed.
    """
    if configured is not None and not isinstance(configured, Mapping):
        raise SettingsError(f"headroom_litellm settings: must be a mapping of settings, not {configured!r}")
    configured = dict(configured or {})
    try:
        environment = Settings(**arguments).model_dump(exclude_unset=True)
        return Settings(**_with_litellm_redis(_merge(configured, environment)))
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _with_litellm_redis(merged: dict[str, Any]) -> dict[str, Any]:
    """What is set for this plugin goes before what is set for LiteLLM, a file too; an empty URL is set."""
    cache = merged.get("compress_cache")
    if "redis_url" in merged or (isinstance(cache, Mapping) and cache.get("cache_path")):
        return merged
    try:
        return {**merged, "redis_url": litellm_redis.url_from(os.environ)}
    except ValueError as error:
        raise SettingsError(f"headroom_litellm settings: {error}") from None


def _merge(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(weak)
    for name, value in strong.items():
        below = merged.get(name)
        merged[name] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _explain(error: ValidationError) -> str:
    return "headroom_litellm settings: " + "; ".join(_explain_one(problem) for problem in error.errors())


def _explain_one(problem: Any) -> str:
    message: str = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return message  # about several settings, passwords among them
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = _fields_at(problem["loc"][:-1])
        near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
        return f"{name}: no such setting; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}")
    # These may hold a password.
    value = "" if "key" in name or "url" in name else f" = {problem['input']!r}"
    return f"{name}{value}: {message}"


def _fields_at(names: tuple[str | int, ...]) -> list[str]:
    """The settings there are under these names."""
    model: Any = Settings
    for name in names:
        model = model.model_fields[str(name)].annotation
    return list(model.model_fields) if issubclass(model, BaseModel) else []
