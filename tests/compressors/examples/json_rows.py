"""JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from typing import Any

__all__ = ["SAMPLES", "large", "service"]


def service(i: int, **more: Any) -> dict[str, Any]:
    return {"id": i, "name": f"svc-{i}", "status": "running", "restarts": 0, "error": None, "errors": [], **more}


def large(megabytes: int) -> str:
    return json.dumps([service(i, host=f"10.0.0.{i % 255}", ms=i * 0.37) for i in range(8_000 * megabytes)])


def _digest(text: str, size: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:size]


def _log() -> str:
    generator = random.Random(3)
    lines = []
    for i in range(240):
        level, message = generator.choice(
            [
                ("info", f"request {_digest(str(i), 8)} finished in {generator.randrange(300)}ms"),
                ("debug", f"cache miss key=user:{generator.randrange(9999)}"),
                ("info", f"user {generator.randrange(99)} logged in"),
            ]
        )
        if i == 133:
            level, message = "error", "db connection refused: 10.0.0.3:5432"
        if i in (50, 190):
            level, message = "warn", f"slow query took {i * 10}ms"
        lines.append(
            {"time": f"2026-03-01T10:{i // 60:02}:{i % 60:02}.{i:03}Z", "level": level, "msg": message, "pid": 4711}
        )
    return "\n".join(map(json.dumps, lines))


def _pods() -> str:
    items = [
        {
            "metadata": {"name": f"web-{_digest(str(i), 10)}", "namespace": "prod", "labels": {"app": "web"}},
            "spec": {"nodeName": f"node-{i % 5}", "containers": [{"name": "app", "image": f"acme/web:1.{i % 4}.0"}]},
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {"name": "app", "ready": True, "restartCount": 0, "state": {"running": {"startedAt": "10:00"}}}
                    if i != 17
                    else {
                        "name": "app",
                        "ready": False,
                        "restartCount": 12,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    }
                ],
            },
        }
        for i in range(40)
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)


def _lock() -> str:
    packages = {
        f"node_modules/package-{i}": {
            "version": f"{i % 9}.{i % 7}.0",
            "resolved": f"https://registry.npmjs.org/package-{i}/-/package-{i}-{i % 9}.{i % 7}.0.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(str(i).encode()).digest()).decode(),
            "license": "MIT",
        }
        for i in range(60)
    }
    return json.dumps({"name": "app", "lockfileVersion": 3, "packages": packages}, indent=2)


SAMPLES: dict[str, str] = {
    "services": large(1)[:20_000].rsplit(", {", 1)[0] + "]",
    "reservation": json.dumps(
        {
            "reservation_id": "MFRB94",
            "user_id": "sophia_martin_4574",
            "cabin": "business",
            "flights": [
                {"origin": a, "destination": b, "flight_number": n, "date": d, "price": p}
                for a, b, n, d, p in [
                    ("MCO", "PHX", "HAT214", "2024-05-27", 1592),
                    ("PHX", "LGA", "HAT256", "2024-05-28", 412),
                    ("LGA", "MCO", "HAT219", "2024-05-30", 730),
                ]
            ],
            "passengers": [{"first_name": "Sophia", "last_name": "Martin", "dob": "1990-10-25"}],
            "insurance": "yes",
        }
    ),
    "log": _log(),
    "pods": _pods(),
    "lock file": _lock(),
    "tool result": json.dumps(
        {
            "content": [
                {
                    "type": "text",
                    "text": json.dumps(
                        [{"number": i, "title": f"Crash on start {i}", "state": "open"} for i in range(40)]
                    ),
                }
            ],
            "isError": False,
        }
    ),
    "screenshot": json.dumps(
        {
            "status": 200,
            "title": "Sign in",
            "links": ["/login", "/register", "/about"],
            "image": "data:image/png;base64," + base64.b64encode(random.Random(1).randbytes(4_500)).decode(),
        }
    ),
}
