"""Tools as MCP servers list them, in MCP's own words: name, description, inputSchema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .pydantic_made import tools

__all__ = ["TOOL_LISTS"]

_FOLDER = Path(__file__).parent

TOOL_LISTS: dict[str, list[dict[str, Any]]] = {
    "filesystem": json.loads((_FOLDER / "filesystem.json").read_text()),
    "forge": json.loads((_FOLDER / "forge.json").read_text()),
    "pydantic": tools(),
}
"""From a server in TypeScript whose schemas zod makes, from one in Go, and from one in Python."""
