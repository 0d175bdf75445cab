"""What the contract of all compressors is tried on, one file a kind: `SAMPLES` by name, and `large(megabytes)`."""

from __future__ import annotations

from types import ModuleType

from . import json_rows, log, text

__all__ = ["EXAMPLES"]

EXAMPLES: dict[str, ModuleType] = {"json": json_rows, "log": log, "text": text}
