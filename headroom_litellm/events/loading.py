"""Where handlers come from: the settings, and installed packages."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from functools import reduce
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final, TypeAlias

from ..settings import SettingsError
from .events import Event

__all__ = ["GROUP", "METHOD", "OnEvent", "from_packages", "from_paths"]

GROUP: Final = "headroom_litellm.event_handlers"
"""The entry points by which a package brings handlers."""
METHOD: Final = "on_pipeline_event"

OnEvent: TypeAlias = "Callable[[Event], Any]"
"""Takes an event. Returns its answer, or an awaitable of that if it is a coroutine function."""

_LOG = logging.getLogger("headroom_litellm")


def from_paths(paths: Sequence[str]) -> dict[str, OnEvent]:
    """The handlers at these import paths, by path. Raises SettingsError for one that is not there."""
    found = {}
    for path in paths:
        try:
            found[path] = _handler(_imported(path))
        except Exception as error:
            raise SettingsError(f"event_handlers: {path!r} cannot be used: {_why(error)}") from error
    return found


def from_packages() -> dict[str, OnEvent]:
    """The handlers that installed packages bring, by the entry point's name. A broken one is logged and left out."""
    found = {}
    for point in entry_points(group=GROUP):
        try:
            found[point.name] = _handler(point.load())
        except Exception as error:  # noqa: BLE001
            _LOG.warning("headroom: the event handler %r of a package is left out: %s", point.name, _why(error))
    return found


def _imported(path: str) -> Any:
    """`module:name` or `module`; names may have dots."""
    module, _, names = path.partition(":")
    return reduce(getattr, names.split(".") if names else (), import_module(module))


def _handler(found: Any) -> OnEvent:
    """`on_pipeline_event` of what was found, of one of it if it is a class; itself if it is a function."""
    if inspect.isclass(found) and hasattr(found, METHOD):
        found = found()
    handler = getattr(found, METHOD, found)
    if not callable(handler) or inspect.isclass(handler):
        raise TypeError(f"it has no {METHOD}(event) and is no function")
    return handler  # type: ignore[no-any-return]


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
