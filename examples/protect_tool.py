"""An event handler that protects everything from one tool: its outputs reach the model as they are, at every turn.

callback_settings:
  headroom_litellm:
    event_handlers: ["examples.protect_tool:handler"]
"""

from __future__ import annotations

from dataclasses import dataclass

from headroom_litellm.events import Event, InputRouted, Veto

__all__ = ["ProtectTool", "handler"]


@dataclass(frozen=True)
class ProtectTool:
    tool: str

    async def on_pipeline_event(self, event: Event) -> Veto | None:
        # Pure: the same output gets the same answer, in every process and at every turn.
        if isinstance(event, InputRouted) and event.tool == self.tool:
            return Veto(f"{self.tool} is protected")
        return None


handler = ProtectTool("get_contract")
