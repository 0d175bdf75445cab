"""A handler of pipeline events: one JSON line for each, in the file that `LISTENER_FILE` names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from headroom_litellm.events import Event, ResponseReceived

__all__ = ["on_pipeline_event"]


def on_pipeline_event(event: Event) -> None:
    request = getattr(event, "request", None)
    line = {
        "event": type(event).__name__,
        "model": request.model if request is not None else "",
        "tool": getattr(event, "tool", None),
    }
    if isinstance(event, ResponseReceived):
        line |= {"streamed": event.streamed, "retrievals": event.retrievals, "usage": event.usage is not None}
    with Path(os.environ["LISTENER_FILE"]).open("a") as out:
        out.write(json.dumps(line) + "\n")
