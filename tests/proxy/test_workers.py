"""One proxy with several uvicorn workers."""

from __future__ import annotations

import json
import os
import random
import secrets
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from standin import running
from standin.proxy import proxy

pytestmark = pytest.mark.proxy

REQUESTS = 12
ROOT = Path(__file__).parents[2]


def request(number: int) -> dict[str, Any]:
    """Each with a log that a worker process compresses."""
    rng = random.Random(number)
    log = "\n".join(f"2026-01-01 00:00:{at % 60:02} INFO job {rng.randrange(99)} took {at}" for at in range(4000))
    call = {"id": "1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
    return {
        "model": "gpt",
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": f"{number}\n{log}"},
        ],
        "tools": [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}],
    }


def members(group: int) -> list[int]:
    """Processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
def test_all_requests_are_answered_and_counted_and_no_process_is_left(tmp_path: Path) -> None:
    key, prometheus = f"sk-{secrets.token_hex(24)}", tmp_path / "prometheus"
    prometheus.mkdir()
    with running() as standin:
        where = {"model": "openai/gpt", "api_base": f"{standin.url}/v1", "api_key": "sk-none"}
        config = tmp_path / "config.yaml"
        config.write_text(
            json.dumps(
                {
                    "model_list": [{"model_name": "gpt", "litellm_params": where}],
                    "litellm_settings": {"callbacks": ["headroom_litellm.hook", "prometheus"]},
                    "general_settings": {"master_key": key},
                }
            )
        )
        env = {"PYTHONPATH": str(ROOT), "PROMETHEUS_MULTIPROC_DIR": str(prometheus), "REDIS_URL": ""}
        several = ["--num_workers", "2", "--timeout_worker_healthcheck", "60"]
        with proxy(config, log=tmp_path / "log", env=env, arguments=several) as served:
            client = httpx.Client(
                base_url=served.url, headers={"authorization": f"Bearer {key}"}, timeout=60, follow_redirects=True
            )
            answers = [client.post("/v1/chat/completions", json=request(number)) for number in range(REQUESTS)]
            assert [answer.status_code for answer in answers] == [200] * REQUESTS
            assert all("headroom" not in answer.text for answer in answers)
            metrics = client.get("/metrics").text
            group = os.getpgid(served.process.pid)
        counted = sum(
            float(line.rpartition(" ")[2])
            for line in metrics.splitlines()
            if line.startswith("headroom_outputs_compressed_total")
        )
        assert counted == REQUESTS
    ends = time.monotonic() + 20
    while members(group) and time.monotonic() < ends:
        time.sleep(0.2)
    assert members(group) == []
