"""`python -m benchmarks.load [PART ...]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import isolation, redis_store, shutdown, soak, streams, throughput
from .requests import PATHS
from .sides import provider, sides
from .table import Row, show

_PARTS = ("throughput", "streams", "isolation", "redis", "shutdown", "soak")
_PACKAGES = ("litellm", "headroom-litellm", "uvicorn", "redis")


async def _measured(arguments: argparse.Namespace, folder: Path, raw: dict[str, Any]) -> AsyncIterator[list[Row]]:
    parts, quick = arguments.parts or _PARTS[:-1], arguments.quick
    with provider() as (url, _):
        if {"throughput", "streams", "isolation"} & set(parts):
            with sides(url, folder, other=arguments.other) as found:
                if "throughput" in parts:
                    for work in throughput.works():
                        if arguments.only not in work.name:
                            continue
                        rows, raw[work.name] = await throughput.measure(
                            found,
                            work,
                            connections=(8,) if quick else (8, 32),
                            requests=48 if quick else 160,
                            rounds=4 if quick else 16,
                            rate_share=0.4,
                        )
                        yield rows
                if "streams" in parts:
                    for form in PATHS:
                        yield await streams.measure(found, form, streams=200, rounds=1 if quick else 3)
                if "isolation" in parts:
                    for kind in isolation.KINDS:
                        if arguments.only in kind:
                            yield await isolation.measure(found, kind, rounds=2 if quick else 10)
        if "redis" in parts:
            yield await redis_store.measure(entries=5_000 if quick else 100_000, calls=100 if quick else 1_000)
        if "shutdown" in parts:
            yield await shutdown.measure(url, folder, times=1 if quick else 5)
        if "soak" in parts:
            with sides(url, folder, other=arguments.other) as found:
                rows, raw["soak"] = await soak.measure(found, minutes=arguments.minutes)
                yield rows


def _facts() -> dict[str, Any]:
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    return {
        "command": shlex.join(sys.orig_argv),
        "cpus": os.cpu_count(),
        "cpu": cpu.partition(":")[2].strip(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "load_before": os.getloadavg(),
    }


async def _run(arguments: argparse.Namespace) -> None:
    facts, raw, rows, start = _facts(), dict[str, Any](), list[Row](), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="load-") as temporary:
        folder = arguments.logs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        async for some in _measured(arguments, folder, raw):
            rows += some
            for row in some:
                print(show(row), flush=True)
            if arguments.report:
                ended = {"seconds": round(time.monotonic() - start), "load_after": os.getloadavg()}
                report = {**facts, **ended, "figures": [row.as_json() for row in rows], "raw": raw}
                arguments.report.write_text(json.dumps(report, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=(__doc__ or "").splitlines()[0])
    parts = f"{', '.join(_PARTS)}; all but the soak, if none is named"
    parser.add_argument("parts", nargs="*", metavar="PART", help=parts)
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works")
    parser.add_argument("--only", default="", help="only works and kinds whose name holds this")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long to soak (default: %(default)g)")
    parser.add_argument("--other", type=Path, help="another checkout of the plugin to compare; needs Python 3.11")
    parser.add_argument("--report", type=Path, help="JSON file for all figures, written anew after each")
    parser.add_argument("--logs", type=Path, help="folder for the proxies' logs and configs, which stay")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(_PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(_PARTS)}")
    signal.signal(signal.SIGTERM, _stop)
    asyncio.run(_run(arguments))


def _stop(*_: object) -> None:
    raise SystemExit("stopped")


if __name__ == "__main__":
    main()
