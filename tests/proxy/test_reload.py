"""A proxy may load its config again while it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.proxy

_PROGRAM = """
import asyncio, sys
import litellm
from litellm.proxy.proxy_server import ProxyConfig
from headroom_litellm.plugin import GuardedResponseSide, HeadroomHook, ResponseSide

async def main():
    for _ in range(2):
        await ProxyConfig().load_config(router=None, config_file_path=sys.argv[1])
        hook = next(each for each in litellm.callbacks if isinstance(each, HeadroomHook))
        data = {"model": "m", "messages": [], "litellm_logging_obj": type("Logging", (), {})()}
        await hook.async_pre_call_hook(None, None, data, "acompletion")
    sides = [each for each in litellm.callbacks if isinstance(each, (ResponseSide, GuardedResponseSide))]
    hooks = [each for each in litellm.callbacks if isinstance(each, HeadroomHook)]
    print("registered", len(hooks), len(sides), litellm.callbacks[-1] is hooks[0], litellm.callbacks[0] is sides[0])

asyncio.run(main())
"""


def test_a_config_that_is_loaded_twice_registers_the_plugin_once(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    model = {"model_name": "m", "litellm_params": {"model": "openai/m", "api_key": "sk-none"}}
    config.write_text(json.dumps({"model_list": [model], "litellm_settings": {"callbacks": ["headroom_litellm.hook"]}}))
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(config)], capture_output=True, text=True, timeout=250)
    assert "registered 1 1 True True" in done.stdout, done.stderr[-2000:]
