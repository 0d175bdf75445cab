"""The tool that is given to the model. Formats wrap this one definition; its bytes never change between turns."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

__all__ = ["DESCRIPTION", "NAME", "PARAMETERS", "is_retrieve_tool", "parameters"]

NAME: Final = "headroom_retrieve"

DESCRIPTION: Final = (
    "Returns the original of a shortened tool output. Where an output above says `hash=HASH` or `<<ccr:HASH>>`, "
    "part of it was left out to save space; the original is intact and this returns its exact text. Call it when "
    "what you need is not shown. Without `query` or `lines` you get all of it."
)

PARAMETERS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "hash": {"type": "string", "description": "The 24-character hash of the marker."},
        "query": {"type": "string", "description": "Words to look for; returns the best passages with line numbers."},
        "lines": {"type": "string", "description": "A range of lines to return, for example 120-180."},
    },
    "required": ["hash"],
}


def parameters() -> dict[str, Any]:
    """A copy to give away: LiteLLM writes some providers' schemas in place."""
    return deepcopy(PARAMETERS)


def is_retrieve_tool(name: str) -> bool:
    """Whether a tool is the retrieve tool, declared by us or by the client (directly or through MCP)."""
    return name == NAME or (name.startswith("mcp__") and name.endswith(f"__{NAME}"))
