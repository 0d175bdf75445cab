"""The server as a process of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import threading
import time

import httpx
import openai
import pytest

from standin import Pace, running

from .common import HI, MODEL, ROOT, joined, stream_chat


class TestProcess:
    def test_is_controlled_over_http(self) -> None:
        command = [sys.executable, "-m", "standin"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().strip()
                with httpx.Client(base_url=url) as control:
                    self._drive(control, url)
            finally:
                process.terminate()
        assert process.wait(10) is not None

    def _drive(self, control: httpx.Client, url: str) -> None:
        reply = {"parts": ["Look:", {"type": "tool_use", "name": "shell", "arguments": {"a": 1}}], "when": "hi"}
        script = {"model": MODEL, "replies": [reply, {"status": 429, "error": "slow down"}]}
        assert control.post("/control/script", json=script).status_code == 204
        assert control.post("/control/script", json={"replies": [{"sparts": []}]}).status_code == 400
        assert control.post("/control/pace", json={"model": MODEL, "pace": {"chunk_bytes": 1}}).status_code == 204
        with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as chat:
            assert joined(stream_chat(chat)) == "Look:"
            with pytest.raises(openai.RateLimitError):
                stream_chat(chat)
            assert [model.id for model in chat.models.list()] == [MODEL]
        requests = control.get("/control/requests", params={"model": MODEL}).json()
        assert [request["status"] for request in requests] == [200, 429]
        assert requests[0]["body"]["messages"] == HI
        assert control.delete("/control").status_code == 204
        assert control.get("/control/requests").json() == []

    def test_starts_fast_and_without_litellm(self) -> None:
        assert importlib.util.find_spec("litellm") is not None
        code = "import sys, standin\nwith standin.running() as s: s.requests\nprint('litellm' in sys.modules)"
        start = time.monotonic()
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert ran.stdout == "False\n", ran.stderr
        assert time.monotonic() - start < 2

    def test_leaves_no_thread_behind_even_while_hanging(self) -> None:
        before = set(threading.enumerate())
        with running() as server:
            server.pace(Pace(hang_after=0))

            def ask() -> None:
                with contextlib.suppress(httpx.HTTPError):
                    httpx.post(f"{server.url}/v1/chat/completions", json={"model": MODEL, "messages": HI})

            asker = threading.Thread(target=ask)
            asker.start()
            while not server.requests:
                time.sleep(0.01)
        asker.join(5)
        assert set(threading.enumerate()) == before
