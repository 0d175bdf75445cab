"""What the contract of all compressors is tried on, one file a kind: `SAMPLES` by name, and `large(megabytes)`."""

from __future__ import annotations

from types import ModuleType

from . import code, commits, diff, html, json_rows, listing, log, opaque, records, search, table, text

__all__ = ["EXAMPLES"]

EXAMPLES: dict[str, ModuleType] = {
    "json": json_rows,
    "html": html,
    "diff": diff,
    "commits": commits,
    "listing": listing,
    "log": log,
    "search": search,
    "table": table,
    "records": records,
    "code": code,
    "text": text,
    "opaque": opaque,
}
