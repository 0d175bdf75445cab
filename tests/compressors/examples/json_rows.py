"""JSON."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["SAMPLES", "large", "service"]


def service(i: int, **more: Any) -> dict[str, Any]:
    return {"id": i, "name": f"svc-{i}", "status": "running", "restarts": 0, "error": None, "errors": [], **more}


def large(megabytes: int) -> str:
    return json.dumps([service(i, host=f"10.0.0.{i % 255}", ms=i * 0.37) for i in range(8_000 * megabytes)])


SAMPLES = {"services": large(1)[:20_000].rsplit(", {", 1)[0] + "]"}
