"""A LiteLLM proxy plugin that cuts what agents pay for input tokens.

    litellm_settings:
      callbacks: ["headroom_litellm.hook"]

`hook` is made when it is first asked for, so that users of `compress()` never import litellm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__
from .api import CompressResult, compress
from .settings import Settings, SettingsError

if TYPE_CHECKING:
    from .plugin import HeadroomHook

    hook: HeadroomHook

__all__ = ["CompressResult", "Settings", "SettingsError", "__version__", "compress", "hook"]


def __getattr__(name: str) -> Any:
    if name == "hook":
        from .plugin import create_hook

        globals()["hook"] = created = create_hook()
        return created
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
