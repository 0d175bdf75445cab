"""Makes the plugin's pipeline fail for conversations that ask for it. Loaded as a callback of the test proxy."""

from __future__ import annotations

from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from headroom_litellm import plan

__all__ = ["BREAK", "sabotage"]

BREAK = "break the pipeline"

_rewrite = plan.rewrite


def _broken(conversation: Any, *args: Any, **options: Any) -> Any:
    if any(BREAK in segment.text for _, segment in conversation.segments()):
        raise RuntimeError("sabotage")
    return _rewrite(conversation, *args, **options)


plan.rewrite = _broken
sabotage = CustomLogger()
