"""Makes the plugin's pipeline fail for conversations that ask for it. Loaded as a callback of the test proxy."""

from __future__ import annotations

from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from headroom_litellm import rewriter

__all__ = ["BREAK", "sabotage"]

BREAK = "break the pipeline"

_stretch_of = rewriter.stretch_of


def _broken(conversation: Any, *args: Any, **options: Any) -> Any:
    if any(BREAK in segment.text for _, segment in conversation.segments()):
        raise RuntimeError("sabotage")
    return _stretch_of(conversation, *args, **options)


rewriter.stretch_of = _broken
sabotage = CustomLogger()
