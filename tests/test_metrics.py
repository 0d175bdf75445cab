"""What is counted has a name and a meaning, and is shown where LiteLLM shows its own metrics."""

from __future__ import annotations

import ast
from pathlib import Path

import headroom_litellm
from headroom_litellm.engine import Engine
from headroom_litellm.report.counters import COUNTED, Counters
from headroom_litellm.settings import Settings


def test_every_name_that_is_counted_is_known_and_every_known_one_is_counted() -> None:
    counted = set()
    for path in Path(headroom_litellm.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add":
                owner = ast.unparse(node.func.value)
                if owner.endswith("counters"):
                    name = node.args[0]
                    assert isinstance(name, ast.Constant), f"{path}: {ast.unparse(node)}"
                    counted.add(name.value)
    assert counted == set(COUNTED)


def test_what_is_added_goes_to_every_sink() -> None:
    taken: list[tuple[str, float, str]] = []
    counters = Counters([lambda *it: taken.append(it)])
    counters.add("requests")
    counters.add("fail_open", 2, cause="stream")
    assert taken == [("requests", 1, ""), ("fail_open", 2, "stream")]
    assert counters.snapshot() == {"requests": 1, "fail_open{stream}": 2}


def test_an_engine_counts_in_the_registry_that_litellm_shows() -> None:
    from prometheus_client import REGISTRY

    def shown(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    before = shown("headroom_fail_open_total", cause="stream")
    for _ in range(2):
        Engine.from_settings(Settings()).fail_open("stream", ValueError("secret content"))
    assert shown("headroom_fail_open_total", cause="stream") == before + 2
    assert "store_call_seconds" in COUNTED
    assert {metric.name for metric in REGISTRY.collect()} >= {f"headroom_{name}" for name in COUNTED}
